"""Attacks the site as somebody would who read its code, and counts how far they come."""
