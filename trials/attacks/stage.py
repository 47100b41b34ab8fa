"""A fresh database and people on it, who do everything through pages, as an attacker would."""

import io
import logging
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OLD_ENOUGH = timedelta(days=200)


@contextmanager
def fresh_site() -> Iterator[None]:
    """An SQLite file in a folder that goes away, with the shipped ladder."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PROFILE": "test",
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/attack.sqlite3",
        }
        import django  # noqa: PLC0415
        from django.conf import settings  # noqa: PLC0415

        settings.ALLOWED_HOSTS = ["testserver"]
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415

        logging.disable(logging.CRITICAL)
        call_command("migrate", verbosity=0)
        call_command("load_ladder", str(ROOT / "fixtures" / "ladders" / "pm"), stdout=io.StringIO())
        yield


def run(attack: Callable[[], int]) -> int:
    """The status to exit with: 1 when the attack got anything."""
    with fresh_site():
        got = attack()
    print(f"{'FAILED' if got else 'ok'}: {Path(attack.__code__.co_filename).stem}")
    return 1 if got else 0


@dataclass
class Somebody:
    """A person and their browser."""

    user: Any
    browser: Any
    reports: list[str] = field(default_factory=list)

    def post(self, path: str, **said: Any) -> Any:
        return self.browser.post(path, said)

    def read(self, path: str) -> str:
        answer = self.browser.get(path, follow=True)
        return str(answer.content.decode())

    def begin(self, path: str = "/quiz/start/") -> str:
        """The id of a draft that is begun at this address."""
        return str(self.post(path, level="pm", length="full").headers["Location"]).split("/")[2]

    def answer(self, draft: str, answers: dict[str, Any]) -> None:
        for slug, step in answers.items():
            self.post(f"/quiz/{draft}/answer/{slug}/", step=str(step), go="stay")

    def take_quiz(self, answers: dict[str, Any]) -> str:
        """The id of a report that says this."""
        draft = self.begin()
        self.answer(draft, answers)
        self.post(f"/quiz/{draft}/submit/")
        self.reports.append(draft)
        return draft

    def share(self, team: Any, report: str = "") -> None:
        self.post(f"/reports/{report or self.reports[-1]}/share/", team=str(team.pk))


@dataclass
class Company:
    organisation: Any
    team: Any
    people: dict[str, Somebody] = field(default_factory=dict)


def person(address: str) -> Somebody:
    from tests.factories import client_of, make_user  # noqa: PLC0415

    user = make_user(address, name=address.partition("@")[0].title())
    return Somebody(user, client_of(user))


def company(slug: str, **roles: Somebody) -> Company:
    """An organisation with a team; `roles` are owner, manager and members by any other name, here for long."""
    from django.utils import timezone  # noqa: PLC0415

    from people.models import Membership, TeamMembership  # noqa: PLC0415
    from tests.factories import join, join_team, make_organisation, make_team  # noqa: PLC0415

    organisation = make_organisation(slug.title(), slug)
    made = Company(organisation, make_team(organisation, "Team", f"{slug}-team"))
    for name, who in roles.items():
        join(who.user, organisation, Membership.Role.OWNER if name == "owner" else Membership.Role.MEMBER)
        if name != "owner":
            role = TeamMembership.Role.MANAGER if name == "manager" else TeamMembership.Role.MEMBER
            join_team(who.user, made.team, role)
        made.people[name] = who
    Membership.objects.filter(organisation=organisation).update(joined_at=timezone.now() - OLD_ENOUGH)
    return made


def some_answers(seed: int) -> dict[str, int]:
    """A step for each competency, at or below what a product manager is asked for."""
    from tests.factories import exact_profile  # noqa: PLC0415

    dice = random.Random(seed)  # noqa: S311  - the same answers in each run
    return {slug: max(0, int(step) - dice.randrange(2)) for slug, step in exact_profile("pm").items()}
