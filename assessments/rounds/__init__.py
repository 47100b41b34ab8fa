"""Rounds of an organisation, and its page of who has done what."""
