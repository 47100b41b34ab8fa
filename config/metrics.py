"""Figures for Prometheus: request times by route, saves, the queue, the database. None is about a person.

The web server runs several processes, and any of them may be asked. So each keeps its figures in a folder that they
share, and the one that is asked adds them up. `serve` names the folder in PROMETHEUS_MULTIPROC_DIR
(people/management/serving.py).

The library maps these files into memory. A write into one that has no room on the disk would end the process by a
signal, so they are made in their full size before anything is counted, and nothing is counted where that fails.
"""

import hmac
import logging
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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

from config.version import VERSION
from people.mail import heartbeat, hold
from people.models import OutboxMail
from people.upkeep import state

log = logging.getLogger(__name__)
MANY = "PROMETHEUS_MULTIPROC_DIR"
FILES = {"histogram": 1 << 21, "counter": 1 << 16}
"""Kinds of figures, and the bytes of the file that each process keeps them in."""
SERIES_MAX = 500
"""Routes with method and status that are told apart, of at most 3 kB each in the file; the rest counts as "other"."""
SAVES = {"save_rating": "answer", "save_review_rating": "review_answer"}
"""Routes that save an answer, and the label that each is counted under."""

_requests = Histogram(
    "rungwise_request_seconds",
    "Time to answer a request, by route.",
    ["route", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)
_saves = Counter("rungwise_saves", "Answers that were sent to be saved.", ["what", "outcome"], registry=None)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request and the `seconds` it took; nothing is counted without a METRICS_TOKEN."""
    if settings.METRICS_TOKEN and _has_room():
        labels = (route, method, f"{status // 100}xx")
        if len(_seen) >= SERIES_MAX and labels not in _seen:
            labels = ("other", "other", "other")
        _seen.add(labels)
        _requests.labels(*labels).observe(seconds)
        if method == "POST" and route in SAVES:
            _saves.labels(SAVES[route], _outcome(status)).inc()


_seen: set[tuple[str, str, str]] = set()


@cache
def _has_room() -> bool:
    """Whether this process has its files. Where it has not, that is said once, and requests are served uncounted."""
    folder = os.environ.get(MANY)
    try:
        for kind, size in FILES.items() if folder else ():
            # Under the name that the library gives it; there, it takes the file as it is.
            _make(Path(str(folder), f"{kind}_{os.getpid()}.db"), size)
    except OSError as error:
        log.error("requests are not counted for /metrics: %s", error.strerror)  # noqa: TRY400
        return False
    return True


def _make(path: Path, size: int) -> None:
    """A file of zeros, whole or not at all: half of one could not be read with those of other processes."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


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
        release = GaugeMetricFamily("rungwise_build_info", "1; its label says which release runs.", labels=["version"])
        release.add_metric([VERSION], 1)
        yield release
        yield GaugeMetricFamily("rungwise_database_up", "Whether the database answers.", value=bool(found))
        yield from found

    def _queue(self) -> Iterator[Metric]:
        now = timezone.now()
        mails = GaugeMetricFamily("rungwise_outbox_mails", "Mails in the outbox, by state.", labels=["state"])
        waiting = OutboxMail.objects.due_by(now)
        mails.add_metric(["for_another_day"], OutboxMail.objects.unsent().filter(created_at__gt=now).count())
        mails.add_metric(["waiting"], waiting.count())
        mails.add_metric(["retrying"], waiting.filter(attempts__gt=0).count())
        mails.add_metric(["given_up"], OutboxMail.objects.given_up().count())
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
        yield from _upkeep()


def _upkeep() -> Iterator[Metric]:
    """Of backups and the rest of `manage.py daily`. A step that never went well has no age."""
    ages = GaugeMetricFamily(
        "rungwise_upkeep_age_seconds",
        "Since a step of manage.py daily last went well: backup, its proof, and the rest.",
        labels=["step"],
    )
    failed = GaugeMetricFamily(
        "rungwise_upkeep_failed", "Whether the last try of a step of manage.py daily failed.", labels=["step"]
    )
    for each in state.steps():
        if each.age is not None:
            ages.add_metric([each.step], each.age.total_seconds())
        failed.add_metric([each.step], each.failed)
    yield ages
    yield failed
    held = "Whether this is a restored copy, which mails nobody."
    yield GaugeMetricFamily("rungwise_mail_held", held, value=hold.is_held())


def has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def page(request: HttpRequest) -> HttpResponse:
    """The figures, for a caller who sends METRICS_TOKEN; else 401."""
    if not has_token(request):
        return HttpResponse("", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    registry, folder = CollectorRegistry(), os.environ.get(MANY)
    if folder is None:
        registry.register(_requests)
        registry.register(_saves)
    elif Path(folder).is_dir():
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    # One registry: each text of OpenMetrics ends with a line that nothing may follow.
    registry.register(_State())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)
