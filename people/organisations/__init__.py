"""Organisations, their people and teams, and how one gets in."""
