"""Replaces this process by the web server, or says in one line why it can't."""

import errno
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import CommandError
from django.db import connections

from people.database.private import make_private
from people.database.reasons import why_unreachable
from people.management import systemd

# Connections that can wait while all workers are busy; the kernel may allow fewer (net.core.somaxconn).
BACKLOG = 4096
# A connection waits in the kernel until its request is there, for so long: a worker that stops closes those that it has
# taken and that have said nothing yet, and their requests would be lost on the way.
SILENT_SECONDS = 5
STOP_SECONDS = 30
_SWITCHES = ("--no-ws", "--no-access-log", "--respawn-failed-workers")
# Bytes of the request line and all headers together; browsers send a few thousand.
HEADERS_MAX = 65_536


def open_port(address: str, port: int) -> socket.socket:
    """The port, ours from now on; it takes connections from `become_server` on. The one that systemd kept while the
    server was started anew has been taking them all the while. Raises CommandError when we can't listen there."""
    return systemd.kept_port(address, port) or _bound(address, port)


def _bound(address: str, port: int) -> socket.socket:
    ours = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    # Without it, a port that a server has just left counts as taken for a minute.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        ours.bind((address, port))
    except (OSError, ValueError) as error:
        ours.close()
        raise _refusal(address, port, error) from error
    return ours


def _refusal(address: str, port: int, error: Exception) -> CommandError:
    reason = f"can't listen on {address[:80]} port {port}: {getattr(error, 'strerror', 'LISTEN is no address')}"
    if getattr(error, "errno", 0) == errno.EADDRINUSE:
        setting = "HEALTH_PORT" if port == settings.HEALTH_PORT else "PORT"
        reason = f"port {port} is taken: something else listens there. Set {setting} to another one"
    return CommandError(reason, returncode=2)


def refuse_taken(address: str, port: int) -> None:
    """Raise CommandError when we can't listen there."""
    _bound(address, port).close()


def refuse_without_database() -> None:
    """Raise CommandError when the database does not answer; the supervisor will start the process again."""
    if reason := why_unreachable():
        raise CommandError(f"the database can't be reached: {reason}", returncode=2)


def refuse_others_looking(address: str) -> None:
    """Raise CommandError where the local profile, which shows all mails and codes, could be reached from elsewhere."""
    try:
        is_ours = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_ours = address == "localhost"
    if settings.LOCAL and not is_ours:
        reason = f"PROFILE=local shows all mails to whoever can reach it: LISTEN={address} is refused, use 127.0.0.1"
        raise CommandError(reason, returncode=2)


def missing_static_files() -> str:
    """What is missing of scripts, styles and pictures where they have to be collected; without them pages fail."""
    hashed = getattr(staticfiles_storage, "hashed_files", None)
    if hashed is None:
        return ""
    sources = {path for finder in get_finders() for path, _ in finder.list([])}
    lost = sum(path not in hashed for path in sources)
    gone = sum(not (Path(settings.STATIC_ROOT) / name).is_file() for name in hashed.values())
    return (
        f"{lost} static files are not collected, {gone} are missing in {settings.STATIC_ROOT}" if lost or gone else ""
    )


def refuse_without_static_files() -> None:
    """Raise CommandError when pages would fail for want of their styles."""
    if missing := missing_static_files():
        raise CommandError(f"{missing}: run manage.py collectstatic --noinput", returncode=2)


def refuse_without_folder() -> None:
    """Raise CommandError when we can't write into DATA_DIR; keep what is in it from other users of this machine."""
    folder = settings.DATA_DIR
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f".written-{os.getpid()}").touch()
        (folder / f".written-{os.getpid()}").unlink()
    except OSError as error:
        reason = f"DATA_DIR={str(folder)[:200]} can't be written: {error.strerror}"
        raise CommandError(reason, returncode=2) from error
    make_private(folder, 0o700)


def _let_find_us() -> None:
    """Let Python find `config` from whatever folder manage.py was called. Another folder would move relative paths."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(settings.BASE_DIR), os.environ.get("PYTHONPATH"))))


def start_keeper() -> None:
    """Start what stands beside this process, which will become the server, and ends with it (config/keeper.py)."""
    has_worker = settings.WORKER == "built-in" and settings.MAIL_IN_BACKGROUND
    if has_worker or settings.HEALTH_PORT:
        connections.close_all()
        keep = ["-m", "config.keeper", "--parent", str(os.getpid()), *(["--worker"] if has_worker else [])]
        _let_find_us()
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.Popen([sys.executable, *keep], env=environment)  # noqa: S603  - ours


def prepare_metrics() -> None:
    """If there is a METRICS_TOKEN, name an empty folder where all processes keep their figures (config/metrics.py)."""
    if settings.METRICS_TOKEN:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder_in_memory() or _empty(settings.DATA_DIR))


def _folder_in_memory() -> Path | None:
    """The folder in memory, for the disk may be full. None where the machine has none, or a stranger took the name."""
    place = Path(os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or "/dev/shm")  # noqa: S108
    folder = _empty(place) if os.access(place, os.W_OK) else None
    is_ours = folder and folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    return folder if is_ours else None


def _empty(place: Path) -> Path:
    """The folder of this server there, new; not there afterwards when it can't be made, and nothing is counted then."""
    folder = place / f"rungwise-metrics-{zlib.crc32(str(settings.DATA_DIR).encode())}-{settings.SERVE_PORT}"
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    return folder


def become_server(port: socket.socket, *, workers: int, door: str, log_level: str) -> NoReturn:
    """Replace this process by granian: as a child of ours it would not get the signals. See also config/server.py.

    `door` is the one in config/door.py that requests come in by.
    """
    prepare_metrics()
    address, number = port.getsockname()[:2]
    _take_connections(port, address, number)
    connections.close_all()
    sys.stdout.flush()
    sys.stderr.flush()
    options = {
        "--interface": "rsgi",
        "--host": address,
        "--port": str(number),
        "--workers": str(workers),
        "--backlog": str(BACKLOG),
        "--http1-buffer-size": str(HEADERS_MAX),
        "--log-level": log_level,
        # A stop waits so many seconds for the requests at hand.
        "--workers-kill-timeout": str(STOP_SECONDS),
        # Its lines look like ours. A log of requests is switched off below: paths may be secret links.
        "--log-config": str(settings.BASE_DIR / "config/granian_log.json"),
    }
    _let_find_us()
    shared = ["--fd", str(port.fileno())]
    arguments = [part for option in options.items() for part in option]
    os.execv(  # noqa: S606  - no shell, and each argument was parsed
        sys.executable,
        [sys.executable, "-m", "config.server", *shared, *arguments, *_SWITCHES, f"config.door:{door}"],
    )


def _take_connections(port: socket.socket, address: str, number: int) -> None:
    """From here on connections wait in the queue of the port, until a worker takes them."""
    if not port.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        try:
            if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux has it
                port.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
            port.listen(BACKLOG)
        except OSError as error:
            raise _refusal(address, number, error) from error
        systemd.keep(port)
    port.set_inheritable(True)
    systemd.tell("READY=1")
