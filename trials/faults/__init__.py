"""Kills, cuts and fills things, and counts what was lost."""
