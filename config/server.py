"""`python -m config.server`: granian, with the site loaded before its workers part from it.

The workers are forks, and what was loaded before they part stands in memory once for all of them. Takes what granian's
command line takes; the last argument names the application, as `config.wsgi:application`.
"""

import gc
import multiprocessing
import sys
from importlib import import_module

from django.urls import get_resolver
from granian.cli import entrypoint


def load(application: str) -> None:
    """Import what answers requests. It must open nothing: forks would share a connection, and lose a thread."""
    import_module(application.partition(":")[0])
    # Views and forms come with the addresses, or else each worker would load them for itself at its first page.
    _ = get_resolver().url_patterns
    gc.collect()
    # The collector would write into all of it, and what a worker writes to becomes its own.
    gc.freeze()


def main() -> None:
    load(sys.argv[-1])
    # Python 3.14 forks no more by itself.
    multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
