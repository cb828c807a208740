"""Files that are whole or not there, locks, half precision; knows nothing of what the files hold."""
