"""Files and folders that are whole or not there, what is written aside for them, and locks."""
