#!/usr/bin/env python
"""The command line of Rungwise: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  - after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is the operator's to mend: one line, no traceback.
        sys.stderr.write(f"rungwise: {' '.join(str(error).split())}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
