"""Giving copies and links of a report, and taking them back."""
