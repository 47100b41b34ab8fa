"""What all apps ask of the databases beyond Django: backups, triggers, locks, transactions done again, hot queries."""
