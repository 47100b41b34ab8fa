"""People made up from what the guides of the field say, really scored; written down in docs/people-tried.md.

python -m tests.assessments.report.people    writes the page
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from ruamel.yaml import YAML

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

from assessments.report import words
from assessments.report.inputs import Inputs
from assessments.report.letter import Letter
from assessments.report.report import Report, build_report
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.rubric import Rubric
from tests.factories import exact_profile, shipped_ladder
from tests.reading import table

PAGE = Path(__file__).resolve().parents[3] / "docs/people-tried.md"
RUBRIC = Rubric(ladder=shipped_ladder(), version=1)


@dataclass(frozen=True)
class Person:
    """One of them. `says` is what the report has to say, `field` what the field says of somebody like them."""

    slug: str
    name: str
    about: str
    held: str | None
    wishes: tuple[str, ...]
    specialisation: str | None
    answers: Mapping[str, Answer]
    small_company: bool
    programme: bool
    field: str
    says: Mapping[str, Any]

    @property
    def report(self) -> Report:
        inputs = Inputs(
            rubric=RUBRIC,
            answers=self.answers,
            held=self.held,
            targets=self.wishes,
            specialisation=self.specialisation,
            small_company=self.small_company,
            programme=self.programme,
        )
        return build_report(inputs)


def answers_of(said: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers in ladder order."""
    found = exact_profile(said["exactly"]) if "exactly" in said else {}
    if "throughout" in said:
        found = dict.fromkeys(RUBRIC.competencies, said["throughout"])
    for step, slugs in said.get("answers", {}).items():
        found |= dict.fromkeys(slugs.split(), step)
    assert set(found) <= set(RUBRIC.competencies)
    return {slug: found[slug] for slug in RUBRIC.competencies if slug in found}


def everybody() -> list[Person]:
    read = YAML(typ="safe").load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return [
        Person(
            **{key: said[key] for key in ("slug", "name", "about", "held", "field", "says")},
            wishes=tuple(said["wishes"]),
            specialisation=said.get("specialisation"),
            small_company=said.get("small_company", False),
            programme=said.get("programme", False),
            answers=answers_of(said),
        )
        for said in read["people"]
    ]


def said_by(report: Report) -> dict[str, Any]:
    """What a report says, in the form of `says`."""
    letter = Letter(report)
    return {
        "headline": f"{letter.title} {letter.lede}".strip(),
        "places": [side.place for side in report.sides],
        "verdicts": [f"{item.level.short_title} {item.readiness}: {item.verdict}" for item in report.summaries],
        "holes": report.holes,
        "aims": list(report.result.aims),
        "first": letter.next.title if letter.next else report.firmness,
        "because": letter.next.because if letter.next else "",
    }


def page() -> str:
    return "\n".join([people_tried(), *table(), ""])


def people_tried() -> str:
    """The page but for the table at its end."""
    return "\n".join([*INTRODUCTION, *(line for person in everybody() for line in lines_of(person))])


INTRODUCTION = [
    "# People tried",
    "",
    "Nine made-up people: what they answer, what their report says, and what the field says of somebody like them, in",
    "our own words. `tests/assessments/report/people.yaml` has the answers, a test holds what the reports say, and",
    "`python -m tests.assessments.report.people` writes this page.",
    "",
]


def lines_of(person: Person) -> Iterator[str]:
    report = person.report
    said, levels = said_by(report), RUBRIC.levels
    held = levels[person.held].title if person.held else "says none"
    yield from (f"## {person.name}", "", person.about, "")
    yield from ("| what | |", "|---|---|")
    yield f"| level held; wishes | {held}; {', '.join(levels[slug].title for slug in person.wishes) or 'none'} |"
    if person.specialisation:
        yield f"| specialisation | {RUBRIC.specialisations[person.specialisation].title} |"
    yield f"| answers | {'; '.join(answer_lines(person.answers))} |"
    yield f"| the report’s headline | {said['headline']} |"
    tracks = zip(RUBRIC.paths, said["places"], strict=True)
    yield f"| place on each track | {'; '.join(f'{RUBRIC.tracks[track].title}: {place}' for track, place in tracks)} |"
    yield f"| readiness and verdict | {'; '.join(said['verdicts'])} |"
    if said["holes"]:
        yield f"| further down | {' '.join(said['holes'])} That does not lower your place. |"
    yield f"| what it takes | {report.aim} |"
    yield f"| what to do first | {first_words(report)} |"
    if report.exposure:
        asked = words.names(RUBRIC, [item.slug for item, _ in report.exposure[:3]])
        more = f", and {len(report.exposure) - 3} more" if len(report.exposure) > 3 else ""
        yield f"| to ask a chance for | {asked}{more} |"
    yield f"| **the field says** | {person.field} |"
    yield ""


def first_words(report: Report) -> str:
    """The three things, the first with its reason and how it is done."""
    things = Letter(report).things
    if not things:
        return report.firmness
    first, *more = things
    how = f" {first.action.text}" if first.action else ""
    rest = "".join(f" Then: *{thing.title}* ({thing.in_short})." for thing in more)
    return f"*{first.title}.* {first.because}{how}{rest}"


def answer_lines(answers: Mapping[str, Answer]) -> Iterator[str]:
    """The competencies by answer, the lowest first."""
    if len(set(answers.values())) == 1 and len(answers) == len(RUBRIC.competencies):
        yield f"all {len(answers)} at {answer_words(next(iter(answers.values())))}"
        return
    for answer in sorted(set(answers.values()), key=lambda said: -1 if said == NO_CHANCE else int(said), reverse=True):
        slugs = [RUBRIC.competencies[slug].name for slug, said in answers.items() if said == answer]
        yield f"**{answer_words(answer)}** {', '.join(slugs)}"


def answer_words(answer: Answer) -> str:
    return "no chance so far" if answer == NO_CHANCE else str(answer)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
