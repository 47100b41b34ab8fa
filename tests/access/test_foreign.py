"""Ids of another organisation, in every path, query and field of every form: they don't exist for us."""

import inspect
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, resolve

from tests.access.asking import BOOKKEEPING, LEDGER, Asker, all_patterns
from tests.access.forms import Form, Page
from tests.access.table import PUBLIC, TABLE, Line
from tests.access.test_walk import data_of, path_of
from tests.access.world import INSIDE, NOBODY, World

pytestmark = pytest.mark.django_db
KEPT = [model for label in ("people", "assessments", "growth") for model in apps.get_app_config(label).get_models()]
# Staff are the operator's, not an organisation's (tests/access/test_admin.py).
FOR_STAFF = {"list_person_reports", "open_report", "show_opened_report"}
TENANT = [line for line in TABLE if line not in PUBLIC and not line.loose and line.name not in FOR_STAFF]
# One of each kind is enough for a field, which does not know kinds.
IN_FIELDS = (
    *("user_hewer", "pit_id", "quarry_id", "hewers", "copy_pit", "review_pit", "membership_hewer", "pit_hewer"),
)
# Of the same organisation, and no business of the manager of Checkout.
NEAR = (
    *("product_id", "search_id", "review_signed", "review_of_ex_manager", "copy_named", "copy_signed", "private"),
    *("membership_owner", "search_recipient", "invitation_for_staff"),
)
# Of fellows and of strangers.
IN_QUERIES = ("entry", "plan_own", "entry_pit", "hewers", "case_pit", "review_pit", "pit_id", "copy_pit")
# What a query says that is no id: a search, a page, a way to look at it.
WORDS = {"q", "page", "view", "only"}


def same_kind(world: World, name: str) -> list[str]:
    """Foreign objects of the kind of a thing of ours."""
    kind = type(world.things.get(name.removesuffix("_id")))
    found = [other for other in world.foreign if isinstance(world.things[other.removesuffix("_id")], kind)]
    return [other for other in found if other.endswith("_id") == name.endswith("_id")]


# One line of each address: it is about the address, not about the object.
@pytest.mark.parametrize("line", {line.name: line for line in reversed(TENANT) if line.path}.values(), ids=str)
def test_no_address_knows_foreign_objects(line: Line, world: World, asker: Asker) -> None:
    wrong: list[str] = []
    askers = {"manager", "owner", "staff", *sorted((line.get or line.post or NOBODY) - {"outsider"})[:1]}
    methods = [method for method, may in (("GET", line.get), ("POST", line.post)) if may is not None]
    for parameter, name in line.path.items():
        for other in same_kind(world, name) if name in world.ids else ():
            path = path_of(line, world, **{parameter: world.ids[other]})
            for persona in sorted(askers):
                for method in methods:
                    answer = asker.ask(persona, method, path, data_of(line, world))
                    is_known = persona in line.knows - ((line.get if method == "GET" else line.post) or NOBODY)
                    if answer.status not in {"404", "405", "login", "403" if is_known else ""} or answer.writes:
                        wrong.append(f"{method} {path} by {persona}: {answer.status}, {answer.writes}")
                    wrong += [f"{method} by {persona}: {leak}" for leak in asker.leaks(persona, answer, sent=path)]
            if len([value for value in line.path.values() if value in world.ids]) > 1:
                # Into their own organisation with a thing of ours.
                method = "POST" if line.post is not None else "GET"
                answer = asker.ask("outsider", method, path, data_of(line, world))
                if answer.writes or (method == "GET" and answer.status != "404"):
                    wrong.append(f"{method} {path} by outsider: {answer.status}, {answer.writes}")
    assert not wrong, "\n".join(wrong)


def forms_of(world: World, asker: Asker, personas: frozenset[str]) -> Iterator[tuple[str, Form]]:
    """The forms that these people are offered anywhere, each address with the same fields once, and the table's own."""
    seen = set()
    for line in TENANT:
        for persona in sorted((line.get or frozenset()) & personas):
            path = path_of(line, world)
            for form in Page(path, asker.look(persona, path).body).forms:
                # The log-out button and allauth's pages are not ours.
                if form.method == "POST" and not form.action.startswith("/account/log"):
                    key = (resolve(urlsplit(form.action).path).url_name, *sorted(form.fields))
                    if key not in seen:
                        seen.add(key)
                        yield persona, form
        for persona in sorted((line.post or frozenset()) & personas)[:1]:
            key = (line.name, *sorted(line.data))
            if key not in seen:
                seen.add(key)
                yield persona, Form(path_of(line, world), "POST", data_of(line, world))


def check_fields(world: World, asker: Asker, personas: frozenset[str], names: tuple[str, ...]) -> list[str]:
    """Put each of the ids into each field of each form; what must not happen and did."""
    ids = [world.ids[name] for name in names]
    before = {model: world.rows_of({*ids}, [model]) for model in KEPT}
    changed: list[str] = []

    def look(writes: set[str]) -> None:
        touched = [model for model in KEPT if writes and model._meta.db_table in writes | BOOKKEEPING]
        rows = set().union(*(world.rows_of({*ids}, [model]) ^ before[model] for model in touched))
        if rows:
            changed.append(", ".join(sorted(f"{row[0]} {row[1]}" for row in rows)))

    wrong = []
    asker.after = look  # type: ignore[method-assign]
    for number, (persona, form) in enumerate(list(forms_of(world, asker, personas))):
        for name in form.fields:
            # To a text, a number or a tick an id is as good as another: one of them, another one each time.
            for value in ids if form.holds_ids(name) else [ids[number % len(ids)]]:
                changed.clear()
                answer = asker.ask(persona, "POST", form.action, form.fields | {name: value})
                what = f"{form.action} {name}={value} by {persona}"
                wrong += [f"{what} changed {rows}" for rows in changed]
                wrong += [f"{what}: {leak}" for leak in asker.leaks(persona, answer, sent=f"{form.fields}")]
                if answer.status not in {"ok", "403", "404"}:
                    wrong.append(f"{what}: {answer.status}")
    return wrong


def test_no_field_takes_foreign_ids(world: World, asker: Asker) -> None:
    wrong = check_fields(world, asker, frozenset(INSIDE), IN_FIELDS)
    assert not wrong, "\n".join(wrong)


def test_no_field_takes_ids_of_other_teams(world: World, asker: Asker) -> None:
    wrong = check_fields(world, asker, frozenset({"manager"}), NEAR)
    assert not wrong, "\n".join(wrong)


def queries() -> Iterator[tuple[Line, str]]:
    """Each address with each of the names that its view's module reads from a query."""
    patterns = all_patterns()
    for line in {line.name: line for line in reversed(TENANT) if line.get}.values():
        source = inspect.getsource(inspect.getmodule(inspect.unwrap(patterns[line.name][0].callback)) or re)
        for name in sorted(set(re.findall(r'GET(?:\.get\(|\.getlist\(|\[)"([a-z_]+)"', source)) - WORDS):
            yield line, name


def test_no_query_names_what_is_not_theirs(world: World, asker: Asker) -> None:
    wrong, tried = [], set()
    for line, name in queries():
        persona = "member" if "member" in (line.get or ()) else min(line.get or {"member"})
        path = path_of(line, world)
        tried.add((line.name, name))
        for thing in IN_QUERIES:
            answer = asker.ask(persona, "GET", f"{path}?{name}={world.ids[thing]}")
            what = f"{path}?{name}={thing} by {persona}"
            wrong += [f"{what}: {leak}" for leak in asker.leaks(persona, answer, sent=path)]
            if answer.status not in {"ok", "403", "404", "login"} or answer.writes - LEDGER:
                wrong.append(f"{what}: {answer.status}, {answer.writes}")
    assert not wrong, "\n".join(wrong)
    assert {("list_milestones", "entry"), ("create_case", "report")} <= tried


def test_the_forms_are_found(world: World, asker: Asker) -> None:
    """Or the two tests above would be about nothing."""
    assert len({form.action for _, form in forms_of(world, asker, frozenset({"member"}))}) > 5
    assert len(world.rows_of({world.ids[name] for name in IN_FIELDS}, KEPT)) > 20
    with pytest.raises(NoReverseMatch):
        path_of(TENANT[1], world, pk="not-an-id")
