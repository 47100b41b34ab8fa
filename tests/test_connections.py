"""A database on another machine is reached over TLS and shows who it is; otherwise the checks for deployment say so."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks.registry import registry

from config import databases, deploy_checks


def found(monkeypatch: pytest.MonkeyPatch, url: str, *, private: bool = False) -> list[str]:
    monkeypatch.setenv("DATABASE_URL", url)
    configured = databases.configured(Path("/tmp"), pooled=False)  # noqa: S108  - nothing is written
    said = SimpleNamespace(DATABASES=configured, DATABASE_PRIVATE_NETWORK=private)
    monkeypatch.setattr(deploy_checks, "settings", said)
    return [message.id or "" for message in deploy_checks.database_connections()]


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("postgres://u:p@database:5432/rungwise", ["rungwise.W001"]),
        ("postgres://u:p@10.0.0.7/rungwise?sslmode=prefer", ["rungwise.W001"]),
        ("postgres://u:p@database/rungwise?sslmode=require", ["rungwise.W002"]),
        ("postgres://u:p@database/rungwise?sslmode=verify-ca", ["rungwise.W002"]),
        ("postgres://u:p@database/rungwise?sslmode=verify-full", []),
        ("postgres://u:p@127.0.0.1/rungwise", []),
        ("postgres://u:p@localhost/rungwise", []),
        ("postgres://u:p@[::1]/rungwise", []),
        ("postgres://u:p@%2Frun%2Fpostgresql/rungwise", []),
        ("sqlite:////tmp/site.sqlite3", []),
    ],
)
def test_the_database_is_reached_over_tls(monkeypatch: pytest.MonkeyPatch, url: str, ids: list[str]) -> None:
    assert found(monkeypatch, url) == ids
    assert found(monkeypatch, url, private=True) == []


def test_the_check_for_deployment_says_it_and_nothing_else_does() -> None:
    """Who starts the site is not stopped by it."""
    assert deploy_checks.database_connections in registry.get_checks(include_deployment_checks=True)
    assert deploy_checks.database_connections not in registry.get_checks()
