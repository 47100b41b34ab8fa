"""Signals for other apps that people left a team or an organisation. They are sent inside the transaction, so if a
receiver fails, nothing has happened."""

from django.dispatch import Signal

left_organisation = Signal()
"""`user`, `organisation_id`: left or was removed. With it they left its teams, for which no `left_team` is sent."""

left_team = Signal()
"""`user`, `team`: left or was removed from the team, and is still in its organisation."""

stopped_managing = Signal()
"""`user`, `team`: is a member of the team from now on, no longer a manager."""

team_closed = Signal()
"""`team`."""
