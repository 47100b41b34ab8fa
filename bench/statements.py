"""Counts, in this process, what one request of each action costs: statements and Python calls. Run by run.py."""

import io
import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

application: Callable[..., Any] = import_module(sys.argv[2]).application

from django.db import connection


def environ(asked: dict[str, Any]) -> dict[str, Any]:
    path, _, query = asked["path"].partition("?")
    body = urlencode({**asked["form"], "step": "3", "page_save": "999999"}).encode() if "form" in asked else b""
    made = {
        "REQUEST_METHOD": asked.get("method", "GET"),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    for name, value in asked["headers"].items():
        key = name.upper().replace("-", "_")
        made[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return made


def ask(asked: dict[str, Any]) -> None:
    status: list[str] = []
    answer = application(environ(asked), lambda line, headers: status.append(line))
    b"".join(answer)
    answer.close()
    if not status[0].startswith("200"):
        sys.exit(f"{asked['path']}: {status[0]}")


def main() -> None:
    found = {}
    with open(sys.argv[1]) as file:  # noqa: PTH123
        actions = json.load(file)
    for name, requests in actions.items():
        if sys.argv[3:] and name not in sys.argv[3:]:
            continue
        ask(requests[0])
        ask(requests[0])
        statements: list[str] = []
        calls = 0

        def note(run: Any, sql: str, *rest: Any, seen: list[str] = statements) -> Any:
            seen.append(sql)
            return run(sql, *rest)

        with connection.execute_wrapper(note):
            ask(requests[0])

        def profile(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(profile)
        ask(requests[0])
        sys.setprofile(None)
        found[name] = {"statements": len(statements), "calls": calls}
    print(json.dumps(found))


main()
