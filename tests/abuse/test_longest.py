"""Whatever people write at its longest finds room in every column that it is copied into."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from people.models import Team, User
from people.organisations.guest_lists import GuestList
from people.organisations.invitations import Guest
from tests.access.asking import Asker
from tests.access.conftest import asker, built
from tests.access.forms import Form, Page
from tests.access.table import TABLE
from tests.access.test_walk import path_of
from tests.access.world import World

pytestmark = pytest.mark.django_db
NAME_MAX, ADDRESS_MAX = 120, 254
SOME = ("owner", "manager", "member", "fellow", "staff", "anonymous")
__all__ = ["asker"]
ADDRESS = "@longest.example".rjust(ADDRESS_MAX, "w")
NAME = "w" * NAME_MAX
GUEST = f"email,name\n{ADDRESS},{NAME}"
# What the pages don't say: how long, and which of several buttons.
SAID = {
    "invite_people": {"text": GUEST, "confirm": GuestList([Guest(ADDRESS, NAME)]).seal},
    "invite_to_team": {"text": GUEST, "confirm": GuestList([Guest(ADDRESS, NAME, Team(slug="checkout"))]).seal},
    "edit_agenda": {"c0-text": "w" * 400},
}
WRITTEN = {
    *("people_user", "people_organisation", "people_team", "people_invitation", "account_emailaddress"),
    *("assessments_assessment", "assessments_rating", "assessments_round", "assessments_reportlink"),
    *("assessments_supportaccess", "assessments_commitment"),
    *("growth_planitem", "growth_evidenceentry", "growth_case", "growth_caselink"),
}


class LongWorld(World):
    """The world of people whose names and addresses, and what they call things, are as long as may be."""

    def canary(self, name: str, *readers: str) -> str:
        text = super().canary(name, *readers)
        if name.startswith("token_") or name == "entry_link":
            return text
        return text.ljust(ADDRESS_MAX - len("@elsewhere.example") if name.startswith("mail_") else NAME_MAX, "w")

    def _sessions(self) -> None:
        for user in User.objects.all():
            user.name, user.job_title = user.name.ljust(NAME_MAX, "w"), "Product manager".ljust(NAME_MAX, "w")
            user.save()
        super()._sessions()


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with built(LongWorld, django_db_blocker) as made:
        yield made


def forms(world: World, asker: Asker) -> Iterator[tuple[str, Form]]:
    """Each form of the site that takes a text, once, and somebody who sees it."""
    seen = set()
    for line in TABLE:
        may = [name for name in SOME if name in (line.get or ()) and not line.name.startswith("export_")]
        for persona in {*may[:1], *may[-1:]}:
            page = asker.look(persona, path_of(line, world))
            for form in Page(path_of(line, world), page.body).forms if page.status == "ok" else ():
                key = (resolve(urlsplit(form.action).path).url_name, form.method, *sorted(form.longest))
                if (form.longest or key[0] in SAID) and key not in seen:
                    seen.add(key)
                    yield persona, form


def test_every_form_takes_the_longest_that_it_allows(world: World, asker: Asker) -> None:
    broken, changed = [], set()
    for persona, form in forms(world, asker):
        name = resolve(urlsplit(form.action).path).url_name or ""
        try:
            answer = asker.ask(persona, form.method, form.action, form.fields | form.longest | SAID.get(name, {}))
        except Exception as error:  # noqa: BLE001  - whatever it is, a server would have answered 500
            broken.append(f"{form.action} by {persona}: {error!r}")
        else:
            changed |= answer.writes
    assert broken == []
    assert changed >= WRITTEN
