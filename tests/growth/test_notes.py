"""Plan, evidence log and case say the ladder's line for where somebody stands: by the report, else by the profile."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from growth.cases.cases import make_case
from people.models import User
from tests.factories import exact_profile, make_assessment
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def notes_on(client: Client, address: str) -> list[str]:
    return [node.text for node in page_of(client.get(address)).all("p", id="note")]


def test_the_newest_report_says_where_else_the_profile(
    member_client: Client, member: User, rubric: Any, django_assert_num_queries: Any
) -> None:
    plan, log = reverse("list_plan"), reverse("list_evidence")
    assert notes_on(member_client, plan) == notes_on(member_client, log) == []
    User.objects.filter(pk=member.pk).update(held_level="director")
    director, senior = rubric.levels["director"].notes, rubric.levels["senior-pm"].notes
    assert (notes_on(member_client, plan), notes_on(member_client, log)) == ([director.plan], [director.evidence])
    # One place is found; then none can be, and the level held counts.
    make_assessment(member, held="pm", answers=exact_profile("senior-pm"), submitted=True)
    assert (notes_on(member_client, plan), notes_on(member_client, log)) == ([senior.plan], [senior.evidence])
    own = make_assessment(member, held="senior-pm", answers={"data": 1}, submitted=True)
    with django_assert_num_queries(6):  # session, user, ladder, count, whether any is there, newest report
        assert notes_on(member_client, log) == [senior.evidence]
    assert notes_on(member_client, f"{log}?q=churn") == []
    case = make_case(member, own, "staff-pm", "My case")
    shown = reverse("show_case", args=[case.pk])
    assert notes_on(member_client, shown) == [senior.case]
    # Its report is gone: the profile is left.
    own.erase()
    assert notes_on(member_client, shown) == [director.case]
    # What goes to the manager has none.
    text = member_client.get(reverse("export_case_markdown", args=[case.pk])).content.decode()
    assert director.case not in text
