"""Who did what to whom, in a log that shows when it was changed."""
