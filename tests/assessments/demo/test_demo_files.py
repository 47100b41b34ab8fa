"""Loading the demo company: only in the local profile, whole or not at all, from files that fit the ladder."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from assessments.demo.company import DemoError, check_against, read_demo
from ladder.rubric import Rubric
from people.models import Organisation, User
from tests.factories import shipped_ladder

FILES = Path(django_settings.BASE_DIR) / "fixtures" / "demo"


@pytest.mark.django_db
def test_what_can_t_be_loaded_is_refused_in_one_line_and_loads_nothing(rubric: Rubric, settings: Any) -> None:
    """A name that is taken, no ladder, and outside of the local profile."""
    for ladder, said in (("", "PROFILE=local"), ("none", "load_ladder"), ("pm", "was not loaded")):
        if ladder:
            settings.LOCAL, settings.DEFAULT_LADDER = True, ladder
        if ladder == "pm":
            Organisation.objects.create(kind="company", slug="paper-boat", name="Somebody's own")
        with pytest.raises(CommandError, match=said) as caught:
            call_command("load_demo", stdout=StringIO())
        assert caught.value.returncode == 2
        assert "\n" not in str(caught.value)
        assert not User.objects.exists()


def write(folder: Path, text: str) -> Path:
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    return folder


ACCOUNT = "accounts: [{slug: pm, name: Nora, job_title: PM, level: LEVEL, time_zone: UTC, about: here}]\n"
SAID = (
    "organisations: []\n"
    "assessments: [{account: WHO, months_ago: 1, held: HELD, targets: [], length: full, answers: {COMPETENCY: STEP}}]\n"
)


def told(**changes: str) -> str:
    """A small company with one thing changed."""
    text = ACCOUNT + SAID
    for name, value in {"LEVEL": "pm", "WHO": "pm", "HELD": "pm", "COMPETENCY": "data", "STEP": "2", **changes}.items():
        text = text.replace(name, value)
    return text


SHARES = "shares: [{account: pm, months_ago: MONTHS, team: TEAM, days_ago: 1, with_notes: false}]\n"


def test_copies_speak_of_what_is_there(tmp_path: Path) -> None:
    organisation = "[{slug: a, name: A, owners: [pm], teams: [{slug: one, name: One, managers: [], members: [pm]}]}]"
    for months, team, complaint in (
        ("1", "sales", "no team is called sales"),
        ("2", "one", "no report of 2 months ago"),
    ):
        shares = SHARES.replace("MONTHS", months).replace("TEAM", team)
        text = told().replace("organisations: []", f"organisations: {organisation}") + shares
        with pytest.raises(DemoError, match=complaint):
            read_demo(write(tmp_path, text))


def test_files_that_are_wrong_are_one_line(tmp_path: Path) -> None:
    broken = dict.fromkeys(("accounts: [", "- a list", ""), "company.yaml can't be read")
    steps = {told(STEP=step): "a step from 0 to 9" for step in ("10", "true")} | {told(STEP="perhaps"): "or no_chance"}
    others = {told(WHO="nobody"): "no account is called nobody", told() + "more: 1\n": "more: Extra inputs"}
    for text, complaint in (broken | steps | others).items():
        with pytest.raises(DemoError, match=complaint) as caught:
            read_demo(write(tmp_path, text))
        assert len(str(caught.value).splitlines()) == 1


def test_files_fit_the_ladder(tmp_path: Path) -> None:
    rubric = Rubric(shipped_ladder(), 1)
    wrong = {"COMPETENCY": ("juggling", "no juggling"), "HELD": ("boss", "no boss"), "LEVEL": ("boss", "no level boss")}
    for field, (value, complaint) in wrong.items():
        with pytest.raises(DemoError, match=complaint):
            check_against(read_demo(write(tmp_path, told(**{field: value}))), rubric)
