"""Writes what takes long to lay out into everything that keeps a text, and opens all pages that show it, at once.

    python -m trials.attacks.costly_text [--seconds 60] [--clients 8]

The texts lie in the tables as an older release may have left them: at their longest, full of signs, not yet rendered.
Every client comes from an address of its own, so that no limit by address helps. Prints the slowest answer of each page
and the worst time in which /healthz answered: on the keeper's port, and, to compare, on the site's own. Exits with 1
when the keeper took longer than half a second, or a page failed.
"""

import argparse
import http.client
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from urllib.parse import urlencode

from trials import load

GOAL = 0.5
COSTLY = tuple(
    (part * 20_000)[:20_000]
    for part in ("[", "*[", "- a\n", "![", "| a |\n|-|\n", "> ", "__[a]([*", "`a", "<a![<http://a>")
)
_FILL = """
from django.test import Client
from growth.models import Case, CaseSection, EvidenceEntry, PlanItem
from growth.cases.cases import make_case, make_case_link
from assessments.models import Assessment
from assessments.sharing.links import make_link
from trials.attacks.costly_text import COSTLY
report = Assessment.objects.filter(status="submitted", rater__isnull=False, kind="self").first()
user = report.rater
case = make_case(user, report, "senior-pm", "Costly")
for row, text in zip(CaseSection.objects.filter(case=case), COSTLY):
    CaseSection.objects.filter(pk=row.pk).update(text=text, html="", html_revision=-1)
import datetime
EvidenceEntry.objects.bulk_create(
    EvidenceEntry(organisation_id=user.home_id, owner=user, happened_on=datetime.date(2026, 1, 1), approach="[*" * 1000)
    for _ in range(5000))
client = Client(); client.force_login(user)
print("token", make_case_link(case, user, days=1)[1], make_link(report, user, days=1, with_evidence=True)[1])
print(case.pk, report.pk, client.cookies["sessionid"].value)
"""


def ask(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, float]:
    line, began = http.client.HTTPConnection("127.0.0.1", port, timeout=120), time.monotonic()
    try:
        line.request(method, path, body or None, headers)
        answer = line.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - began
    finally:
        line.close()
    return answer.status, time.monotonic() - began


def pages(case_token: str, report_token: str, case: str, report: str, token: str) -> list[tuple[str, str, str]]:
    """Everything whose cost depends on what somebody wrote: (method, path, body)."""
    gets = [f"/shared/cases/{case_token}/", f"/shared/{report_token}/", f"/cases/{case}/", f"/cases/{case}.md"]
    gets += [f"/cases/{case}.pdf", f"/reports/{report}.pdf", f"/reports/{report}/", "/cases/", "/plan/"]
    gets += ["/evidence/", "/evidence/?q=a", "/evidence.csv", "/evidence.md", f"/cases/{case}/sections/evidence/renew/"]
    form = {"csrfmiddlewaretoken": token, "revision": "0"}
    posts = [urlencode(form | {"text": text, "preview": "1"}) for text in COSTLY]
    return [("GET", path, "") for path in gets] + [("POST", f"/cases/{case}/sections/summary/", body) for body in posts]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    health_port, over = load.free_port(), threading.Event()
    slowest: dict[str, float] = defaultdict(float)
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    with load.own_database("sqlite") as (folder, url, _):
        server = load.Server(folder, url, HEALTH_PORT=str(health_port), TRUSTED_PROXY_COUNT="1").wait()
        try:
            server.manage("load_demo")
            filled = server.manage("shell", "-c", _FILL)
            found = filled.stdout.rpartition("token ")[2].split()
            if len(found) != 5:
                raise RuntimeError(filled.stderr[-2000:])
            cookies = {"Cookie": f"sessionid={found.pop()}; csrftoken={'a' * 32}", "Accept": "text/html"}
            wanted = pages(*found, "a" * 32)

            def attack(number: int) -> None:
                turn = number
                while not over.is_set():
                    method, path, body = wanted[turn % len(wanted)]
                    turn += 1
                    me = cookies | {"X-Forwarded-For": f"10.{number}.{turn % 250}.{turn // 250}"}
                    form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
                    status, took = ask(server.port, method, path, me | form, body)
                    name = f"{method} {re.sub(r'[\w-]{30,}', '…', path)}"
                    slowest[name] = max(slowest[name], took)
                    statuses[name][status] += 1

            def probe(name: str, port: int) -> None:
                while not over.is_set():
                    status, took = ask(port, "GET", "/healthz", {})
                    slowest[name] = max(slowest[name], took)
                    statuses[name][status] += 1
                    time.sleep(0.05)

            probes = [("keeper", health_port), ("site", server.port)]
            threads = [threading.Thread(target=probe, args=each, daemon=True) for each in probes]
            threads += [threading.Thread(target=attack, args=(n,), daemon=True) for n in range(asked.clients)]
            for thread in threads:
                thread.start()
            time.sleep(asked.seconds)
            over.set()
            for thread in threads:
                thread.join(120)
        finally:
            server.end()
    for name, took in sorted(slowest.items(), key=lambda item: -item[1]):
        print(f"{took:7.2f} s  {name}: {', '.join(f'{count} × {status}' for status, count in statuses[name].items())}")
    wrong = [
        f"{name} answered {status}" for name, found_ in statuses.items() for status in found_ if status in {0, 404, 500}
    ]
    if slowest["keeper"] > GOAL or set(statuses["keeper"]) != {200}:
        wrong.append("the keeper")
    said = f"/healthz at worst: {slowest['keeper']:.2f} s on the keeper’s port, {slowest['site']:.2f} s on the site’s"
    return load.say(f"{said}; {asked.clients} clients, {asked.seconds:.0f} s", wrong)


if __name__ == "__main__":
    sys.exit(main())
