"""Opens a kept database with the code of today, in a process of its own, and asks it what the tests want to know.

It brings the database up to date, then reads a request as JSON from each line of its input and writes the answer as a
line: a page that somebody opens in their browser, or a command of manage.py. Its clock stands at the day on which the
database was made, or else every link in it would have ended.
"""

import contextlib
import datetime
import io
import json
import sys
from pathlib import Path
from typing import Any

import django
from django.utils import timezone

AFTER = datetime.timedelta(minutes=20)


def main(made_at: str) -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(Path(__file__).parents[2]))
    behind = timezone.now() - datetime.datetime.fromisoformat(made_at) - AFTER
    timezone.now = lambda: datetime.datetime.now(datetime.UTC) - behind
    django.setup()
    browsers: dict[str, Any] = {}
    manage("migrate", "--verbosity=0", "--no-input")
    for line in sys.stdin:
        asked = json.loads(line)
        said = manage(*asked["manage"]) if "manage" in asked else visit(browsers, **asked)
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def manage(*words: str) -> dict[str, Any]:
    """What a command printed, and the status that it ended with."""
    from django.core.management import CommandError, call_command

    out = io.StringIO()
    status: Any = 0
    with contextlib.redirect_stdout(out):
        try:
            call_command(*words)
        except CommandError as error:
            out.write(str(error))
            status = error.returncode
        except SystemExit as error:
            status = error.code
    return {"status": status, "text": out.getvalue()}


def visit(
    browsers: dict[str, Any], *, browser: str, path: str, user: str = "", session: str = "", data: Any = None
) -> dict[str, Any]:
    """A page as one browser gets it, after the redirects; with `data` it is sent there. A browser that is met for the
    first time belongs to `user`, or holds `session` as its cookie."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = browsers.get(browser)
    if client is None:
        client = browsers[browser] = Client(headers={"host": "localhost"}, raise_request_exception=False)
        if user:
            client.force_login(get_user_model().objects.get(email=user))
        if session:
            client.cookies[settings.SESSION_COOKIE_NAME] = session
    answer = client.get(path, follow=True) if data is None else client.post(path, data, follow=True)
    at = answer.redirect_chain[-1][0] if answer.redirect_chain else path
    return {"status": answer.status_code, "text": answer.content.decode(errors="replace"), "at": at}


if __name__ == "__main__":
    main(sys.argv[1])
