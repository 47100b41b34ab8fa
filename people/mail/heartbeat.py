"""The worker of jobs says now and then that it lives, in the cache, which all processes share."""

import time

from django.core.cache import cache

KEY = "worker-heartbeat"
KEPT = 7 * 24 * 3600
LATE = 300.0
"""Seconds without a word after which something is wrong: a batch of mails to a slow server takes its time."""


def beat() -> None:
    cache.set(KEY, time.time(), KEPT)


def age() -> float | None:
    """Seconds since any worker was last heard of; None when none ever was."""
    seen = cache.get(KEY)
    return None if seen is None else max(0.0, time.time() - float(seen))


def problem() -> str:
    """What is wrong with the worker; empty when it is well."""
    seconds = age()
    if seconds is None:
        return "no worker of jobs has been seen"
    return f"the worker of jobs was last seen {seconds:.0f} s ago" if seconds > LATE else ""
