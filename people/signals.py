"""What other apps may want to know about people coming apart. Sent inside the transaction: a receiver that fails
takes all of it back."""

from django.dispatch import Signal

left_organisation = Signal()
"""`user`, `organisation_id`: left or was removed, and with it left all its teams (no `left_team` for those)."""

left_team = Signal()
"""`user`, `team`: not in the team any more, but still in its organisation."""

team_closed = Signal()
"""`team`."""
