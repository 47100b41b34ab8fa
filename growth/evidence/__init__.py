"""The log of what was done, and the milestones that its entries prove."""
