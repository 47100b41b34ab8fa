"""Secret links: making them, and what all pages behind one have in common."""
