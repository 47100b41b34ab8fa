"""manage.py run_worker – does the jobs that wait in the database until it is told to stop."""

import argparse
import logging
import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from people.login.sessions import hash_plain_keys
from people.mail.heartbeat import beat
from people.mail.hold import problem
from people.mail.outbox import reap

log = logging.getLogger(__name__)

POLL, REAP_EVERY, AWAY, SAY_EVERY = 1.0, 30.0, 5.0, 3600.0
"""Seconds between looks at the queue, between rounds of the reaper, to wait for a database that is away, and between
lines that say that mail is held."""


class Command(BaseCommand):
    help = "Do the jobs that wait in the database. SIGTERM ends it after the job at hand."

    # Django's checks open the database: a worker that starts while it is away would die instead of waiting.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="do what is there, then end")
        parser.add_argument("--parent", type=int, default=0, help="end when this process, which started us, is gone")

    def handle(self, **options: Any) -> None:
        self.parent = options["parent"]
        self._work(batch=options["batch"])

    def _is_alone(self) -> bool:
        return bool(self.parent) and os.getppid() != self.parent

    def _say_held(self, said_at: float) -> float:
        """Log once an hour that nothing is sent. Returns when it was last said."""
        now = time.monotonic()
        if (said_at and now - said_at < SAY_EVERY) or not (said := problem()):
            return said_at
        log.warning("mail is held: %s", said)
        return now

    def _work(self, *, batch: bool) -> None:
        # Batches, because without them run() would never return and the reaper have no turn.
        worker = Worker(
            queue_names=["*"],
            interval=POLL,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        # Its lines about each task would fill the log.
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        logging.getLogger("django.tasks").setLevel(logging.WARNING)
        reaped_at, said_at, has_hashed = 0.0, 0.0, False
        while worker.running and not self._is_alone():
            try:
                if time.monotonic() - reaped_at > min(REAP_EVERY, settings.MAIL_LEASE_SECONDS) or not reaped_at:
                    reap()
                    beat()
                    said_at = self._say_held(said_at)
                    has_hashed = has_hashed or hash_plain_keys() >= 0
                    reaped_at = time.monotonic()
                # Look first, without locking: run() locks SQLite's database each time, even if there is nothing to do.
                if DBTaskResult.objects.ready().exists():
                    worker.run()
            except DatabaseError as error:
                log.warning("the worker waits for the database: %s", type(error).__name__)
                connections.close_all()
                time.sleep(AWAY)
            if batch:
                return
            if worker.running:
                time.sleep(POLL)
