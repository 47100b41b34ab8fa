"""The rules, as data, of what happens to each table when somebody deletes their account, and how sensitive it is.

Each app registers its own: in people/erasure/of_people.py, or in its `erasing.py`. people/erasure/erase.py carries
them out. A model or field that no rule names would outlive its person unnoticed: then
tests/people/erasure/test_retention.py fails. docs/privacy.md says the same for people to read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from people.erasure.names import Names
from people.models import Organisation, User


class Fate(StrEnum):
    DELETED = "deleted"
    """The person's rows go."""
    PSEUDONYMISED = "pseudonymised"
    """Rows stay for the others whom they concern, without the person."""
    KEPT = "kept"
    """Rows are not about the person, or name them only by an id that leads nowhere any more."""
    EXPIRES = "expires"
    """Rows go by themselves, in the time that `why` names."""


class Sensitivity(StrEnum):
    """How sensitive something is; docs/privacy.md says what follows from each level."""

    INTERNAL = "internal"
    """About the organisation, or about running the site."""
    PERSONAL = "personal"
    """Who somebody is, what they belong to, what they did and when."""
    PRIVATE = "private"
    """What somebody said, and what was said about them."""
    SECRET = "secret"  # noqa: S105  - the name of a level
    """Whoever has it can log in as somebody, or open something."""


# Short names, so that lists of rules read like tables.
DELETED, PSEUDONYMISED, KEPT, EXPIRES = Fate
INTERNAL, PERSONAL, PRIVATE, SECRET = Sensitivity


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one model, as "app.Model", or for one table without a model, as "table:name".

    level      of its fields, except for those that `apart` names
    owners     lookups that lead from a row to its person, whose rows are deleted
    cleared    keys to a person that are set to NULL in rows that stay
    scrubbed   texts in rows that stay, from which the person's names and addresses are removed
    plain      texts that name nobody: slugs, hashes, our own words, what belongs to the organisation
    """

    model: str
    level: Sensitivity
    fate: Fate
    why: str
    apart: Mapping[str, Sensitivity] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    scrubbed: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()

    @property
    def has_model(self) -> bool:
        return not self.model.startswith("table:")

    def level_of(self, name: str) -> Sensitivity:
        return self.apart.get(name, self.level)

    @property
    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = apps.get_model(self.model)._default_manager.all()  # noqa: SLF001
        return found

    def rows_of(self, user: User) -> QuerySet[Any]:
        """The person's rows, which are to be deleted; none if the rule names no `owners`."""
        mine = Q(pk__in=[])
        for lookup in self.owners:
            mine |= Q(**{lookup: user.pk})
        return self.rows.filter(mine)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody whose account is being erased. `addresses` are as accounts have them, so nobody shares one."""

    user: User
    addresses: frozenset[str]
    names: Names

    def scrub(self, rows: QuerySet[Any], instead: str) -> list[Any]:
        """Replace the person's names in the `scrubbed` texts of these rows. Returns the keys of those that had any."""
        fields, changed = rule_for(rows.model).scrubbed, []
        for row in rows.only("pk", *fields):
            said = {name: getattr(row, name) for name in fields}
            new = {name: self.names.out_of(value, instead) for name, value in said.items()}
            if new != said:
                rows.model._default_manager.filter(pk=row.pk).update(**new)  # noqa: SLF001
                changed.append(row.pk)
        return changed


type PersonStep = Callable[[Leaving], None]
type OrganisationStep = Callable[[Organisation], None]


@dataclass(slots=True)
class Registry:
    """All rules by model, and what apps do before the rules are carried out, beginning with the topmost app."""

    rules: dict[str, Rule] = field(default_factory=dict)
    person_steps: list[PersonStep] = field(default_factory=list)
    organisation_steps: list[OrganisationStep] = field(default_factory=list)


REGISTRY = Registry()


def register(
    rules: Iterable[Rule],
    *,
    person_step: PersonStep | None = None,
    organisation_step: OrganisationStep | None = None,
) -> None:
    """Add the rules of an app. Apps start from the lowest up, and are erased from the top down: rows of a lower app
    can't be deleted while rows of a higher one still point at them."""
    for rule in rules:
        if rule.model in REGISTRY.rules:
            raise ValueError(f"two rules for {rule.model}")
        REGISTRY.rules[rule.model] = rule
    if person_step:
        REGISTRY.person_steps.insert(0, person_step)
    if organisation_step:
        REGISTRY.organisation_steps.insert(0, organisation_step)


def rule_for(model: type[Model]) -> Rule:
    return REGISTRY.rules[model._meta.label]  # noqa: SLF001
