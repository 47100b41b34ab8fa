"""What stands for a level where somebody has none."""

NOT_YET = "none"
"""The choice for people who are not product managers (yet)."""
