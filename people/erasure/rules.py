"""What becomes of every table when somebody deletes their account, and how closely it is kept: data, given by each app
and carried out from here.

Each app registers its rules in its `erasing.py`. people/erasure/erase.py carries them out,
tests/people/erasure/test_retention.py fails for a model or a field that no rule names, and docs/privacy.md tells people
in their words.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from people.models import Organisation, User


class Fate(StrEnum):
    DELETED = "deleted"
    """The person's rows go."""
    PSEUDONYMISED = "pseudonymised"
    """Rows stay with whom they are shared with, and the person is taken out of them."""
    KEPT = "kept"
    """Nothing in it is about the person, or it names them by an id that leads nowhere any more."""
    EXPIRES = "expires"
    """Goes by itself within the time that `why` names."""


class Sensitivity(StrEnum):
    """How closely something is kept; docs/privacy.md says what each asks for."""

    INTERNAL = "internal"
    """Of the organisation, or of how the site runs."""
    PERSONAL = "personal"
    """Who somebody is, where they belong, what they did when."""
    PRIVATE = "private"
    """What somebody said, and what was said about them."""
    SECRET = "secret"  # noqa: S105  - the name of a level
    """Lets somebody in."""


# By themselves, so that the tables of rules read as tables.
DELETED, PSEUDONYMISED, KEPT, EXPIRES = Fate
INTERNAL, PERSONAL, PRIVATE, SECRET = Sensitivity


@dataclass(frozen=True, slots=True)
class Rule:
    """One model, as "app.Model", or one table without a model, as "table:name".

    level      of its fields, but for those that `apart` gives one of their own
    owners     lookups that lead from a row to its person: rows of the person are deleted
    cleared    keys to a person that are emptied where the row stays
    scrubbed   texts in rows that stay: the person's names and addresses are taken out
    plain      texts that nobody's name is in: slugs, hashes, words of ours, what belongs to the organisation
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
        """The rows that are the person's, whose fate is to be deleted."""
        mine = Q(pk__in=[])
        for lookup in self.owners:
            mine |= Q(**{lookup: user.pk})
        return self.rows.filter(mine)


@dataclass(frozen=True, slots=True)
class Names:
    """What somebody is called, to be found in texts of others."""

    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, name: str, addresses: Iterable[str]) -> "Names":
        """The whole name and the addresses in any case; each part of the name, from three letters, as it is written."""
        wholes = [word for word in (" ".join(name.split()), *addresses) if word]
        parts = [part for part in name.split() if len(part) >= 3]
        # The longest first, so that an address goes before the name in it.
        found = [f"(?i:{re.escape(word)})" for word in sorted(wholes, key=len, reverse=True)]
        found += [re.escape(word) for word in sorted(parts, key=len, reverse=True)]
        return cls(re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)") if found else None)

    def out_of(self, value: Any, instead: str) -> Any:
        """The same text, or the same JSON, with `instead` in place of the names."""
        if isinstance(value, str):
            return self.pattern.sub(instead, value) if self.pattern else value
        if isinstance(value, list):
            return [self.out_of(item, instead) for item in value]
        if isinstance(value, dict):
            return {key: self.out_of(item, instead) for key, item in value.items()}
        return value


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody whose account is being erased."""

    user: User
    addresses: frozenset[str]
    names: Names

    def scrub(self, rows: QuerySet[Any], instead: str) -> None:
        """Take the person's names out of the texts that the rule of these rows names."""
        fields = rule_for(rows.model).scrubbed
        for row in rows.only("pk", *fields):
            said = {name: getattr(row, name) for name in fields}
            new = {name: self.names.out_of(value, instead) for name, value in said.items()}
            if new != said:
                rows.model._default_manager.filter(pk=row.pk).update(**new)  # noqa: SLF001


type PersonStep = Callable[[Leaving], None]
type OrganisationStep = Callable[[Organisation], None]


@dataclass(slots=True)
class Registry:
    """Rules by model; what the apps have to do before the rules are carried out, the app on top first."""

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
    """Called once by each app, those below first; so what is above is erased before what it stands on."""
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
