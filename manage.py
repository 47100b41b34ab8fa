#!/usr/bin/env python
"""The command line of Rungwise: `python manage.py help` lists what it can do."""

import os
import secrets
import sys

# These only read a ladder and print, so they need no SECRET_KEY of the operator's.
WITHOUT_A_SITE = frozenset({"check_ladder", "ladder_schema", "score", "title"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if WITHOUT_A_SITE.intersection(sys.argv[1:2]) and not {"PROFILE", "SECRET_KEY"} & os.environ.keys():
        # A fresh checkout has neither: it would count as a production site without a SECRET_KEY, and be refused.
        os.environ |= {"PROFILE": "local", "SECRET_KEY": secrets.token_urlsafe(64)}
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  - after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # The operator needs to see which setting is wrong, and a traceback would hide it.
        sys.stderr.write(f"rungwise: {' '.join(str(error).split())}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
