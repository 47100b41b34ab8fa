#!/usr/bin/env python
"""The command line of Rungwise: `python manage.py help` lists what it can do."""

import os
import secrets
import select
import signal
import sys

# These only read a ladder and print, so they need no SECRET_KEY of the operator's.
WITHOUT_A_SITE = frozenset({"check_ladder", "ladder_schema", "score", "title"})


def main() -> None:
    if sys.argv[1:] in (["version"], ["--version"]):
        # Django would say its own, which nobody asks for.
        from config.version import VERSION  # noqa: PLC0415

        sys.stdout.write(f"Rungwise {VERSION}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if WITHOUT_A_SITE.intersection(sys.argv[1:2]) and not {"PROFILE", "SECRET_KEY"} & os.environ.keys():
        # A fresh checkout has neither: it would count as a production site without a SECRET_KEY, and be refused.
        os.environ |= {"PROFILE": "local", "SECRET_KEY": secrets.token_urlsafe(64)}
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  - after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has enough of it, as in `manage.py export_ladder pm | head`.
        if not _is_unread():
            raise
        sys.exit(128 + signal.SIGPIPE)
    except ImproperlyConfigured as error:
        # The operator needs to see which setting is wrong, and a traceback would hide it.
        sys.stderr.write(f"rungwise: {' '.join(str(error).split())}\n")
        sys.exit(2)
    except Exception as error:
        # So would it hide that the database is away, or does not let us in.
        reason = _why_without_database(error)
        if not reason:
            raise
        sys.stderr.write(f"rungwise: the database can't be reached: {reason}\n")
        sys.exit(2)


def _is_unread() -> bool:
    """Whether it is standard output that nobody reads; what is left for it goes nowhere, as would a complaint."""
    output = select.poll()
    output.register(sys.stdout, 0)  # that nobody reads is told unasked
    if not output.poll(0):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _why_without_database(error: Exception) -> str:
    from django.db import OperationalError  # noqa: PLC0415  - after the settings module is named

    if not isinstance(error, OperationalError):
        return ""
    from people.database.reasons import why_unreachable  # noqa: PLC0415

    return why_unreachable()


if __name__ == "__main__":
    main()
