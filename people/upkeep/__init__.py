"""What is done each day for the site itself: backups and their proof, and what the last try of each step came to."""
