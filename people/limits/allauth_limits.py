"""Counts allauth's rate limits as we count ours, in one statement each; its own way takes eleven.

allauth has no setting for this, so `install` replaces two of its functions. If a new version stopped calling them, its
limits would be counted in the cache again: tests/people/login/test_log_in_limits.py would fail.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit
from django.http import HttpRequest

from people.limits import rates


@dataclass(frozen=True, slots=True)
class Use:
    """What was counted. allauth gives it back when a log-in succeeds."""

    action: str
    rate: rates.Rate
    who: str
    span: Any

    def rollback(self) -> None:
        rates.give_back(self.action, self.rate, self.who, self.span)


def _who(request: HttpRequest, *, rate: Any, key: str | None, **about: Any) -> str:
    """The key that a rate counts by: allauth's, or `pair`, which is a mail address together with the IP address that
    asks for it, so that one client can't use up the attempts of another."""
    if rate.per == "pair":
        rate, key = dataclasses.replace(rate, per="key"), f"{ratelimit.get_ip(request)} {key}"
    who: str = ratelimit.get_cache_key(request, rate=rate, key=key, **about)
    return who


def consume(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    rate: Any,
    key: str | None = None,
    user: Any = None,
    dry_run: bool = False,
    raise_exception: bool = False,
) -> Use | None:
    """Count one use; with `dry_run` only look whether there is room. Returns None, or raises, if there is none."""
    who = _who(request, app=app, action=action, rate=rate, key=key, user=user)
    span = rates.look(action, rate, who) if dry_run else rates.take(action, rate, who)
    if span is None and raise_exception:
        raise RateLimited
    return None if span is None else Use(action, rate, who, span)


def clear(
    request: HttpRequest,
    *,
    app: str,
    action: str,
    config: dict[str, str] | None = None,
    key: str | None = None,
    user: Any = None,
) -> None:
    """Start counting anew for a person or a mail address. Counts by IP address stay: an attacker could otherwise clear
    them by logging in to an account of their own now and then."""
    for rate in ratelimit.get_rates(app=app, action=action, config=config):
        if rate.per == "ip":
            continue
        who = _who(request, app=app, action=action, rate=rate, key=key, user=user)
        rates.clear(action, rate, who)


def install() -> None:
    ratelimit._consume_single_rate = consume  # noqa: SLF001
    ratelimit.clear = clear
