"""The heartbeat of the worker, in the cache, where all processes can see that it is alive."""

import time

from django.core.cache import cache

KEY = "worker-heartbeat"
KEPT = 7 * 24 * 3600
LATE = 300.0
"""Seconds without a heartbeat after which something is wrong. With less, a slow mail server would raise the alarm."""


def beat() -> None:
    cache.set(KEY, time.time(), KEPT)


def age() -> float | None:
    """Seconds since the last heartbeat of any worker; None if there was none."""
    seen = cache.get(KEY)
    return None if seen is None else max(0.0, time.time() - float(seen))


def problem() -> str:
    """What is wrong with the worker; empty when nothing is."""
    seconds = age()
    if seconds is None:
        return "no worker of jobs has been seen"
    return f"the worker of jobs was last seen {seconds:.0f} s ago" if seconds > LATE else ""
