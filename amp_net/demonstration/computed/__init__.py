"""What the page shows, as arrays and numbers; nothing in here knows of pages."""
