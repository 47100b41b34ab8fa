"""allauth's rate limits, counted where ours are: a statement a rate, instead of a list of times behind a lock in the
cache, which takes eleven.

allauth has no setting for it, so two of its functions are replaced, by what `install` names; a test holds that they are
still what allauth goes through (tests/people/login/test_log_in_limits.py).
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
    """What was counted, so that allauth can give it back when a log-in succeeds."""

    action: str
    rate: rates.Rate
    who: str
    span: Any

    def rollback(self) -> None:
        rates.give_back(self.action, self.rate, self.who, self.span)


def _who(request: HttpRequest, *, rate: Any, key: str | None, **about: Any) -> str:
    """Whom a rate counts: as allauth has it, and `pair`, a mail address as it is asked for from one address of the net,
    so that one client does not use up what another has."""
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
    """One rate of an action: counted, or with `dry_run` only looked at."""
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
    """Begin anew for a person or a mail address. What an address of the net did stays counted: it may have been done to
    others, between two log-ins of one's own."""
    for rate in ratelimit.get_rates(app=app, action=action, config=config):
        if rate.per == "ip":
            continue
        who = _who(request, app=app, action=action, rate=rate, key=key, user=user)
        rates.clear(action, rate, who)


def install() -> None:
    ratelimit._consume_single_rate = consume  # noqa: SLF001
    ratelimit.clear = clear
