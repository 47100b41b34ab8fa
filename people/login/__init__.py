"""Who somebody is and how they prove it: passwords, second steps, sessions, and confirming it once more."""
