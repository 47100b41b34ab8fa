"""The log of what was done, and the milestones that it stands behind."""
