"""`python -m config.server` starts granian with the site already loaded, on a port that is open already.

The workers are forks, so what is loaded before the fork is in memory once for all of them. Takes granian's arguments;
the last one names the application: `config.door:one_by_one`. Before them, `--fd NUMBER` names the open port.
"""

import gc
import multiprocessing
import socket
import sys
from importlib import import_module
from typing import Any

from django.urls import get_resolver
from granian._granian import SocketHolder
from granian.cli import entrypoint
from granian.server import MPServer


def load(application: str) -> None:
    """Import the site. Imports must not open connections or start threads: forks would share the one and lose the
    other."""
    import_module(application.partition(":")[0])
    # Imports views and forms. Otherwise each worker would load its own copy at its first page.
    _ = get_resolver().url_patterns
    gc.collect()
    # Garbage collection writes to every object, which would give each worker its own copy of the memory.
    gc.freeze()


def share(number: int) -> None:
    """Have all workers take connections from this open port, as granian does it where the system knows no other way.

    By itself it opens the port in each worker. Then what waits for one worker is lost with it, and nobody could keep
    the queue while the server is started anew (people/management/systemd.py).
    """

    def use(server: Any) -> None:
        server._sso = socket.socket(fileno=number)  # noqa: SLF001
        server._shd = SocketHolder(fd=number, uds=False, backlog=server.backlog)  # type: ignore[call-arg]  # noqa: SLF001

    # There is no setting for it.
    MPServer._init_shared_socket = use  # type: ignore[method-assign]  # noqa: SLF001


def main() -> None:
    if sys.argv[1] == "--fd":
        share(int(sys.argv[2]))
        del sys.argv[1:3]
    load(sys.argv[-1])
    # From Python 3.14 on, forking is not the default.
    multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
