#!/usr/bin/env python
"""The command line of Rungwise: `python manage.py help` lists what it can do."""

import os
import sys


def start_quickly(argv: list[str]) -> bool:
    """Run what only starts other processes without loading the models, which those load for themselves.

    That is a second of CPU each, before the first page of a server. False when it is another command.
    """
    from django.conf import settings  # noqa: PLC0415  - after the settings module is named

    if argv[1:] == ["serve"] and not settings.SERVE_MIGRATES:
        from people.management.commands.serve import Command as Serve  # noqa: PLC0415

        Serve().run_from_argv(argv)
        return True
    if argv[1:3] == ["run_worker", "--keep"]:
        from django.utils.log import configure_logging  # noqa: PLC0415

        from people.management.commands.run_worker import Command as RunWorker  # noqa: PLC0415

        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
        RunWorker().run_from_argv(argv)
        return True
    return False


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  - after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        if not start_quickly(sys.argv):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is the operator's to mend: one line, no traceback.
        sys.stderr.write(f"rungwise: {' '.join(str(error).split())}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
