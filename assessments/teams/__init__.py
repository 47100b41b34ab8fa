"""A team at a glance: the matrix, its figures and files."""
