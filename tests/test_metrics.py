"""The figures for Prometheus at /metrics: who may read them, that a program can, and that they cost no page."""

import errno
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import get_resolver
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from config import metrics
from people.models import OutboxMail, Proof
from tests.assessments.quiz.quiz_steps import answer, start
from tests.commands import ROOT, alone

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"
WAITING = dict.fromkeys(("created_at", "queued_at", "next_at"), LONG_AGO)
TOKEN = "a-token-for-the-figures-of-tests"
RULES = ROOT / "deploy/prometheus/rungwise.rules.yaml"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/rungwise.json").read_text(encoding="utf-8"))
DRAWN = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
ONLY_WITH_A_WORKER = {"rungwise_worker_seen_seconds"}
# What Prometheus 2.42 and 3 send, a person's curl, and nothing.
ACCEPTED = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;"
    "q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "text/plain",
    "",
)


def test_figures_are_for_who_knows_the_token(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 404, "nobody set one"
    settings.METRICS_TOKEN = TOKEN
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}, {"Authorization": "Bearer é"}):
        response = client.get("/metrics", headers=wrong)
        assert (response.status_code, response.content) == (401, b"")
    monkeypatch.setattr(CursorWrapper, "execute", Mock(side_effect=OperationalError("gone")))
    assert figures(client)["rungwise_database_up"] == 0


def figures(client: Client) -> dict[str, float]:
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


def test_figures_count_requests_saves_and_mails(client: Client, rubric: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    draft = start(client)
    before = figures(client)
    answer(client, draft, "data", step="3")
    answer(client, draft, "data", step="17")
    OutboxMail.objects.create(message={}, **WAITING)
    client.get(f"/quiz/{draft.pk}/")
    after = figures(client)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more('rungwise_saves_total{outcome="saved",what="answer"}') == 1
    assert more('rungwise_saves_total{outcome="refused",what="answer"}') == 1
    assert more('rungwise_request_seconds_count{method="GET",route="show_quiz",status="2xx"}') == 1
    assert after['rungwise_outbox_mails{state="waiting"}'] == 1
    assert after["rungwise_outbox_oldest_seconds"] > 3600
    assert after["rungwise_database_up"] == 1
    assert str(draft.pk) not in str(after)


@pytest.mark.parametrize("accept", ACCEPTED)
def test_prometheus_can_read_the_figures(client: Client, settings: Any, accept: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    Proof.objects.create(step="backup", at=LONG_AGO, tried_at=LONG_AGO, ok=True)
    metrics.observe("save_rating", "POST", 200, 0.1)
    client.get("/quiz/start/")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Accept": accept})
    is_open = "openmetrics" in answer["Content-Type"]
    assert is_open == ("openmetrics" in accept)
    parse = openmetrics.text_string_to_metric_families if is_open else text_string_to_metric_families
    families = {family.name: family for family in parse(answer.text)}
    assert families["rungwise_database_up"].samples[0].value == 1
    assert families["rungwise_request_seconds"].type == "histogram"
    assert not [name for name in families if not name.startswith("rungwise_")]
    # The alerts that are shipped ask for nothing else.
    asked = set(re.findall(r"rungwise_\w+", RULES.read_text().partition("groups:")[2]))
    drawn = {name for query in DRAWN for name in re.findall(r"rungwise_\w+", query)}
    known = {name + end for name in (*families, *ONLY_WITH_A_WORKER) for end in ("", "_count", "_bucket", "_total")}
    assert asked | drawn <= known
    labels = {"job", "instance", "le"} | {
        name for family in families.values() for sample in family.samples for name in sample.labels
    }
    assert {name for query in DRAWN for name in re.findall(r"(\w+)=~?\"", query)} <= labels
    assert {
        name for query in DRAWN for names in re.findall(r"by \((.+?)\)", query) for name in names.split(", ")
    } <= labels
    # The dashboard leaves no figure out.
    left_out = set(families) - {re.sub("_(count|bucket|total)$", "", name) for name in drawn}
    assert {name for name in left_out if not name.endswith("_created")} == set()


def test_the_dashboard_is_whole() -> None:
    """No two panels on one place or under one number, none without a source, and each explains itself."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) == 23
    variables = {f"${{{each['name']}}}" for each in DASHBOARD["templating"]["list"]}
    for panel in panels:
        if panel["type"] != "row":
            sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
            assert all(source["type"] == "prometheus" and source["uid"] in variables for source in sources)
            assert panel["title"]
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_prometheus_understands_each_question(tmp_path: Path) -> None:
    """What is drawn, as rules that it is asked to look over; the shipped rules as they are."""
    if not shutil.which("promtool"):
        pytest.skip("not run: Prometheus is not here")
    asked = [re.sub(r"\$__rate_interval", "1m", query) for query in DRAWN]
    rules = [{"record": f"drawn:{number}", "expr": query} for number, query in enumerate(asked)]

    def refusal(*rules: dict[str, str]) -> str:
        file = tmp_path / "drawn.yaml"
        file.write_text(json.dumps({"groups": [{"name": "drawn", "rules": rules}]}))
        command = ["promtool", "check", "rules", str(file), str(RULES)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert refusal(*rules) == ""
    assert "could not parse expression" in refusal({"record": "drawn:no", "expr": "sum by (rungwise_saves_total"})


def full() -> bytes:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_figures_that_find_no_room_stop_no_page(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: Any
) -> None:
    """A file with holes on a full disk would end the process as soon as something is counted."""
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setenv(metrics.MANY, str(tmp_path / "full"))
    metrics._has_room.cache_clear()
    try:
        assert [client.get(page).status_code for page in ("/", "/quiz/start/")] == [200, 200]
        assert figures(client)["rungwise_database_up"] == 1
        said = [line.getMessage() for line in caplog.records if line.name == metrics.__name__]
        assert said == ["requests are not counted for /metrics: No such file or directory"]
        # Room for one file and not for the next: nothing is left that could not be read.
        (tmp_path / "full").mkdir()
        monkeypatch.setattr(metrics, "FILES", {"counter": 1 << 16, "histogram": 1 << 50})
        metrics._has_room.cache_clear()
        monkeypatch.setattr(metrics, "bytes", lambda size: bytes(size) if size < 1 << 20 else full(), raising=False)
        assert client.get("/").status_code == 200
        assert figures(client)["rungwise_database_up"] == 1
        assert [path.suffix for path in (tmp_path / "full").iterdir()] == [".db"]
    finally:
        metrics._has_room.cache_clear()


def test_no_crowd_of_routes_outgrows_the_file(tmp_path: Path) -> None:
    """As many as are told apart, each as long as our longest: they need no more than the files were made with."""
    longest = max(len(name) for name in get_resolver().reverse_dict if isinstance(name, str))
    code = f"""if True:
        import os, django
        django.setup()
        from config import metrics
        for number in range(metrics.SERIES_MAX + 50):
            metrics.observe(str(number).zfill({longest}), "OPTIONS", 200, 0.1)
        metrics.observe("save_rating", "POST", 200, 0.1)
        folder, made = os.environ[metrics.MANY], metrics.FILES.items()
        found = {{name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}}
        print(found == {{f"{{kind}}_{{os.getpid()}}.db": size for kind, size in made}})"""
    # With other names in the library, or too little room, there would be more files or larger ones.
    environment = {metrics.MANY: str(tmp_path), "METRICS_TOKEN": TOKEN, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    told = alone("-c", code, **environment)
    assert told.stdout == "True\n", told.stderr
