"""More machines, more people, partitions."""
