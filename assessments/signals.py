"""What rooms above may want to know about reviews. Sent inside the transaction: a receiver that fails takes it back."""

from django.dispatch import Signal

signed_off = Signal()
"""`review`, locked: both have signed, and what they agreed on no longer changes."""
