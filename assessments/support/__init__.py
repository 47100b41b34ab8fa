"""Support opens one report, for a reason, while its author knows."""
