"""Mail: written into an outbox, sent by a worker; on a newcomer's own machine, shown on a page instead."""
