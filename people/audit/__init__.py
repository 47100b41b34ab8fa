"""The audit log: who did what to whom. It shows when somebody tampers with it."""
