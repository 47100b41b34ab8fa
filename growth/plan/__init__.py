"""The plan: what to do next, on a page, in a calendar and by mail."""
