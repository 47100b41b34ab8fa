"""Full-text search in the ladder. Pure."""
