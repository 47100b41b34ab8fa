"""A ladder as data: its format, its files, and what makes it sound. Pure."""
