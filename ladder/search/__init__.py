"""Finding things in the ladder by words."""
