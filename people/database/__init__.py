"""What we ask of the database beyond Django: backups, triggers, tenants, and transactions that are tried again."""
