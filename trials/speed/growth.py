"""How costs grow with what a database holds: `uv run -m trials.speed.growth`, on SQLite or with --database postgres.

The same requests of the same people while others come: 1,000, 10,000, 100,000 assessments. In one process, without a
network: the least CPU milliseconds (SQLite works in that process, too) and the least milliseconds altogether, for
PostgreSQL works in its own. The exponent is the slope of the logarithms: 0 does not grow, 1 grows as much as the data.
At the end each statement's plan is looked at: a table that grows must not be read from end to end.
"""

import argparse
import contextlib
import json
import math
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
from trials.speed.statements import ask

SIZES = (1_000, 10_000, 100_000)
GROWING = ("assessments_assessment", "assessments_rating", "assessments_outcome", "assessments_share")
GROWING += ("assessments_review", "people_membership", "people_teammembership", "people_user", "people_session")
LIMITS = {"save": 0.05, "quiz page": 0.05, "report": 0.05, "page of 50": 0.05, "matrix of 200": 0.2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server that lets us in")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="assessments")
    parser.add_argument("--times", type=int, default=40, help="of each request in a turn; the least counts")
    parser.add_argument("--turns", type=int, default=3, help="through the sizes, there and back")
    parser.add_argument("--folder", help="where everything goes; a new temporary one unless said")
    parser.add_argument("--keep", action="store_true", help="measure what an earlier run loaded in the same --folder")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="rungwise-growth-"))
        Path(folder).mkdir(exist_ok=True)
        environment = _environment(options, Path(folder))
        copies = []
        for n, size in enumerate(options.sizes):
            if not options.keep:
                before = options.sizes[n - 1] if n else 0
                loaded = _load(n, size - before, folder, environment)
                _copy(options, environment, size)
                print(f"{size:,} assessments, {loaded}", file=sys.stderr, flush=True)
            copies.append(_of(options, environment, size))
        # In turns, so that a busy moment slows all sizes and not one.
        turns = [*range(len(copies)), *reversed(range(len(copies)))] * options.turns
        figures: list[dict[str, Any]] = [{} for _ in copies]
        for n in turns:
            found = json.loads(_run(copies[n], "trials.speed.growth", "measure", folder, str(options.times)))
            for name, figure in found.items():
                least = figures[n].setdefault(name, figure)
                for kind in ("cpu", "wall"):
                    least[kind] = min(least[kind], figure[kind])
        _tell(options, figures)


def _environment(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    url = f"sqlite:///{folder}/growth.sqlite3"
    if options.database == "postgres":
        url = f"{options.postgres}/rungwise_growth"
    if options.database == "postgres" and not options.keep:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(f"{options.postgres}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS rungwise_growth")
            connection.execute("CREATE DATABASE rungwise_growth")
    return os.environ | {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "loopback-only-Zk3vQ9fXw1RrT7yLb2Jp0HsuMd4NcEoGa5iVt8WxKqYz6Bj",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0",
        "LOG_LEVEL": "ERROR",
        "DATABASE_POOL": "0",
    }


def _of(options: argparse.Namespace, environment: dict[str, str], size: int) -> dict[str, str]:
    """The environment of the database that holds so many assessments."""
    url = environment["DATABASE_URL"]
    copy = f"{url}_{size}" if options.database == "postgres" else url.replace("growth.sqlite3", f"{size}.sqlite3")
    return {**environment, "DATABASE_URL": copy}


def _copy(options: argparse.Namespace, environment: dict[str, str], size: int) -> None:
    """Keep the database as it is now, to be measured when all sizes are there."""
    if options.database == "sqlite":
        file = Path(environment["DATABASE_URL"].removeprefix("sqlite:///"))
        shutil.copyfile(file, file.with_name(f"{size}.sqlite3"))
        return
    import psycopg  # noqa: PLC0415

    with psycopg.connect(f"{options.postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS rungwise_growth_{size}")
        connection.execute(f"CREATE DATABASE rungwise_growth_{size} TEMPLATE rungwise_growth")


def _run(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, *([] if words[0] == "manage.py" else ["-m"]), *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}; what it said is above")
    return done.stdout


def _load(stage: int, assessments: int, folder: str, environment: dict[str, str]) -> str:
    """Two assessments for each member: their own and their manager's. Says what loading took."""
    environment = {**environment, "PROFILE": "local"}
    began = time.perf_counter()
    if stage == 0:
        _run({**environment, "PROFILE": "production"}, "manage.py", "collectstatic", "--noinput", "-v0")
        _run(environment, "trials.speed.product", folder, str(assessments // 2), "0")
    else:
        sizes = ("--members", str(assessments // 2), "--team-size", "200")
        everything = ("--submitted", "100", "--shared", "100", "--reviewed", "100")
        _run(environment, "trials.scale.crowd", "--slug", f"more-{stage}", *sizes, *everything)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"loaded in {time.perf_counter() - began:.0f} s, {peak} MB at most"


def measure(folder: str, times: int) -> dict[str, dict[str, Any]]:
    """In a process of its own, with the product's settings for production."""
    from config.wsgi import application  # noqa: PLC0415

    actions = json.loads((Path(folder) / "product.json").read_text())
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    found = {}
    for name in LIMITS:
        asked = actions[name][0]
        said: list[tuple[str, Any]] = []

        def note(run: Any, sql: str, params: Any, *rest: Any, seen: list[tuple[str, Any]] = said) -> Any:
            seen.append((sql, params))
            return run(sql, params, *rest)

        for _ in range(5):
            ask(application, asked)
        with connection.execute_wrapper(note):
            ask(application, asked)
        cpu, wall = [], []
        for _ in range(times):
            at, began = time.process_time(), time.perf_counter()
            ask(application, asked)
            cpu.append((time.process_time() - at) * 1e3)
            wall.append((time.perf_counter() - began) * 1e3)
        scans = [line for sql, params in said for line in scans_of(connection, sql, params)]
        found[name] = {"cpu": min(cpu), "wall": min(wall), "statements": len(said), "scans": scans}
    return found


def scans_of(connection: Any, sql: str, params: Any) -> list[str]:
    """Lines of the statement's plan that read a growing table from end to end, without an index."""
    if not sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            lines = [row[3] for row in cursor.fetchall()]
            # An alias that Django gives stands for a table, too.
            return [line for line in lines if re.match(r"SCAN (U\d|V\d|T\d|" + "|".join(GROWING) + r")\b", line)]
        cursor.execute(f"EXPLAIN {sql}", params)
        lines = [row[0] for row in cursor.fetchall()]
        return [line.strip() for line in lines if any(f"Seq Scan on {table}" in line for table in GROWING)]


def slope(sizes: list[int], values: list[float]) -> float:
    """The slope of a straight line through the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in values]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def _tell(options: argparse.Namespace, figures: list[dict[str, Any]]) -> None:
    sizes = list(options.sizes)
    columns = [f"{size:,}: CPU ms, ms" for size in sizes]
    print(f"| {options.database} | {' | '.join(columns)} | Exponent by CPU | Exponent | Goal | Statements | Scans |")
    print("|---|" + "--:|" * (len(sizes) + 4) + "---|")
    failed = []
    for name, limit in LIMITS.items():
        rows = [found[name] for found in figures]
        by = {kind: slope(sizes, [row[kind] for row in rows]) for kind in ("cpu", "wall")}
        statements = {row["statements"] for row in rows}
        scans = rows[-1]["scans"]
        cells = [f"{row['cpu']:.2f}, {row['wall']:.2f}" for row in rows]
        cells += [f"{by['cpu']:.3f}", f"{by['wall']:.3f}", f"≤ {limit}", ", ".join(map(str, statements))]
        print(f"| {name} | {' | '.join(cells)} | {'; '.join(scans) or 'none'} |")
        if by["cpu"] > limit or len(statements) > 1 or scans:
            failed.append(name)
    if failed:
        raise SystemExit(f"not as it should be: {', '.join(failed)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main()
