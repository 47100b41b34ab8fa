"""Hands this process over to the web server, or says in one line why it can't."""

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

# Connections that wait while all workers are busy; the kernel may hold fewer (net.core.somaxconn).
BACKLOG = 4096
STOP_SECONDS = 30
_SWITCHES = ("--no-ws", "--no-access-log", "--respawn-failed-workers")
# Bytes of the request line and all header lines together; browsers send a few thousand.
HEADERS_MAX = 65_536


def refuse_taken(address: str, port: int) -> None:
    """Raise CommandError when nothing can listen there: granian would share the port with another server silently."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A port that a server left a moment ago is free.
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
    """Raise CommandError when the database does not answer; whoever supervises the process tries again."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = " ".join(str(error).split()) or "it does not answer"
        raise CommandError(f"the database can't be reached: {reason}", returncode=2) from error


def start_worker() -> None:
    """Start the worker of jobs beside this process, which becomes the server; it ends when the server does."""
    if settings.WORKER == "built-in" and settings.MAIL_IN_BACKGROUND:
        connections.close_all()
        keep = ["run_worker", "--keep", "--parent", str(os.getpid())]
        subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), *keep])  # noqa: S603  - ours


def prepare_metrics() -> None:
    """Name an empty folder in which the worker processes put their figures together, when somebody may ask for them."""
    if settings.METRICS_TOKEN:
        folder = settings.DATA_DIR / f"metrics-{settings.SERVE_PORT}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def become_server(address: str, port: int, *, workers: int, threads: int, log_level: str) -> NoReturn:
    """Replace this process by granian, so that signals reach it; `config/server.py` loads the site for its workers.

    `threads` are the blocking threads of each worker: the requests that it answers at once.
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
        # A thread that ends leaves its open connection to the garbage collector; this is as long as granian allows.
        "--blocking-threads-idle-timeout": "600",
        "--backlog": str(BACKLOG),
        "--http1-buffer-size": str(HEADERS_MAX),
        "--log-level": log_level,
        # A stop waits for the requests at hand, but not for ever.
        "--workers-kill-timeout": str(STOP_SECONDS),
        # Its lines look like ours, and it writes no log of requests: paths may be secret links.
        "--log-config": str(settings.BASE_DIR / "config/granian_log.json"),
    }
    arguments = [part for option in options.items() for part in option]
    os.execv(  # noqa: S606  - no shell, and each argument was parsed
        sys.executable,
        [sys.executable, "-m", "config.server", *arguments, *_SWITCHES, "config.wsgi:application"],
    )
