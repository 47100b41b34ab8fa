"""What is measured, and what is broken on purpose. Nothing of the site imports it."""
