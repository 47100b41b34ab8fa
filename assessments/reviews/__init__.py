"""A manager’s view of a member, blind until both are there, and what the two agree on."""
