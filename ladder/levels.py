"""The value of a person's level if they have none on the ladder."""

NOT_YET = "none"
"""For people who are not product managers (yet)."""
