"""Organisations, their people, teams and invitations."""
