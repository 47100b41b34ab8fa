"""Counts, in this process, what one request of each action costs: statements and Python calls. Run by run.py."""

import io
import json
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any
from urllib.parse import urlencode

from trials.speed.client import TOKEN

numbers = count(900_000)


def environ(asked: dict[str, Any], cookies: dict[str, str], token: str) -> dict[str, Any]:
    path, _, query = asked["path"].partition("?")
    body = b""
    if "form" in asked:
        form = {name: value.replace("{token}", token) for name, value in asked["form"].items()}
        form |= {name: values[0] for name, values in asked.get("turns", {}).items()}
        # Higher than the counts sent over the network, or the save would pass for an old one.
        form |= {asked["count"]: str(next(numbers))} if "count" in asked else {}
        body = urlencode(form).encode()
    made = {
        "REQUEST_METHOD": asked.get("method", "GET"),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    if cookies:
        made["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    for name, value in asked["headers"].items():
        made[f"HTTP_{name.upper().replace('-', '_')}"] = value.replace("{address}", "10.9.8.7")
    return made


def ask(application: Callable[..., Any], asked: dict[str, Any]) -> None:
    """One request, or a journey, of a WSGI application in this process; anything but the right answer ends it."""
    cookies: dict[str, str] = {}
    token = ""
    for step in asked.get("journey", [asked]):
        started: list[Any] = []
        answer = application(environ(step, cookies, token), lambda *said, to=started: to.extend(said))
        content = b"".join(answer)
        answer.close()
        if not started[0].startswith(str(step.get("status", 200))):
            sys.exit(f"{step['path']}: {started[0]} {content[:300]!r}")
        for name, value in started[1]:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                cookies[key] = rest.partition(";")[0]
        if found := TOKEN.search(content):
            token = found[1].decode()


def main() -> None:
    application = import_module(sys.argv[2]).application
    from django.db import connection  # noqa: PLC0415  - its settings come with the application

    found = {}
    with open(sys.argv[1]) as file:  # noqa: PTH123
        actions = json.load(file)
    for name, requests in actions.items():
        if sys.argv[3:] and name not in sys.argv[3:]:
            continue
        ask(application, requests[0])
        ask(application, requests[0])
        statements: list[str] = []
        calls = 0

        def note(run: Any, sql: str, *rest: Any, seen: list[str] = statements) -> Any:
            seen.append(sql)
            return run(sql, *rest)

        with connection.execute_wrapper(note):
            ask(application, requests[0])

        def profile(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(profile)
        ask(application, requests[0])
        sys.setprofile(None)
        found[name] = {"statements": len(statements), "calls": calls}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
