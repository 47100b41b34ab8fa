"""manage.py score: the rule on the command line, and one clear line for everything that is not an answer."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assessments.scoring.rule import score
from tests.assessments.scoring.small_frameworks import pm_framework
from tests.factories import SHIPPED, exact_profile

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
PM = pm_framework()
LEVELS = list(PM.levels)


def scored(answers: Any, folder: Path, **options: Any) -> Any:
    """What the command prints for a file that holds `answers`; a text is written as it stands."""
    file = folder / "answers.json"
    file.write_text(answers if isinstance(answers, str) else json.dumps(answers), encoding="utf-8")
    out = io.StringIO()
    call_command("score", answers=str(file), stdout=out, **options)
    return out.getvalue()


def refusal(answers: Any, folder: Path, **options: Any) -> str:
    """The one line that the command says instead of a result."""
    with pytest.raises(CommandError) as error:
        scored(answers, folder, **options)
    assert error.value.returncode == 2
    assert str(error.value).count("\n") == 0
    assert 0 < len(str(error.value)) < 1500
    return str(error.value)


def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as somebody types it, in a process of its own."""
    own = {"PATH": os.environ["PATH"], "PROFILE": "test", "SECRET_KEY": "k" * 60, **environment}
    return subprocess.run(
        [sys.executable, "manage.py", "score", *arguments],
        cwd=ROOT,
        env=own,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("rule", ["x", 1.5, None, [], True, {}])
def test_a_report_whose_rule_is_no_number_is_refused(tmp_path: Path, rule: Any) -> None:
    assert refusal({"rule": rule, "answers": {"strategy": 3}}, tmp_path) == '"rule" of a report is a whole number'


def test_it_prints_the_score(rubric: Any, tmp_path: Path) -> None:
    answers = {"customer-insight": 3, "strategy": "no_chance", "data": 0, "culture": None}
    for options, chosen in (
        ({}, {}),
        ({"held": "pm"}, {"held": "pm"}),
        ({"held": "pm", "target": ["cpo", "apm"]}, {"held": "pm", "targets": ["cpo", "apm"]}),
        ({"target": ["staff-pm"]}, {"targets": ["staff-pm"]}),
        ({"held": "pm", "specialisation": "growth"}, {"held": "pm", "specialisation": "growth"}),
        ({"ladder": str(SHIPPED), "held": "pm"}, {"held": "pm"}),
        ({"framework_version": 1, "held": "pm"}, {"held": "pm"}),
    ):
        expected = score(PM, answers, **chosen).as_json()  # type: ignore[arg-type]
        assert json.loads(scored(answers, tmp_path, **options)) == expected, options


def test_it_also_prints_for_reading(rubric: Any, tmp_path: Path) -> None:
    lines = scored(exact_profile("pm"), tmp_path, format="text").splitlines()
    assert len(lines) == len(LEVELS) + 2
    assert lines[1] == "Product Manager: readiness 100.0% to 100.0%, meets to meets"
    assert lines[-1].endswith(": You stand at Product Manager.")


def test_options_count_more_than_what_a_report_s_file_says(rubric: Any, tmp_path: Path) -> None:
    report = {"answers": {"data": 3}, "held": "pm", "targets": ["director"], "specialisation": "growth"}
    expected = score(PM, {"data": 3}, held="pm", targets=["director"], specialisation="growth").as_json()
    assert json.loads(scored(report, tmp_path)) == expected
    assert list(json.loads(scored(report, tmp_path, target=["cpo"]))["targets"]) == ["cpo"]
    # Another level held brings its own next levels along.
    assert list(json.loads(scored(report, tmp_path, held="senior-pm"))["targets"]) == ["staff-pm", "group-pm"]


# What each answer may be stands in test_scoring.py; here that the command says it, and what the file itself may be.
NO_ANSWERS: list[tuple[Any, str]] = [
    *[({"nonsense": 3}, "nonsense"), ({"strategy": 7}, "7"), ({"strategy": {"step": 3}}, "step")],
    *[({"x" * 5_000: 3}, "xxx"), ({"strategy": "x\ny" * 5_000}, "x"), ('{"strategy": NaN}', "nan")],
    *[('{"strategy": 1e400}', "inf"), ('{"strategy": 3}' + " " * 1_000_001, "larger")],
    *[(no, "is not JSON") for no in ('{"strategy": ' + "9" * 5_000 + "}", '{"strategy": 3', "", "[" * 200_000)],
    *[(no, "holds no object") for no in ("[1, 2]", "3", "null", '"strategy"')],
    ({"answers": {"strategy": 7}}, "7"),
]
NO_CHOICES: list[tuple[dict[str, Any], str]] = [
    *[({"held": "nonsense"}, "nonsense"), ({"held": 5}, "held"), ({"held": ["pm"]}, "held")],
    *[({"targets": value}, "targets") for value in ("staff-pm", 5, 0, [["pm"]])],
    *[({"specialisation": value}, "specialisation") for value in (["growth"], 7)],
    ({"framework": {"slug": "pm", "version": 99}}, "99"),
    ({"framework": {"slug": "pm", "version": 10**30}}, "version"),
]
NO_OPTIONS: list[tuple[dict[str, Any], str]] = [
    *[({"held": "nonsense"}, "nonsense"), ({"target": ["senior-pm", "nonsense"]}, "nonsense")],
    *[({"specialisation": "nonsense"}, "nonsense"), ({"ladder": "nonsense"}, "nonsense")],
    *[({"ladder": "no\0where"}, "no"), ({"ladder": str(ROOT / "static")}, ".yaml")],
    *[({"ladder": str(ROOT / "fixtures" / "demo")}, "levels"), ({"framework_version": 99}, "99")],
    ({"framework_version": 10**30}, "version"),
]


def test_what_is_no_answer_and_no_choice_is_one_clear_line(rubric: Any, tmp_path: Path) -> None:
    for answers, word in NO_ANSWERS:
        assert word in refusal(answers, tmp_path)
    for said, word in NO_CHOICES:
        assert word in refusal({"answers": {"strategy": 3}} | said, tmp_path), said
    for options, word in NO_OPTIONS:
        assert word in refusal({"strategy": 3}, tmp_path, **options), options


def test_a_file_that_can_t_be_read_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "no-text.json").write_bytes(b'{"strategy": "\xff\xfe"}')
    for name in ("missing.json", ".", "no\0where", "x" * 5_000, "no-text.json"):
        with pytest.raises(CommandError, match="is not UTF-8 text" if name == "no-text.json" else None) as error:
            call_command("score", answers=f"{tmp_path}/{name}")
        assert error.value.returncode == 2
        assert "\n" not in str(error.value)


# In a process of its own: status, streams, and a machine without a database


def test_it_needs_no_migrated_database_and_none_at_all(tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    for database in (f"sqlite:///{empty}", "postgres://nobody@127.0.0.1:9/nowhere"):
        done = run("--answers", "-", "--held", "pm", stdin='{"data": 3}', DATABASE_URL=database)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == score(PM, {"data": 3}, held="pm").as_json()


def test_a_refusal_is_one_line_on_standard_error_and_status_2(tmp_path: Path) -> None:
    done = run("--answers", "-", stdin='{"strategy": 7}', DATABASE_URL=f"sqlite:///{tmp_path}/new.sqlite3")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
