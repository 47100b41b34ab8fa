"""What deploy/ and compose.yaml hold: valid by their own schemas, hardened, and in step with the settings."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from django.core.management import get_commands
from ruamel.yaml import YAML

from config import settings as real_settings
from people.management import serving
from tests import compose
from tests.test_conventions import settings_documented

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "deploy/systemd"
MANIFEST = ROOT / "deploy/kubernetes/rungwise.yaml"
THINGS: list[dict[str, Any]] = list(YAML(typ="safe").load_all(MANIFEST.read_text(encoding="utf-8")))
# The oldest that still gets security updates, or nearly so, and the newest that the schemas know.
VERSIONS = ("1.31", "1.37")


def name_of(thing: dict[str, Any]) -> str:
    return f"{thing['kind']} {thing['metadata']['name']}"


def pods() -> dict[str, dict[str, Any]]:
    found = {}
    for thing in THINGS:
        spec = thing.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[name_of(thing)] = spec["template"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("thing", THINGS, ids=name_of)
def test_each_thing_is_valid(thing: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(thing, version, strict=True)


def test_a_wrong_word_would_be_noticed() -> None:
    deployment = next(thing for thing in THINGS if thing["kind"] == "Deployment")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment | {"spec": deployment["spec"] | {"replica": 3}}, "1.37", strict=True)


def test_everything_that_is_needed_is_there() -> None:
    names = {name_of(thing) for thing in THINGS}
    assert names >= {"Job migrate", "Deployment web", "Deployment worker", "CronJob daily"}
    assert names >= {"Service web", "Ingress web", "NetworkPolicy only-what-is-needed", "PodDisruptionBudget web"}
    assert {thing["metadata"].get("namespace", "rungwise") for thing in THINGS} == {"rungwise"}


@pytest.mark.parametrize("pod", pods().values(), ids=pods().keys())
def test_each_pod_is_shut_in(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/data", "/tmp", *(["/backups"] if container["name"] == "daily" else [])}  # noqa: S108
    assert container["resources"]["limits"]["memory"]
    assert pod["metadata"]["labels"]["app"] == "rungwise"  # which the network policy is for


def test_settings_and_commands_are_ours() -> None:
    (given,) = (thing["data"] for thing in THINGS if thing["kind"] == "ConfigMap")
    assert set(given) <= settings_documented()
    assert all(isinstance(value, str) for value in given.values())
    assert given["WORKER"] == "separate"
    text = MANIFEST.read_text(encoding="utf-8")
    words = set(text.replace('"', " ").replace(";", " ").split())
    assert {"daily", "migrate", "load_ladder", "run_worker"} <= words & set(get_commands())


def test_what_selects_finds_and_probes_ask_what_answers() -> None:
    pod = pods()["Deployment web"]
    by_name = {name_of(thing): thing for thing in THINGS}
    for selector in (
        by_name["Service web"]["spec"]["selector"],
        by_name["Deployment web"]["spec"]["selector"]["matchLabels"],
        by_name["PodDisruptionBudget web"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= pod["metadata"]["labels"].items()
    (container,) = pod["spec"]["containers"]
    paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    exempt = "".join(real_settings.SECURE_REDIRECT_EXEMPT)
    assert "^healthz$" in exempt
    assert "^readyz$" in exempt


def test_a_pod_and_compose_have_the_time_that_a_stop_takes() -> None:
    spec = pods()["Deployment web"]["spec"]
    (container,) = spec["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > pause + serving.STOP_SECONDS
    assert int(compose.services(ENOUGH)["app"]["stop_grace_period"].removesuffix("s")) > serving.STOP_SECONDS


# What .env has to hold, as the top of compose.yaml shows.
ENOUGH = {"SECRET_KEY": "a key", "POSTGRES_PASSWORD": "a password", "ALLOWED_HOSTS": "ladder.example.com"}
OURS = sorted(name for name, service in compose.services(ENOUGH).items() if service["image"] == "rungwise")


def test_compose_is_valid_by_its_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(compose.FILE)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("name", sorted(ENOUGH))
def test_compose_says_which_secret_is_missing(name: str) -> None:
    with pytest.raises(compose.MissingError, match=f"put {name} into .env"):
        compose.services({given: value for given, value in ENOUGH.items() if given != name})


@pytest.mark.parametrize("service", OURS)
def test_every_setting_in_env_reaches_the_process_of_compose(service: str) -> None:
    """Once 21 of 41 did not, without a word."""
    given = {name: f"the value of {name}" for name in settings_documented()} | {"POSTGRES_PASSWORD": "a password"}
    reached = compose.reaches(service, given)
    assert {name: reached.get(name) for name in given} == given


@pytest.mark.parametrize("service", OURS)
def test_what_compose_sets_by_itself(service: str) -> None:
    reached = compose.reaches(service, ENOUGH)
    assert reached["DATABASE_URL"] == "postgres://rungwise:a password@database:5432/rungwise"
    assert set(reached) - set(ENOUGH) - {"PATH"} <= settings_documented() | {
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
    }
    said = compose.services(ENOUGH)[service]
    # What is written anywhere else than into a volume is gone with the container, or refused.
    folders = {mount.partition(":")[2] for mount in said["volumes"]}
    assert folders == {"/data", "/backups"}
    assert reached["DATA_DIR"] in folders
    assert (said["read_only"], said["cap_drop"], said["tmpfs"]) == (True, ["ALL"], ["/tmp"])  # noqa: S108
    assert said["security_opt"] == ["no-new-privileges:true"]


def test_the_published_port_leads_to_the_one_that_is_listened_on() -> None:
    assert compose.services(ENOUGH)["app"]["ports"] == ["127.0.0.1:8000:8000"]
    given = ENOUGH | {"PORT": "9000", "PUBLISHED_PORT": "80"}
    assert compose.services(given)["app"]["ports"] == [f"127.0.0.1:80:{compose.reaches('app', given)['PORT']}"]


def test_no_log_of_compose_grows_for_ever() -> None:
    for name, service in compose.services(ENOUGH).items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_the_image_has_what_a_backup_needs() -> None:
    """Debian's client programs in it, of version 17, must not be older than the server beside it."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "postgresql-client" in dockerfile
    assert int(compose.services(ENOUGH)["database"]["image"].removeprefix("postgres:")) <= 17
    (made,) = re.findall(r"install --directory .* --mode=0700 (.+)$", dockerfile, re.MULTILINE)
    assert made.split() == ["/data", "/backups"], "or the volumes belong to root"


def test_each_way_of_running_it_runs_what_is_done_each_day() -> None:
    """Each hour, as manage.py daily expects; the settings that it needs are there."""
    daily = next(thing for thing in THINGS if name_of(thing) == "CronJob daily")
    assert re.fullmatch(r"\d+ \* \* \* \*", daily["spec"]["schedule"])
    (settings_of_pods,) = (thing["data"] for thing in THINGS if thing["kind"] == "ConfigMap")
    assert settings_of_pods["BACKUP_DIR"] == "/backups"
    service = compose.services(ENOUGH)["daily"]
    assert service["command"] == ["sh", "-c", "while :; do python manage.py daily; sleep 3600; done"]
    assert service["depends_on"] == {"app": {"condition": "service_healthy"}}
    assert compose.reaches("daily", ENOUGH)["BACKUP_DIR"] == "/backups"
    assert "OnCalendar=hourly" in (UNITS / "rungwise-daily.timer").read_text()
    assert (
        "ExecStart=/opt/rungwise/.venv/bin/python manage.py daily\n" in (UNITS / "rungwise-daily.service").read_text()
    )


def test_systemd_keeps_the_port_over_a_restart() -> None:
    """What serve gives it to keep, and not for longer than a migration may take; trials/operate/restart.py tries it."""
    unit = (UNITS / "rungwise.service").read_text()
    assert {"Type=notify", "FileDescriptorStoreMax=1", "TimeoutStartSec=infinity"} <= set(unit.splitlines())


def test_systemd_understands_each_unit(tmp_path: Path) -> None:
    """As systemd itself reads them, in a place where the programs that they name are there."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("not run: systemd is not here")
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for file in UNITS.iterdir():
        shutil.copy(file, units)
    for target in ("sysinit", "basic", "shutdown", "network-online", "timers", "multi-user"):
        (units / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    for name in ("opt/rungwise/.venv/bin/python", "bin/sh"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    names = [file.name for file in UNITS.iterdir()]
    assert len(names) == 5

    def verified() -> str:
        command = ["systemd-analyze", "verify", f"--root={tmp_path}", "--man=no", *names]
        return subprocess.run(command, check=False, capture_output=True, text=True).stderr

    assert verified() == ""
    with (units / "rungwise.service").open("a") as file:
        file.write("[Service]\nNoNewPriviledges=true\n")
    assert "NoNewPriviledges" in verified(), "or this would notice nothing"
