"""What a submitted assessment says: the report, its files, and what could change it."""
