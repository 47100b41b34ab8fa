"""Mails: written into an outbox, sent by a worker, shown on a page on one’s own machine."""
