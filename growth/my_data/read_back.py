"""Reads a person's ZIP back: makes their account and all rows of their own space, in one transaction."""

import datetime
import json
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import DateField, DateTimeField, ForeignKey, JSONField, Model
from django.utils import timezone

from assessments.models import Assessment, Rating, after_corrected
from growth.cases.cases import CASES_MAX, render_again
from growth.evidence.log import ENTRIES_MAX
from growth.models import CaseSection, EvidenceEntry
from growth.my_data.document import FORMAT, LATER, PROFILE, TABLES, VERSION, Table
from growth.my_data.files import DATA
from growth.plan.plan import PLAN_MAX
from ladder.models import LadderVersion, current_rubric, rubric_of
from ladder.profile import ProfileForm
from ladder.rubric import Rubric
from people.addresses import canonical
from people.database.transactions import transactional
from people.fields import EARLIEST, LATEST
from people.ids import uuid7
from people.models import User

SIZE_MAX = 50_000_000
ROWS_MAX = 200_000
# As many as the pages let somebody have.
_MOST = {"plan": PLAN_MAX, "evidence": ENTRIES_MAX, "cases": CASES_MAX}
# Clocks differ; a day would be enough for any zone.
GRACE = datetime.timedelta(days=1)
_TABLES = {table.name: table for table in TABLES}
# Their key is that of their assessment.
_BY_ASSESSMENT = frozenset({"outcomes", "report_notes"})
_CORRECTS = Assessment._meta.get_field("corrects")  # noqa: SLF001
# The versions of the document that can be read.
READ = (1, VERSION)


class ImportPersonError(Exception):
    """The file can't be read; the message is one line for the operator."""


def read_document(path: Path) -> dict[str, Any]:
    """The document in a ZIP file. Raises ImportPersonError for any file that holds none of a known version."""
    try:
        with zipfile.ZipFile(path) as box, box.open(DATA) as file:
            raw = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        raise ImportPersonError(f"there is no file {path}") from None
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise ImportPersonError(f"{path} is no ZIP file of a person's data") from error
    except Exception as error:  # zlib.error, for one, is none of the above
        raise ImportPersonError(f"{path} is damaged") from error
    if len(raw) > SIZE_MAX:
        raise ImportPersonError(f"{DATA} is larger than {SIZE_MAX} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ImportPersonError(f"{DATA} is no JSON") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ImportPersonError(f"{DATA} holds no person's data")
    if document.get("version") not in READ:
        known = " and ".join(map(str, READ))
        raise ImportPersonError(f"{DATA} has version {document.get('version')!r}; this program reads {known}")
    return document


def import_document(document: dict[str, Any], email: str = "") -> tuple[User, dict[str, int]]:
    """Make the account and its rows; return the account and the number of rows by table.

    `email` replaces the address in the file. Raises ImportPersonError, and makes nothing, if anything is wrong.
    """
    if not all(_can_be_stored(text) for text in _texts(document)):
        raise ImportPersonError("a text holds a character that can't be stored")
    try:
        return _import(document, email)
    except IntegrityError as error:
        raise ImportPersonError("the rows contradict one another") from error


@transactional
def _import(document: dict[str, Any], email: str) -> tuple[User, dict[str, int]]:
    return _Importer(document, email).run()


def _texts(document: Any) -> Iterator[str]:
    """Every text in a document, names of fields included."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def _can_be_stored(text: str) -> bool:
    """Whether a database takes the text: JSON allows NUL and lone surrogates, PostgreSQL refuses both."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class _Importer:
    def __init__(self, document: dict[str, Any], email: str) -> None:
        profile, tables = document.get("profile"), document.get("tables")
        if not isinstance(profile, dict) or not isinstance(tables, dict):
            raise ImportPersonError("profile or tables are missing")
        self.profile: dict[str, Any] = profile
        self.tables: dict[str, Any] = tables
        self.email = email
        # By table: the id in the file → the id here.
        self.ids: dict[str, dict[str, uuid.UUID]] = {}
        self.rubrics: dict[uuid.UUID, Rubric] = {}
        self.counts: dict[str, int] = {}

    def run(self) -> tuple[User, dict[str, int]]:
        self.user = self._user()
        for table in TABLES:
            if table.name not in _BY_ASSESSMENT:
                self._take_ids(table)
        self._assessments()
        for name in ("evidence", "milestone_proofs", "plan", "cases", "case_sections"):
            self._make(name, [self._row(_TABLES[name], row) for row in self._rows(name)])
        render_again(CaseSection.objects.filter(case__owner=self.user))
        return self.user, self.counts

    # The account

    def _user(self) -> User:
        if missing := [name for name in PROFILE if name not in self.profile.keys() | LATER]:
            raise ImportPersonError(f"profile: {missing[0]} is missing")
        said = self.profile | ({"email": self.email} if self.email else {})
        user = User()
        for name in (name for name in PROFILE if name in said):
            setattr(user, name, _value(f"profile: {name}", User._meta.get_field(name), said[name]))  # noqa: SLF001
        typed = {name: said[name] or "" for name in ("name", "job_title", "time_zone")}
        for name, errors in ProfileForm(typed, rubric=current_rubric()).errors.items():
            if name in typed:
                raise ImportPersonError(f"profile: {name}: {errors[0]}")
        user.email = canonical(user.email)
        user.set_unusable_password()
        _cleaned("profile", user, exclude=["password", "home"])
        if User.objects.filter(email=user.email).exists():
            raise ImportPersonError(f"{user.email} has an account here already; name another address with --email")
        user.save()
        # An address given with --email was never confirmed; the person confirms it at the first log-in.
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=not self.email)
        return user

    # Ids

    def _take_ids(self, table: Table) -> None:
        """Keep the ids that are free in this database; rows whose id is taken get a new one."""
        said = []
        for number, row in enumerate(self._rows(table.name), 1):
            said.append(_uuid(f"{table.name} {number}: id", row.get("id")))
        if len(set(said)) < len(said):
            raise ImportPersonError(f"{table.name}: two rows have one id")
        taken: set[uuid.UUID] = set()
        for start in range(0, len(said), 500):
            part = said[start : start + 500]
            taken |= set(table.model._default_manager.filter(pk__in=part).values_list("pk", flat=True))  # noqa: SLF001
        self.ids[table.name] = {str(key): uuid7() if key in taken else key for key in said}

    def _rows(self, name: str) -> list[Any]:
        rows = self.tables.get(name, [])
        if not isinstance(rows, list):
            raise ImportPersonError(f"{name} is no list of rows")
        if len(rows) > ROWS_MAX:
            raise ImportPersonError(f"{name} has more than {ROWS_MAX} rows")
        if len(rows) > _MOST.get(name, ROWS_MAX):
            raise ImportPersonError(f"{name} has {len(rows)} rows; here somebody may have {_MOST[name]}")
        if wrong := [number for number, row in enumerate(rows, 1) if not isinstance(row, dict)]:
            raise ImportPersonError(f"{name} {wrong[0]} is no row")
        return rows

    # Rows

    def _assessments(self) -> None:
        """Make them as drafts with their answers, then submit those that were, with the old date; then what corrects
        them in the same way.

        The other way round, the guards would refuse the answers.
        """
        made, submitted = [], {}
        for row in self._rows("assessments"):
            item = self._assessment(row)
            made.append(item)
            if row.get("status") == Assessment.Status.SUBMITTED:
                submitted[item.pk] = _moment("assessments: submitted_at", row.get("submitted_at"))
        ratings: dict[uuid.UUID, list[Rating]] = {item.pk: [] for item in made}
        for row in self._rows("ratings"):
            rating = self._rating(row)
            ratings[rating.assessment_id].append(rating)
        for part in after_corrected(made):
            self._make("assessments", part)
            self._make("ratings", [rating for item in part for rating in ratings[item.pk]])
            for item in part:
                if item.pk in submitted:
                    item.submit(at=submitted[item.pk])
        for name in ("milestone_marks", "report_notes"):
            self._make(name, [self._row(_TABLES[name], row) for row in self._rows(name)])

    def _make(self, name: str, rows: list[Any]) -> None:
        _TABLES[name].model._default_manager.bulk_create(rows, batch_size=500)  # noqa: SLF001
        self.counts[name] = self.counts.get(name, 0) + len(rows)

    def _assessment(self, row: dict[str, Any]) -> Assessment:
        # Version 1 of the document called it "framework".
        row = {"ladder_version" if key == "framework" else key: value for key, value in row.items()}
        name = str(row.get("ladder_version"))
        slug, _, version = name.rpartition(" ")
        ladder_version = (
            LadderVersion.objects.published().built_in().filter(slug=slug, version=int(version)).first()
            if version.isdecimal() and len(version) < 9
            else None
        )
        if ladder_version is None:
            raise ImportPersonError(f"the ladder {name!r} is not here; publish it with load_ladder first")
        rubric = rubric_of(ladder_version.pk)
        # A version of this number may have been renamed here: its old slugs are read as well.
        levels = rubric.now.levels
        held, targets = row.get("held_level"), row.get("targets")
        if held is not None and not (isinstance(held, str) and held in levels):
            raise ImportPersonError(f"assessments: {name} has no level {held!r}")
        if not isinstance(targets, list) or not all(slug in levels for slug in targets if isinstance(slug, str)):
            raise ImportPersonError(f"assessments: {name} does not have all targets of {targets!r}")
        if not all(isinstance(slug, str) for slug in targets) or len(set(targets)) < len(targets):
            raise ImportPersonError("assessments: targets are names of levels, each once")
        plain = row | {"ladder_version": None, "held_level": None, "status": "draft", "submitted_at": None}
        item: Assessment = self._row(_TABLES["assessments"], plain, skip={"ladder_version", "held_level", "chain"})
        item.chain = self._reference("assessments: chain", _CORRECTS, row.get("chain"))
        item.ladder_version, item.kind = ladder_version, Assessment.Kind.SELF
        item.held_level_id = rubric.level_keys[levels[held]] if held else None
        item.targets = [*dict.fromkeys(levels[slug] for slug in targets)]
        item.specialisation = rubric.now.specialisations.get(item.specialisation, item.specialisation)
        item.subject = item.rater = self.user
        competencies = rubric.now.competencies
        if not _is_texts(item.asked) or not set(item.asked) <= competencies.keys():
            raise ImportPersonError(f"assessments: {name} does not have all competencies of {item.asked!r}")
        item.asked = [*dict.fromkeys(competencies[slug] for slug in item.asked)]
        self.rubrics[item.pk] = rubric
        return item

    def _rating(self, row: dict[str, Any]) -> Rating:
        item: Rating = self._row(_TABLES["ratings"], row, skip={"competency"})
        rubric = self.rubrics[item.assessment_id]
        slug = rubric.now.competencies.get(row["competency"]) if isinstance(row.get("competency"), str) else None
        if slug is None:
            raise ImportPersonError(f"ratings: the ladder has no competency {row.get('competency')!r}")
        is_step = item.step is None or 0 <= item.step <= rubric.steps
        if not is_step or (item.no_chance and item.step is not None):
            raise ImportPersonError(f"ratings: an answer is a step from 0 to {rubric.steps}, or no chance")
        item.competency_id = rubric.competency_keys[slug]
        return item

    def _row(self, table: Table, row: dict[str, Any], *, skip: set[str] | frozenset[str] = frozenset()) -> Any:
        """An unsaved instance for a row. Raises ImportPersonError if a value is missing or wrong."""
        item: Any = table.model()
        names = set()
        for column in table.fields:
            names.add(column.name)
            if column.name in skip or (column.name in table.later and column.name not in row):
                continue
            where = f"{table.name}: {column.name}"
            if column.name not in row:
                raise ImportPersonError(f"{where} is missing")
            value = row[column.name]
            if column.primary_key and table.name not in _BY_ASSESSMENT:
                item.pk = self.ids[table.name][str(uuid.UUID(value))]
            elif isinstance(column, ForeignKey):
                setattr(item, column.attname, self._reference(where, column, value))
            else:
                setattr(item, column.name, _value(where, column, value))
        item.organisation_id = self.user.home_id
        if hasattr(item, "owner_id"):
            item.owner = self.user
        if isinstance(item, EvidenceEntry) and not _is_texts(item.competencies):
            raise ImportPersonError("evidence: competencies is a list of names")
        others = [column.name for column in table.model._meta.concrete_fields if isinstance(column, ForeignKey)]  # noqa: SLF001
        _cleaned(table.name, item, exclude=[*others, "id"])
        return item

    def _reference(self, where: str, column: Any, value: Any) -> uuid.UUID | None:
        if value is None and column.null:
            return None
        name = next((t.name for t in TABLES if t.model is column.related_model and t.name != "outcomes"), "")
        found = self.ids.get(name, {}).get(str(_uuid(where, value)))
        if found is None:
            raise ImportPersonError(f"{where} names a row that is not in the file")
        return found


def _value(where: str, column: Any, value: Any) -> Any:
    if value is None:
        if not column.null:
            raise ImportPersonError(f"{where} is empty")
        return None
    if isinstance(column, JSONField):
        return value
    if isinstance(column, DateTimeField):
        return _moment(where, value)
    if isinstance(value, dict | list):
        raise ImportPersonError(f"{where} can't be read")
    try:
        read = column.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise ImportPersonError(f"{where} can't be read") from error
    if isinstance(column, DateField) and not EARLIEST <= read <= LATEST:
        raise ImportPersonError(f"{where} is no date of this century")
    if column.name in {"happened_on", "done_on"} and read > timezone.localdate() + GRACE:
        raise ImportPersonError(f"{where} is in the future")
    return read


def _moment(where: str, value: Any) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(value).astimezone(datetime.UTC) if _has_zone(value) else None
    except (TypeError, ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ImportPersonError(f"{where} is no time with its zone")
    if moment > timezone.now() + GRACE or moment.year < EARLIEST.year:
        raise ImportPersonError(f"{where} is in the future, or before {EARLIEST.year}")
    return moment


def _has_zone(value: str) -> bool:
    return timezone.is_aware(datetime.datetime.fromisoformat(value))


def _uuid(where: str, value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (TypeError, ValueError, AttributeError):
        raise ImportPersonError(f"{where} is no id") from None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(isinstance(text, str) for text in value)


def _cleaned(where: str, item: Model, *, exclude: list[str]) -> None:
    """Validate the values, except nulls and JSON: those were checked before, and `blank=False` would refuse them."""
    columns = item._meta.concrete_fields  # noqa: SLF001
    seen = {column.name for column in columns if isinstance(column, JSONField) or getattr(item, column.attname) is None}
    try:
        item.clean_fields(exclude={*exclude, *seen})
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        raise ImportPersonError(f"{where}: {name}: {sentences[0]}") from error
