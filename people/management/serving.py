"""Replaces this process by the web server, or says in one line why it can't."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from typing import NoReturn

from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError, connection, connections

# Connections that can wait while all workers are busy; the kernel may allow fewer (net.core.somaxconn).
BACKLOG = 4096
STOP_SECONDS = 30
_SWITCHES = ("--no-ws", "--no-access-log", "--respawn-failed-workers")
# Bytes of the request line and all headers together; browsers send a few thousand.
HEADERS_MAX = 65_536


def refuse_taken(address: str, port: int) -> None:
    """Raise CommandError when we can't listen there: granian would silently share the port with another server."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Without it, a port that a server has just left counts as taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"port {port} is taken: something else listens there. Set PORT to another one"
            else:
                reason = f"can't listen on {address} port {port}: {error.strerror}"
            raise CommandError(reason, returncode=2) from error


def refuse_without_database() -> None:
    """Raise CommandError when the database does not answer; the supervisor will start the process again."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = " ".join(str(error).split()) or "it does not answer"
        raise CommandError(f"the database can't be reached: {reason}", returncode=2) from error


def start_worker() -> None:
    """Start a worker of jobs beside this process, which will become the server; it ends when the server does."""
    if settings.WORKER == "built-in" and settings.MAIL_IN_BACKGROUND:
        connections.close_all()
        keep = ["run_worker", "--keep", "--parent", str(os.getpid())]
        subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), *keep])  # noqa: S603  - ours


def prepare_metrics() -> None:
    """If there is a METRICS_TOKEN, make an empty folder where all processes keep their figures (config/metrics.py)."""
    if settings.METRICS_TOKEN:
        folder = settings.DATA_DIR / f"metrics-{settings.SERVE_PORT}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def become_server(address: str, port: int, *, workers: int, threads: int, log_level: str) -> NoReturn:
    """Replace this process by granian: as a child of ours it would not get the signals. See also config/server.py.

    `threads` is the number of requests that each worker answers at the same time.
    """
    prepare_metrics()
    connections.close_all()
    sys.stdout.flush()
    sys.stderr.flush()
    options = {
        "--interface": "wsgi",
        "--host": address,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(threads),
        # The longest that granian allows: a thread that ends leaves its database connection open for a while.
        "--blocking-threads-idle-timeout": "600",
        "--backlog": str(BACKLOG),
        "--http1-buffer-size": str(HEADERS_MAX),
        "--log-level": log_level,
        # A stop waits so many seconds for the requests at hand.
        "--workers-kill-timeout": str(STOP_SECONDS),
        # Its lines look like ours. A log of requests is switched off below: paths may be secret links.
        "--log-config": str(settings.BASE_DIR / "config/granian_log.json"),
    }
    arguments = [part for option in options.items() for part in option]
    os.execv(  # noqa: S606  - no shell, and each argument was parsed
        sys.executable,
        [sys.executable, "-m", "config.server", *arguments, *_SWITCHES, "config.wsgi:application"],
    )
