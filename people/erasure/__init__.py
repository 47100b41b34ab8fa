"""Deleting a person or an organisation, by one rule for each table."""
