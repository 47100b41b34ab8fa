"""A manager’s view of a member, hidden from both until both sides are there, and what the two agree on."""
