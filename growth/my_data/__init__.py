"""Everything that belongs to a person as a file, and reading it back."""
