"""What to do next: the plan, in a calendar and by mail."""
