"""Runs the application on a schema that is hash-partitioned by organisation, and says what one partition can answer.

    python -m trials.scale.partition_trial --database-url postgres://postgres@127.0.0.1:5432/postgres [--members 60]

Makes a scratch database on that server, migrates it, fills it with the demo company and a crowd, and turns each table
that names an organisation into four hash partitions (trials/scale/partitioned.py). Then walks the main job by its real
addresses – log in, quiz, answers, submit, report, share, matrix, review, a visitor who signs in – and has PostgreSQL
explain each statement as it runs: how many partitions it really touched. At last runs tests on a test database that is
partitioned in the same way. Prints the figures; exits with 1 when a row changed, a page failed or a test failed.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trials.scale import partitioned

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ("tests/assessments", "tests/people", "tests/growth", "tests/access")
CROWD = "crowd"


@contextlib.contextmanager
def scratch(url: str, *, keep: bool) -> Iterator[str]:
    """A new database on the server of `url`, by its own URL; dropped at the end."""
    import psycopg  # noqa: PLC0415
    from psycopg import sql  # noqa: PLC0415

    name = f"rungwise_partitions_{os.getpid()}"
    try:
        server = psycopg.connect(url, autocommit=True)
    except psycopg.Error as error:
        print(f"partition_trial: {str(error).splitlines()[0]}", file=sys.stderr)
        sys.exit(2)
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            if not keep:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(members: int) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("load_ladder", str(ROOT / "fixtures" / "ladders" / "pm"), stdout=sys.stderr)
    call_command("load_demo", stdout=sys.stderr)
    from trials.scale.crowd import make_crowd  # noqa: PLC0415

    print(make_crowd(members=members, team_size=10, slug=CROWD), file=sys.stderr)


# What a statement touches


@dataclass
class Step:
    """One part of the walk: its statements that touch partitioned tables, by the number of partitions they touched."""

    name: str
    statements: list[tuple[int, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def in_one(self) -> int:
        return sum(count <= 1 for count, _sql in self.statements)


class Watch:
    """Explains each statement with ANALYZE, in a savepoint that is rolled back, before it runs in earnest.

    Partitions of all tables with the same number lie together, so a statement over several tables counts once. What a
    partition was pruned from while the statement ran was never executed and doesn't count.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def step(self, name: str) -> None:
        self.steps.append(Step(name))

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        word = sql.lstrip().partition(" ")[0]
        if self.steps and not many and word in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            numbers = self._numbers(sql, params, context["connection"])
            if numbers is not None:
                self.steps[-1].statements.append((len(numbers), sql))
        return execute(sql, params, many, context)

    @staticmethod
    def _numbers(sql: str, params: Any, connection: Any) -> set[int] | None:
        """The partitions that it touched; None when it names no partitioned table."""
        import psycopg  # noqa: PLC0415

        if not re.search(r"\b(?:assessments|growth|people|ladder)_", sql):
            return None
        plain = connection.connection.cursor()
        plain.execute("SAVEPOINT explained" if connection.in_atomic_block else "BEGIN")
        try:
            plain.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            plan = plain.fetchone()[0][0]["Plan"]
        except psycopg.Error:
            # The statement itself will fail, too, and report it.
            return None
        finally:
            plain.execute("ROLLBACK TO SAVEPOINT explained" if connection.in_atomic_block else "ROLLBACK")
        names = set(_relations(plan))
        numbers = {int(name.rpartition("_")[2]) for name in names if name.endswith(_ENDINGS)}
        if numbers:
            return numbers
        return numbers if any(table in sql for table in _TABLES) else None


_ENDINGS = tuple(f"_{number}" for number in range(partitioned.PARTITIONS))
_TABLES: list[str] = []


def _relations(plan: dict[str, Any]) -> Iterator[str]:
    if plan.get("Actual Loops") and "Relation Name" in plan:
        yield plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from _relations(child)


# The walk


class Walker:
    """Somebody with a browser: a session, and what went wrong."""

    def __init__(self, watch: Watch) -> None:
        from django.test import Client  # noqa: PLC0415

        self.client, self.watch = Client(raise_request_exception=False), watch

    def ask(self, path: str, form: dict[str, Any] | None = None, *, htmx: bool = False) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        send = self.client.get if form is None else self.client.post
        response = send(path, form or {}, headers=headers)
        if response.status_code not in {200, 302}:
            self.watch.steps[-1].failed.append(f"{path}: {response.status_code}")
        return response

    def log_in(self, address: str) -> None:
        from assessments.demo.company import PASSWORD  # noqa: PLC0415

        self.ask("/account/login/", {"login": address, "password": PASSWORD})


def take_quiz(walker: Walker, prefix: str) -> str:
    """Start, answer every question, submit; returns the id."""
    from ladder.models import current_rubric  # noqa: PLC0415

    watch = walker.watch
    watch.step(f"{prefix}: start")
    pk = walker.ask("/quiz/start/", {"length": "full", "level": "pm"}).url.rstrip("/").rpartition("/")[2]
    watch.step(f"{prefix}: a question")
    walker.ask(f"/quiz/{pk}/")
    questions = list(current_rubric().competencies)
    watch.step(f"{prefix}: save an answer")
    for number, slug in enumerate(questions):
        walker.ask(f"/quiz/{pk}/answer/{slug}/", {"step": str(number % 5), "evidence": slug}, htmx=True)
    watch.step(f"{prefix}: submit")
    walker.ask(f"/quiz/{pk}/submit/", {})
    return str(pk)


def walk(watch: Watch) -> None:
    from django.conf import settings  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    member, manager, visitor = (Walker(watch) for _ in range(3))
    watch.step("log in")
    member.log_in("pm@demo.example")
    manager.log_in("manager@demo.example")
    pk = take_quiz(member, "member")
    watch.step("report")
    member.ask(f"/reports/{pk}/")
    watch.step("reports, trend, plan")
    for path in ("/reports/", "/trend/", "/plan/"):
        member.ask(path)
    watch.step("share with the team")
    page = member.ask(f"/reports/{pk}/share/").content.decode()
    team = re.search(r'name="team"\s+value="([^"]+)"', page)
    member.ask(f"/reports/{pk}/share/", {"team": team[1] if team else ""})
    watch.step("matrix")
    manager.ask("/organisations/lantern-goods/teams/checkout/")
    manager.ask("/organisations/lantern-goods/teams/checkout/?side=mine")
    watch.step("matrix of a crowd")
    crowd = Walker(watch)
    crowd.log_in(f"manager-1.{CROWD}@crowd.example")
    watch.steps[-1].statements.clear()
    crowd.ask(f"/organisations/{CROWD}/teams/{CROWD}-1/")
    watch.step("reviews")
    found = re.findall(r'href="(/reviews/[0-9a-f-]+/(?:together/)?)"', manager.ask("/reviews/").content.decode())
    for path in dict.fromkeys(found):
        manager.ask(path)
    claimed = take_quiz(visitor, "visitor")
    watch.step("visitor logs in and keeps the report")
    visitor.log_in("senior@demo.example")
    visitor.ask(f"/reports/{claimed}/")


# The tests


def run_tests(url: str, folders: list[str]) -> tuple[Counter[str], list[str]]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PROFILE", "DATA_DIR"}}
    environment |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "trials.scale.partitioned",
        "-p",
        "no:cacheprovider",
        *folders,
    ]
    said = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    last = said.rstrip().rpartition("\n")[2]
    counted = Counter({word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last)})
    return counted, re.findall(r"^(?:FAILED|ERROR) .*$", said, re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the application on a schema partitioned by organisation.")
    parser.add_argument("--database-url", required=True, help="any database of a PostgreSQL server; it is left alone")
    parser.add_argument("--members", type=int, default=60, help="size of the crowd beside the demo company")
    parser.add_argument("--tests", nargs="*", default=list(TESTS), help="folders of tests; none with nothing after it")
    parser.add_argument("--across", action="store_true", help="print the statements that touch several partitions")
    parser.add_argument("--keep", action="store_true", help="leave the scratch database there")
    given = parser.parse_args()
    with scratch(given.database_url, keep=given.keep) as url, tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PROFILE": "local", "DATA_DIR": folder, "DATABASE_URL": url, "DATABASE_POOL": "0"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        fill(given.members)
        from django.db import connection, transaction  # noqa: PLC0415

        with transaction.atomic(), connection.cursor() as cursor:
            done = partitioned.partition(cursor)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        _TABLES.extend(done.tables)
        watch = Watch()
        with connection.execute_wrapper(watch):
            walk(watch)
        connection.close()
        counted, failures = run_tests(url, given.tests) if given.tests else (Counter(), [])
    return report(done, watch.steps, counted, failures, across=given.across)


def report(
    done: partitioned.Done, steps: list[Step], counted: Counter[str], failures: list[str], *, across: bool
) -> int:
    lines = [
        f"{len(done.tables)} tables partitioned, of {len(done.tables)} whose rows all name an organisation; "
        f"{len(done.others)} others left as they are",
        f"rows equal before and after in {done.equal} of {len(done.tables)} tables, {done.rows} rows; "
        f"{done.triggers} triggers",
        f"keys of (organisation, id): {done.composite}; left out, because they lead into another organisation: "
        f"{', '.join(done.left_out)}",
        f"unique over all organisations before, in each of them now: {', '.join(done.widened)}",
        f"{'statements on partitioned tables':40} {'all':>5} {'one partition':>14}",
    ]
    lines += [f"  {step.name:38} {len(step.statements):5} {step.in_one:14}" for step in steps]
    every = [entry for step in steps for entry in step.statements]
    lines.append(f"  {'all':38} {len(every):5} {sum(count <= 1 for count, _ in every):14}")
    locks = [count for count, sql in every if re.search(r"\bFOR (?:UPDATE|NO KEY UPDATE|SHARE)\b", sql)]
    lines.append(f"  {'of these with a lock':38} {len(locks):5} {sum(count <= 1 for count in locks):14}")
    if across:
        seen = Counter((step.name, count, sql) for step in steps for count, sql in step.statements if count > 1)
        lines += [f"{step} × {times}: {count} partitions: {sql}" for (step, count, sql), times in seen.items()]
    wrong = [line for step in steps for line in step.failed] + failures
    lines += [f"tests on a partitioned database: {counted['passed']} passed, {counted['skipped']} skipped, "
              f"{counted['failed'] + counted['error']} failed"] if counted else []  # fmt: skip
    print("\n".join([*lines, *wrong]))
    return 1 if wrong or done.equal < len(done.tables) else 0


if __name__ == "__main__":
    sys.exit(main())
