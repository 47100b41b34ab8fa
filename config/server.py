"""`python -m config.server` starts granian with the site already loaded.

The workers are forks, so what is loaded before the fork is in memory once for all of them. Takes granian's arguments;
the last one names the application: `config.wsgi:application`.
"""

import gc
import multiprocessing
import sys
from importlib import import_module

from django.urls import get_resolver
from granian.cli import entrypoint


def load(application: str) -> None:
    """Import the site. Imports must not open connections or start threads: forks would share the one and lose the
    other."""
    import_module(application.partition(":")[0])
    # Imports views and forms. Otherwise each worker would load its own copy at its first page.
    _ = get_resolver().url_patterns
    gc.collect()
    # Garbage collection writes to every object, which would give each worker its own copy of the memory.
    gc.freeze()


def main() -> None:
    load(sys.argv[-1])
    # From Python 3.14 on, forking is not the default.
    multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
