"""Reading reports and matrices from a replica, without ever showing somebody a state before their own last change.

Only GETs of the pages in `FROM_REPLICA`, and of those only what assessments and growth hold: who is signed in, and who
is in which team in which role, always comes from the primary, so that a right that was taken away is gone at once.
Whoever changed something gets the primary for REPLICA_AFTER_WRITE_SECONDS (a cookie says so), and a replica that may
be further behind than that is left alone. Where somebody takes a copy back, everybody's team pages come from the
primary until no replica that is used can show it any more.
"""

import datetime
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.databases import REPLICA

COOKIE = "wrote"
FROM_REPLICA = frozenset(
    {
        *("list_reports", "show_report", "export_report_json", "export_report_csv", "export_report_pdf"),
        *("export_report_xlsx", "show_arithmetic", "show_what_if", "show_parting", "show_trend"),
        *("show_team", "show_team_strengths", "export_matrix_csv", "export_matrix_xlsx", "show_organisation"),
    }
)
# Those that show copies of others, and how the organisation is found from the slug in their address.
_OF_OTHERS = {
    **dict.fromkeys(
        ("show_team", "show_team_strengths", "export_matrix_csv", "export_matrix_xlsx"), "organisation__teams__slug"
    ),
    "show_organisation": "organisation__slug",
}
# What lies between the note of a withdrawal and its commit, and between the clocks of machines.
_SLACK_SECONDS = 60
_APPS = frozenset({"assessments", "growth"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


class ReplicaRouter:
    """Where a query goes. Writes, and all that belongs to a write, go to the primary."""

    def db_for_read(self, model: type[Model], **_: Any) -> str:
        return REPLICA if _reads_replica.get() and model._meta.app_label in _APPS else "default"  # noqa: SLF001

    def db_for_write(self, model: type[Model], **_: Any) -> str:  # noqa: ARG002
        return "default"

    def allow_relation(self, *_: Any, **__: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *_: Any, **__: Any) -> bool:
        return db != REPLICA


class ReplicaMiddleware:
    """Decides for each request, after the URL is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _reads_replica.set(False)
        try:
            response = self.get_response(request)
        finally:
            _reads_replica.reset(token)
        if REPLICA in settings.DATABASES and request.method not in _SAFE:
            response.set_cookie(
                COOKIE,
                "1",
                max_age=settings.REPLICA_AFTER_WRITE_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        match = request.resolver_match
        if (
            REPLICA in settings.DATABASES
            and request.method in _SAFE
            and COOKIE not in request.COOKIES
            and match is not None
            and match.view_name in FROM_REPLICA
            and freshness.is_fresh()
            and not _was_withdrawn(match.view_name, match.kwargs)
        ):
            _reads_replica.set(True)


def _was_withdrawn(page: str, kwargs: dict[str, Any]) -> bool:
    """Whether a copy that this page may show was taken back a moment ago: one statement, to the primary's audit log."""
    if page not in _OF_OTHERS:
        return False
    from people.audit.log import Verb  # noqa: PLC0415  - the databases are set up before the models
    from people.models import AuditEvent  # noqa: PLC0415

    span = datetime.timedelta(seconds=settings.REPLICA_AFTER_WRITE_SECONDS + _SLACK_SECONDS)
    here = {_OF_OTHERS[page]: kwargs["slug"], "at__gt": timezone.now() - span}
    return AuditEvent.objects.filter(verb=Verb.COPY_WITHDRAWN, **here).exists()


class Freshness:
    """Whether the replica shows everything that was committed REPLICA_AFTER_WRITE_SECONDS ago.

    Looks once a second: notes how far the primary has written, and finds the newest note that the replica has
    replayed. So a replica that was cut off is noticed too, and an idle one is not suspected.
    """

    def __init__(self) -> None:
        self.notes: deque[tuple[float, str]] = deque(maxlen=120)
        self.looked_at = -1.0
        self.seen_at = float("-inf")

    def is_fresh(self) -> bool:
        now = time.monotonic()
        if now - self.looked_at >= 1:
            self.looked_at = now
            try:
                self._look(now)
            except Error:
                # Either of them is away: what is asked next goes to the primary and says so itself.
                connections[REPLICA].close()
                self.looked_at = now + 5
                self.seen_at = float("-inf")
        # A second is left for the moments between the look and the reading.
        return now - self.seen_at < settings.REPLICA_AFTER_WRITE_SECONDS - 1

    def _look(self, now: float) -> None:
        written, replayed = self._positions()
        self.notes.append((now, written))
        if replayed is None:
            # It was promoted: a database of its own from now on.
            self.seen_at = float("-inf")
            return
        reached = [at for at, lsn in self.notes if _position(lsn) <= _position(replayed)]
        if reached:
            self.seen_at = reached[-1]

    def _positions(self) -> tuple[str, str | None]:
        """How far the primary has written, and how far the replica has replayed."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()")
            written = cursor.fetchone()[0]
        with connections[REPLICA].cursor() as cursor:
            cursor.execute("SELECT pg_last_wal_replay_lsn() WHERE pg_is_in_recovery()")
            row = cursor.fetchone()
        return written, row[0] if row else None


def _position(lsn: str) -> int:
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


freshness = Freshness()
