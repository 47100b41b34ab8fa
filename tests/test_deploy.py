"""What deploy/ and compose.yaml hold: valid by Kubernetes' own schemas, hardened, and in step with the settings."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from django.core.management import get_commands
from ruamel.yaml import YAML

from config import settings as real_settings
from people.management import serving
from tests.test_conventions import settings_documented

ROOT = Path(__file__).resolve().parent.parent
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
    assert names >= {"Job migrate", "Deployment web", "Deployment worker", "CronJob clean", "CronJob remind"}
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
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}  # noqa: S108
    assert container["resources"]["limits"]["memory"]
    assert pod["metadata"]["labels"]["app"] == "rungwise"  # which the network policy is for


def test_settings_and_commands_are_ours() -> None:
    (given,) = (thing["data"] for thing in THINGS if thing["kind"] == "ConfigMap")
    assert set(given) <= settings_documented()
    assert all(isinstance(value, str) for value in given.values())
    assert given["WORKER"] == "separate"
    text = MANIFEST.read_text(encoding="utf-8")
    words = set(text.replace('"', " ").replace(";", " ").split())
    daily = {"delete_abandoned", "clearsessions", "send_round_reminders", "send_plan_digests"}
    assert daily | {"migrate", "load_ladder", "run_worker"} <= words & set(get_commands())


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


def test_a_pod_has_the_time_that_a_stop_takes() -> None:
    spec = pods()["Deployment web"]["spec"]
    (container,) = spec["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > pause + serving.STOP_SECONDS


def test_compose_gives_the_app_the_time_that_a_stop_takes() -> None:
    services = YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert int(services["app"]["stop_grace_period"].removesuffix("s")) > serving.STOP_SECONDS
