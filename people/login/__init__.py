"""Who somebody is, and how they prove it: passwords, second steps, sessions, and asking once more."""
