"""Everything of a person as a file, and back in."""
