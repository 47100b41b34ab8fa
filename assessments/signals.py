"""What rooms above may want to know. Sent inside the transaction: a receiver that fails undoes it."""

from django.dispatch import Signal

copy_given = Signal()
"""`share`: the managers of its team have a copy. The organisation is locked."""

signed_off = Signal()
"""`review`, locked: both have signed, and what they agreed on no longer changes."""

demo_loaded = Signal()
"""`told`, `people`, `reports`, `rubric`, `now`: the demo company is made, and a room above adds what it is told."""
