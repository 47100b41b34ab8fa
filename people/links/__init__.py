"""Secret links: what every page behind one does alike."""
