"""Has a real Prometheus read the figures of a real site, and puts every question of the dashboard and alerts to it.

    python -m trials.operate.prometheus [--seconds 45]

Needs Debian's prometheus. The site serves a visitor who saves and one who reads, a worker runs, and `manage.py daily`
has been there. Prometheus starts with the configuration of docs/operations.md and the shipped rules, looks every six
seconds, and must see the target, load each rule, and have an answer to each query of deploy/grafana/rungwise.json; no
alert may be on. Before, there is no worker, and afterwards the database is taken away and at last the site: their
alerts must come; what an alert waits for is two seconds here. Exits with 1 when anything is otherwise. Grafana itself
is not tried.
"""

import argparse
import json
import math
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from trials import load
from trials.faults.stop_gracefully import environment
from trials.operate.restart import Reader

TOKEN = "only-for-a-trial-of-figures-0123456789"  # noqa: S105
RULES = load.ROOT / "deploy/prometheus/rungwise.rules.yaml"
DASHBOARD = load.ROOT / "deploy/grafana/rungwise.json"
VARIABLES = {"$instance": ".*", "$__rate_interval": "30s"}


def configuration(folder: Path, target: int) -> Path:
    """That of the documentation, with our target, token and haste."""
    text = (load.ROOT / "docs/operations.md").read_text()
    block = re.search(r"\n\n((?:    .+\n)*    scrape_configs:\n(?:    .+\n)+)", text)
    assert block  # noqa: S101
    said = re.sub(r"(?m)^    ", "", block[1]).replace("/etc/prometheus/rungwise-token", f"{folder}/token")
    file = folder / "prometheus.yml"
    # Less would end a look at a site whose database is away before it has given up to ask it.
    haste = "global: {scrape_interval: 6s, evaluation_interval: 2s}\n"
    file.write_text(haste + said.replace("10.0.0.7:8000", f"127.0.0.1:{target}"))
    (folder / "token").write_text(TOKEN)
    (folder / RULES.name).write_text(re.sub(r"(?m)^(\s+for:) \w+$", r"\1 2s", RULES.read_text()))
    return file


class Prometheus:
    """Answers to questions, as Grafana asks them."""

    def __init__(self, config: Path, folder: Path) -> None:
        self.port = load.free_port()
        own = [f"--storage.tsdb.path={folder}/series", f"--web.listen-address=127.0.0.1:{self.port}"]
        self.log = (folder / "prometheus.log").open("wb")
        command = ["prometheus", f"--config.file={config}", *own]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)  # noqa: S603

    def ask(self, path: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=30) as answer:
            return json.load(answer)["data"]

    def is_up(self) -> bool:
        try:
            targets = self.ask("targets")["activeTargets"]
        except OSError:
            return False
        return [each["health"] for each in targets] == ["up"]

    def values(self, query: str) -> list[float]:
        for name, value in VARIABLES.items():
            query = query.replace(name, value)
        found = self.ask(f"query?query={quote(query)}")["result"]
        return [value for value in (float(each["value"][1]) for each in found) if not math.isnan(value)]

    def firing(self) -> set[str]:
        return {each["labels"]["alertname"] for each in self.ask("alerts")["alerts"] if each["state"] == "firing"}

    def rules(self) -> list[tuple[str, str]]:
        return [(rule["name"], rule["health"]) for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def queries() -> list[tuple[str, str]]:
    """Each panel's title and what it asks."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", ())]


def alert(prometheus: Prometheus, name: str) -> list[str]:
    try:
        load.wait_for(name, lambda: name in prometheus.firing(), 60, 1)
    except TimeoutError as error:
        return [str(error)]
    return []


def looked_at(prometheus: Prometheus, seconds: float) -> tuple[str, list[str]]:
    """What Prometheus has of a site that is well, and what is wrong with it."""
    time.sleep(seconds)
    rules, asked = prometheus.rules(), queries()
    empty = [title for title, query in asked if not prometheus.values(query)]
    wrong = [f"no data for {title}" for title in empty]
    wrong += [f"the rule {name} is {health}" for name, health in rules if health != "ok"]
    wrong += [f"{name} is on" for name in sorted(prometheus.firing())]
    if len(rules) != RULES.read_text().count("- alert:"):
        wrong.append(f"{len(rules)} rules are loaded")
    (series,) = prometheus.values('count({job="rungwise"})')
    answered = f"{len(asked) - len(empty)} of {len(asked)} queries with data"
    said = f"{series:.0f} series, {len(rules)} rules loaded, {answered}"
    return said, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Have a real Prometheus look.")
    parser.add_argument("--seconds", type=float, default=45)
    given = parser.parse_args()
    if not shutil.which("prometheus"):
        return load.say("Debian: apt-get install prometheus", ["prometheus is not installed"])
    with load.own_database("postgresql") as (folder, url, cluster):
        env = environment(str(folder), url) | {"METRICS_TOKEN": TOKEN, "BACKUP_DIR": str(folder / "backups")}
        del env["PORT"]
        for said in ("migrate -v0", "load_ladder fixtures/ladders/pm", "collectstatic --noinput -v0", "daily -v0"):
            command = [sys.executable, "manage.py", *said.split()]
            subprocess.run(command, cwd=load.ROOT, env=env, check=False, capture_output=True)  # noqa: S603
        server = load.Server(
            folder, url, **env | {"PROFILE": "production", "MIGRATE": "0", "WORKER": "separate"}
        ).wait()
        prometheus = Prometheus(configuration(folder, server.port), folder)
        worker = None
        people: list[Any] = [load.Taker(server.address), Reader(server.address)]
        try:
            for each in people:
                each.start()
            load.wait_for("the target", prometheus.is_up, 60, 0.5)
            wrong = alert(prometheus, "RungwiseWorkerSilent")
            command = [sys.executable, "manage.py", "run_worker"]
            worker = subprocess.Popen(command, cwd=load.ROOT, env=server.environment, stderr=subprocess.DEVNULL)  # noqa: S603
            figures, found = looked_at(prometheus, given.seconds)
            wrong += found
            for each in people:
                each.stopping.set()
                each.join(60)
            if cluster:
                cluster.stop()
            wrong += alert(prometheus, "RungwiseDatabaseAway")
            server.end()
            wrong += alert(prometheus, "RungwiseAway")
        finally:
            prometheus.end()
            server.end()
            if worker:
                worker.terminate()
                worker.wait(60)
    return load.say(f"target up, {figures}, no alert; 3 alerts on while worker, database and site were away", wrong)


if __name__ == "__main__":
    sys.exit(main())
