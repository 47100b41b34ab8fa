"""A ladder as data: its format, its files, and the checks on it. Pure."""
