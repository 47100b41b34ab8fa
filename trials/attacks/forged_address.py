"""Guesses the password of a secret link thirty times from thirty addresses that it makes up, through real proxies.

    python -m trials.attacks.forged_address [--proxies nginx caddy haproxy]

nginx, Caddy and HAProxy run with the samples of docs/operations.md, and once with what a hurried person would write,
which hands all headers on. Each spelling of the header is tried; a limit that holds answers ten times 422 and then 429.
The doctor asks through each proxy, too. As a counter-proof the site then trusts one proxy more than there are: there
the guesses must pass and the doctor must fail. Exits with 1 when anything is otherwise.

Debian: apt-get install nginx-light caddy haproxy. What is missing is said and left out, which counts as wrong.
"""

import argparse
import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from trials import load

GUESSES, LIMIT = 30, 10
SPELLINGS = ("X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for")
# With some headers before it, a forged one comes last where a server puts them into a map.
PADDING = {f"Zz{number}": "1" for number in range(1, 5)}
HURRIED = {
    "nginx": "server {{ listen {port}; location / {{ proxy_pass http://127.0.0.1:{to}; proxy_set_header Host $host;\n"
    "  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} underscores_in_headers on; }}",
    "caddy": "http://127.0.0.1:{port} {{\n reverse_proxy 127.0.0.1:{to}\n}}",
    "haproxy": "frontend f\n bind 127.0.0.1:{port}\n default_backend b\nbackend b\n option forwardfor\n"
    " server s 127.0.0.1:{to}\n",
}
_MAKE_LINK = """
from assessments.models import Assessment
from assessments.sharing.links import make_link
report = Assessment.objects.filter(status="submitted", rater__isnull=False, kind="self").first()
print("token", make_link(report, report.rater, days=1, password="right horse")[1])
"""
_FORGET = "from people.models import RateCount; RateCount.objects.all().delete()"


def sample(name: str, port: int, to: int, certificate: tuple[Path, Path] | None = None) -> str:
    """The proxy's sample in the documentation, on another port and, without a certificate, without TLS."""
    text = (load.ROOT / "docs/operations.md").read_text()
    start = text.index({"caddy": "\nCaddy sets"}.get(name, f"\n{name}:"))
    block = re.search(r"\n\n((?:    .*\n|\n)+)", text[start:])
    assert block  # noqa: S101
    lines = [line.removeprefix("    ") for line in block[1].split("\n") if certificate or "ssl_" not in line]
    said = "\n".join(lines).replace("127.0.0.1:8000", f"127.0.0.1:{to}")
    if name == "caddy" and _version_of_caddy() < (2, 7):
        older = re.search(r"in the place of `request_buffers`:\n\n((?:    .+\n)+)", text)
        said = said.replace("request_buffers 3MiB\n", older[1] if older else "")
    if certificate:
        file, key = map(str, certificate)
        said = said.replace("ladder.example.com {", f"https://localhost:{port} {{\n    tls {file} {key}")
        said = said.replace("443 ssl;", f"{port} ssl;").replace("ladder.example.com;", "localhost;")
        return said.replace("/etc/ssl/ladder.pem", file).replace("/etc/ssl/private/ladder.key", key)
    # Without TLS the truth is http.
    said = said.replace("Proto https", "Proto http")
    said = said.replace("ladder.example.com {", f"http://127.0.0.1:{port} {{").replace("443 ssl;", f"{port};")
    return re.sub(r"bind :443.*", f"bind 127.0.0.1:{port}", said)


def _version_of_caddy() -> tuple[int, ...]:
    said = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


@contextmanager
def proxy(name: str, config: str, port: int, folder: Path) -> Iterator[None]:
    folder.mkdir()
    file = folder / "config"
    if name == "nginx":
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi"))
        temporary += "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("uwsgi", "scgi"))
        config = f"pid {folder}/pid; events {{}} http {{ access_log off; {temporary}\n{config}\n}}"
        command = ["nginx", "-c", str(file), "-g", f"daemon off; error_log {folder}/error;"]
    elif name == "caddy":
        config = f"{{\n admin off\n auto_https off\n storage file_system {folder}\n}}\n{config}"
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]
    else:
        times = "timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
        config = f"defaults\n mode http\n {times}{config}"
        command = ["haproxy", "-f", str(file)]
    file.write_text(config + "\n")
    log = (folder / "log").open("wb")
    running = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603  - ours
    try:
        load.wait_for(f"{name}’s start", lambda: load.is_open(port), 20)
        yield
    except TimeoutError as error:
        raise RuntimeError((folder / "log").read_text()[-2000:]) from error
    finally:
        running.terminate()
        running.wait(20)
        log.close()


def status(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    try:
        connection.request(method, path, body or None, headers | form)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def guess(port: int, path: str, spelling: str) -> list[int]:
    return [
        status(port, "POST", path, PADDING | {spelling: f"10.5.0.{number}"}, f"password=guess{number}")
        for number in range(GUESSES)
    ]


def doctor(server: load.Server, port: int, **changed: str) -> str:
    """What the doctor says of callers: ok, warn or fail."""
    done = server.manage("doctor", "--format", "json", SITE_URL=f"http://127.0.0.1:{port}", **changed)
    return "+".join(row["state"] for row in json.loads(done.stdout)["findings"] if row["name"] == "callers")


def attack(server: load.Server, port: int, path: str) -> tuple[list[str], int]:
    """Lines to print, and how many of the spellings passed."""
    lines, passed = [], 0
    for spelling in SPELLINGS:
        server.manage("shell", "-c", _FORGET)
        answers = guess(port, path, spelling)
        passed += answers != [422] * LIMIT + [429] * (GUESSES - LIMIT)
        lines.append(f"{spelling}: {', '.join(f'{len(list(same))} × {code}' for code, same in groupby(answers))}")
    return [*lines, f"doctor: {doctor(server, port)}"], passed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--proxies", nargs="+", default=[*HURRIED], choices=[*HURRIED])
    asked = parser.parse_args().proxies
    wrong = [f"{name} is not installed" for name in asked if shutil.which(name) is None]
    began = time.monotonic()
    with load.own_database("sqlite") as (folder, url, _):
        trusting = {"TRUST_PROXY_HTTPS_HEADER": "1", "HTTPS": "0"}
        server = load.Server(folder, url, TRUSTED_PROXY_COUNT="1", **trusting).wait()
        fooled = load.Server(folder, url, migrate=False, TRUSTED_PROXY_COUNT="2", WORKER="separate", **trusting).wait()
        try:
            server.manage("load_demo")
            token = server.manage("shell", "-c", _MAKE_LINK).stdout.rpartition("token ")[2].strip()
            path = f"/shared/{token}/"
            for name in filter(shutil.which, asked):
                for what in ("sample", "hurried"):
                    port = load.free_port()
                    config = HURRIED[name].format(port=port, to=server.port)
                    if what == "sample":
                        config = sample(name, port, server.port)
                    with proxy(name, config, port, folder / f"{name}-{what}"):
                        lines, passed = attack(server, port, path)
                    print(f"{name}, {what}\n  " + "\n  ".join(lines), flush=True)
                    if passed:
                        wrong.append(f"{name}, {what}: {passed} spellings passed the limit")
                    if lines[-1] != "doctor: ok":
                        wrong.append(f"{name}, {what}: {lines[-1]}")
            port = load.free_port()
            # Caddy believes no visitor, however it is set up.
            credulous = next((name for name in asked if name != "caddy"), "nginx")
            with proxy(credulous, HURRIED[credulous].format(port=port, to=fooled.port), port, folder / "fooled"):
                fooled.manage("shell", "-c", _FORGET)
                answers, said = guess(port, path, "X-Forwarded-For"), doctor(fooled, port)
            print(f"counter-proof, one proxy too many trusted: {answers.count(422)} × 422; doctor: {said}")
            if answers.count(422) != GUESSES or "fail" not in said:
                wrong.append("the counter-proof saw nothing")
        finally:
            server.end()
            fooled.end()
    return load.say(f"{GUESSES} forged guesses through each proxy, {time.monotonic() - began:.0f} s", wrong)


if __name__ == "__main__":
    sys.exit(main())
