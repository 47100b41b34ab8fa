"""The case for a promotion."""
