"""Where somebody comes home to: where they stand, their next step, and what waits for them or for others."""
