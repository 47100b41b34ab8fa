#!/usr/bin/env python
"""The command line of Rungwise: `python manage.py help` lists what it can do."""

import os
import secrets
import sys

# They read a ladder's files, or a published ladder, and print: nothing is signed and nobody is let in.
WITHOUT_A_SITE = frozenset({"check_ladder", "ladder_schema", "score", "title"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if WITHOUT_A_SITE.intersection(sys.argv[1:2]) and not {"PROFILE", "SECRET_KEY"} & os.environ.keys():
        # A fresh checkout has neither, and would be refused as a production site that nobody has set up.
        os.environ |= {"PROFILE": "local", "SECRET_KEY": secrets.token_urlsafe(64)}
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
