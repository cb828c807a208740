"""What files hold and how large they may be; `disk` sees that they are whole or not there."""
