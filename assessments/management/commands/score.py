"""manage.py score – applies the scoring rule to a file of answers."""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from assessments.report.words import hole_sentence, place_sentence
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import RULE, Result, ScoringError
from ladder.document.files import LadderError, read_ladder
from ladder.models import LadderVersion, rubric_of
from ladder.rubric import Rubric

MAX_BYTES = 1_000_000


class Command(BaseCommand):
    help = (
        "Score answers against a ladder. ANSWERS is a JSON file, or - for standard input; a report's .json works too."
    )
    # System checks would ask for a database; scoring must work before there is one.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ladder", default=settings.DEFAULT_LADDER, help="slug of a loaded or shipped ladder, or a path"
        )
        parser.add_argument("--framework-version", type=int, help="of a loaded ladder; the newest by default")
        parser.add_argument("--answers", required=True)
        parser.add_argument("--held", help="slug of the level held")
        parser.add_argument("--target", action="append", help="slug of a level to look at; may be given more than once")
        parser.add_argument("--specialisation")
        parser.add_argument("--format", choices=["json", "text"], default="json")

    def handle(self, **options: Any) -> None:
        try:
            document = _read(options["answers"])
            rubric = _rubric(options["ladder"], options["framework_version"] or _version_of(document))
            answers = document["answers"] if _is_report(document) else document
            known = _choices_of(document) if _is_report(document) else {}
            result = score(
                scoring_ladder(rubric),
                answers,
                held=options["held"] or known.get("held"),
                targets=options["target"] or (known.get("targets") if not options["held"] else None),
                specialisation=options["specialisation"] or known.get("specialisation"),
            )
        except (ScoringError, LadderError, _InputError) as error:
            raise CommandError(" ".join(str(error).split()), returncode=2) from error
        if _is_report(document) and document.get("rule", 1) < RULE:
            self.stderr.write(f"This report was made with rule 1; below is what rule {RULE} says of the same answers.")
        if options["format"] == "json":
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
        else:
            for line in _lines(rubric, result):
                self.stdout.write(line)


class _InputError(ValueError):
    pass


def _read(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read(MAX_BYTES + 1) if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise _InputError(f"{name} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise _InputError(f"{name} is not UTF-8 text") from error
    if len(text) > MAX_BYTES:
        raise _InputError(f"{name} is larger than {MAX_BYTES} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _InputError(f"{name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _InputError(f'{name} holds no object such as {{"strategy": 3}}')
    return document


def _is_report(document: dict[str, Any]) -> bool:
    return isinstance(document.get("answers"), dict)


def _choices_of(report: dict[str, Any]) -> dict[str, Any]:
    """Level, targets and specialisation of a report's file."""
    for name in ("held", "specialisation"):
        if not isinstance(report.get(name), str | None):
            raise _InputError(f'"{name}" of a report is a text or null')
    if type(report.get("rule", 1)) is not int:
        raise _InputError('"rule" of a report is a whole number')
    targets = report.get("targets")
    if targets is not None and not (isinstance(targets, list) and all(isinstance(slug, str) for slug in targets)):
        raise _InputError('"targets" of a report is a list of texts')
    return report


def _version_of(document: dict[str, Any]) -> int | None:
    """The ladder version a report was made with: another one could score the same answers differently."""
    ladder_version = document.get("ladder", document.get("framework")) if _is_report(document) else None
    version = ladder_version.get("version") if isinstance(ladder_version, dict) else None
    return version if isinstance(version, int) else None


def _rubric(name: str, version: int | None) -> Rubric:
    """A loaded ladder by its slug; else the shipped one of that name; else the files at that path."""
    try:
        loaded = LadderVersion.objects.built_in().exclude(status=LadderVersion.Status.DRAFT)
        versions = loaded.filter(slug=name).order_by("-version")
        ladder_version = next((item for item in versions if version in {None, item.version}), None)
        if ladder_version:
            return rubric_of(ladder_version.pk)
        if version is not None and versions:
            raise _InputError(f"there is no version {version} of the ladder '{name}'")
    except DatabaseError:
        pass  # no database, or none yet: the files will do
    for path in (settings.BASE_DIR / "fixtures" / "ladders" / name, Path(name)):
        if path.exists():
            ladder, _ = read_ladder(path)
            return Rubric(ladder=ladder, version=ladder.version or 1)
    raise _InputError(f"there is no ladder '{name}'")


def _lines(rubric: Rubric, result: Result) -> Any:
    for slug, level in result.levels.items():
        low, high = (f"{float(Fraction(end)):.1%}" for end in (level.readiness.low, level.readiness.high))
        yield f"{rubric.levels[slug].title}: readiness {low} to {high}, {level.verdict.low} to {level.verdict.high}"
    for track, place in result.places.items():
        yield f"{rubric.tracks[track].title}: {place_sentence(rubric, result, track)}"
        yield from (hole_sentence(rubric, result, slug) for slug in place.holes)
