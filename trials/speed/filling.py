"""Databases for the benchmark, with the same people in the product and in the floor."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MEMBERS, BIG, SKILLS = 200, 10_000, 25


def environments(options: argparse.Namespace, folder: Path) -> dict[str, dict[str, str]]:
    """Environments of the product, the floor and the second peer, with databases of the same kind."""
    kinds = {"sqlite": f"sqlite:///{folder}/{{}}.sqlite3", "postgres": f"{options.postgres}/rungwise_bench_{{}}"}
    urls = {name: kinds[options.database].format(name) for name in ("product", "floor", "survey")}
    ours = {
        "SECRET_KEY": "loopback-only-Zk3vQ9fXw1RrT7yLb2Jp0HsuMd4NcEoGa5iVt8WxKqYz6Bj",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0",
    }
    # A journey has an IP address of its own in X-Forwarded-For: so many log-ins from one would be refused.
    ours |= {"TRUSTED_PROXY_COUNT": "1"}
    ours |= {"DATA_DIR": str(folder), "STATIC_ROOT": str(folder / "static"), "SITE_URL": "http://127.0.0.1"}
    return {
        "product": {**ours, "DATABASE_URL": urls["product"], "PROFILE": "production"},
        "survey": {"DATABASE_URL": urls["survey"]},
        "floor": {"DATABASE_URL": urls["floor"], "RUBRIC": str(folder / "ladder.json")},
    }


def _make_databases(names: Iterable[str], folder: Path, options: argparse.Namespace) -> None:
    """Make them new and empty; what an earlier run left is deleted."""
    for name in names:
        if options.database == "sqlite":
            (folder / f"{name}.sqlite3").unlink(missing_ok=True)
            continue
        import psycopg  # noqa: PLC0415

        with psycopg.connect(f"{options.postgres}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS rungwise_bench_{name}")
            connection.execute(f"CREATE DATABASE rungwise_bench_{name}")


def run(module: str, *arguments: str, environment: dict[str, str], python: str = sys.executable) -> str:
    done = subprocess.run(
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{module} ended with {done.returncode}; what it said is above")
    return done.stdout


def collect(ours: dict[str, str]) -> None:
    """The static files as production serves them: named by what is in them, and compressed."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=ROOT,
        env={**os.environ, **ours},
        check=True,
    )


def fill(folder: Path, found: dict[str, dict[str, str]], options: argparse.Namespace) -> None:
    """New databases of product and floor, and beside them files with what to ask."""
    _make_databases(found, folder, options)
    ours = found["product"]
    collect(ours)
    # A crowd is made in the local profile only.
    run("trials.speed.product", str(folder), str(MEMBERS), str(options.big), environment={**ours, "PROFILE": "local"})
    run("trials.speed.floor.fill", str(folder), environment=found["floor"])
    look_over(("product", "floor"), options)


def look_over(names: Iterable[str], options: argparse.Namespace) -> None:
    """Have PostgreSQL count what was loaded, as it does by itself within a minute; until then its plans are bad."""
    if options.database == "sqlite":
        return
    import psycopg  # noqa: PLC0415

    for name in names:
        with psycopg.connect(f"{options.postgres}/rungwise_bench_{name}", autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
