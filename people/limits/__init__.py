"""How often something may be done in a span of time."""
