"""Which level a job title means. Pure."""
