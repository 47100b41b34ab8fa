"""Figures for Prometheus: request times by route, saves, the queue, the database. None is about a person.

The web server runs several processes, and any of them may be asked. So each keeps its figures in a folder that they
share, and the one that is asked adds them up. `serve` names the folder in PROMETHEUS_MULTIPROC_DIR
(people/management/serving.py).
"""

import hmac
import os
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from people.mail import heartbeat
from people.models import OutboxMail

MANY = "PROMETHEUS_MULTIPROC_DIR"
SAVES = {"save_rating": "answer", "save_review_rating": "review_answer"}
"""Routes that save an answer, and the label that each is counted under."""

_registry = CollectorRegistry()
_requests = Histogram(
    "rungwise_request_seconds",
    "Time to answer a request, by route.",
    ["route", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_registry,
)
_saves = Counter("rungwise_saves", "Answers that were sent to be saved.", ["what", "outcome"], registry=_registry)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request and the `seconds` it took; nothing is counted without a METRICS_TOKEN."""
    if settings.METRICS_TOKEN:
        _requests.labels(route, method, f"{status // 100}xx").observe(seconds)
        if method == "POST" and route in SAVES:
            _saves.labels(SAVES[route], _outcome(status)).inc()


def _outcome(status: int) -> str:
    if status >= 500:
        return "failed"
    return "saved" if status < 400 else "conflict" if status == 409 else "refused"


class _State(Collector):
    """Figures that are looked up when somebody asks for them: the database, the queue, the worker."""

    def collect(self) -> Iterator[Metric]:
        started = time.perf_counter()
        found: list[Metric] = []
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            took = time.perf_counter() - started
            found = [
                GaugeMetricFamily("rungwise_database_seconds", "Time of one round trip to the database.", value=took),
                *self._queue(),
            ]
        except DatabaseError:
            pass
        yield GaugeMetricFamily("rungwise_database_up", "Whether the database answers.", value=bool(found))
        yield from found

    def _queue(self) -> Iterator[Metric]:
        now = timezone.now()
        mails = GaugeMetricFamily("rungwise_outbox_mails", "Mails in the outbox, by state.", labels=["state"])
        unsent = OutboxMail.objects.filter(sent_at__isnull=True)
        waiting = unsent.filter(given_up_at__isnull=True)
        mails.add_metric(["waiting"], waiting.count())
        mails.add_metric(["retrying"], waiting.filter(attempts__gt=0).count())
        mails.add_metric(["given_up"], unsent.filter(given_up_at__isnull=False).count())
        yield mails
        oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
        yield GaugeMetricFamily(
            "rungwise_outbox_oldest_seconds",
            "Age of the oldest mail that waits.",
            value=(now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily(
            "rungwise_jobs_ready", "Jobs that wait for a worker.", value=DBTaskResult.objects.ready().count()
        )
        age = heartbeat.age()
        if age is not None:
            yield GaugeMetricFamily("rungwise_worker_seen_seconds", "Time since a worker was last seen.", value=age)


def page(request: HttpRequest) -> HttpResponse:
    """The figures, for a caller who sends METRICS_TOKEN; else 401."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse("", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    registry = _registry
    if os.environ.get(MANY):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    state = CollectorRegistry(auto_describe=False)
    state.register(_State())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry) + encode(state), content_type=content_type)
