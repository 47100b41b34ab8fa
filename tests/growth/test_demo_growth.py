"""What the demo company plans and proves: a newcomer sees each page alive, and a wrong file is one line."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from assessments.demo.company import DemoError
from growth.cases.cases import sections_of
from growth.demo import check_growth, read_growth
from growth.models import Case, EvidenceEntry, MilestoneProof, PlanItem
from growth.plan.plan import AT_ONCE, plan_of
from ladder.rubric import Rubric
from people.models import User

pytestmark = pytest.mark.django_db
SENIOR = "senior@demo.example"


@pytest.fixture
def demo(rubric: Rubric, settings: Any) -> None:
    settings.LOCAL = True
    call_command("load_demo", stdout=StringIO())
    # Pages of the local profile link to addresses that this test's URLs have not got.
    settings.LOCAL = False


def test_somebody_has_a_plan_in_every_state_with_evidence_and_a_case(demo: None, client: Client) -> None:
    tomasz = User.objects.get(email=SENIOR)
    items = list(plan_of(tomasz))
    assert {item.state for item in items} == set(PlanItem.State.values)
    assert sum(item.state == "doing" for item in items) <= AT_ONCE
    # What was agreed in spring is one item, done, and not a second one beside it.
    (agreed,) = [item for item in items if item.commitment_id]
    assert agreed.state == "done"
    assert agreed.evidence is not None
    assert EvidenceEntry.objects.filter(owner=tomasz, organisation=tomasz.home_id).count() == 6
    assert MilestoneProof.objects.filter(owner=tomasz).count() == 3
    case = Case.objects.get(owner=tomasz)
    assert case.target == "staff-pm"
    assert all(section.text for section in sections_of(case))
    # And his pages are alive.
    client.force_login(tomasz)
    for address in ("/plan/", "/evidence/", "/milestones/", "/cases/", "/trend/"):
        text = client.get(address).content.decode()
        assert "Nothing here yet" not in text, address
        assert any(word in text for word in ("failed orders", "logistics", "Staff Product Manager")), address


def test_what_is_no_growth_is_one_line() -> None:
    with pytest.raises(DemoError, match=r"growth: plans\.0\.state") as caught:
        read_growth({"plans": [{"account": "pm", "text": "Try", "competency": "data", "state": "perhaps"}]})
    assert len(str(caught.value).splitlines()) == 1


def test_names_that_nothing_has_are_refused(rubric: Rubric) -> None:
    told = read_growth(
        {
            "plans": [{"account": "nobody", "text": "Try", "competency": "juggling", "evidence": "none"}],
            "milestones": [{"account": "nobody", "milestone": "no-such", "evidence": []}],
            "cases": [
                {"account": "nobody", "months_ago": 1, "target": "boss", "title": "T", "days_ago": 1}
                | {"sections": {"refrain": "x"}}
            ],
        }
    )
    with pytest.raises(DemoError) as caught:
        check_growth(told, {}, {}, rubric)
    for name in ("nobody", "juggling", "nobody none", "no-such", "boss", "refrain", "report of nobody 1 months ago"):
        assert name in str(caught.value)
