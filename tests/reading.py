"""How hard texts are to read, by room: the Flesch-Kincaid grade, which is the years of school that a text takes.

The ladder's rooms are the parts of its files, the site's are its apps. Of the site only whole sentences count: labels
are too short to be hard, and would make it look easier than it is.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import textstat_rs

from ladder.document.wording import words
from tests.factories import shipped_ladder

ROOT = Path(__file__).resolve().parent.parent
APPS = ("people", "ladder", "assessments", "growth", "config")
HIGHEST = 9
TRANSLATED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
BLOCK = re.compile(r"{%\s*blocktranslate\b.*?%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)
TAG = re.compile(r"{%\s*translate\s+\"([^\"]*)\"")
# A name or a number, as the reader will see one.
FILLED_IN = re.compile(r"{{.*?}}|%\(\w+\)[sd]|{\w+}")


@cache
def rooms() -> dict[str, tuple[str, ...]]:
    """Texts by room."""
    return {**{name: tuple(found) for name, found in ladder_rooms().items()}, **site_rooms()}


def ladder_rooms() -> dict[str, list[str]]:
    pm = shipped_ladder()
    steps = [(competency, step) for competency in pm.competencies for step in competency.described]
    levels = [
        text
        for level in pm.levels
        for text in (level.sentence, level.changes, level.note, *level.responsibilities, *level.success)
    ]
    levels += [skill.text for level in pm.levels for skill in level.growth]
    notes = [text for level in pm.levels for text in vars(level.notes).values()]
    asking = [*pm.ambiguous_titles, *pm.other_professions]
    ways = [*pm.ways_in, *pm.ways_across, *pm.beyond]
    return {
        "short sentences": [competency.short[step - 1] or "" for competency, step in steps],
        "full sentences": [competency.full[step - 1] or "" for competency, step in steps],
        "small-company readings": [competency.small_company[step - 1] or "" for competency, step in steps],
        "questions of the quiz": [competency.question for competency in pm.competencies],
        "competencies": [competency.summary for competency in pm.competencies],
        "actions": [action.text for action in pm.actions],
        "levels": [text for text in levels if text],
        "notes": [text for text in notes if text],
        "milestones": [milestone.text for milestone in pm.milestones],
        "paths": [text for way in ways for text in whole_texts(way.model_dump())],
        "questions people ask": [text for item in pm.questions for text in (item.question, *whole_texts(item.answer))],
        "specialisations": [text for item in pm.specialisations for text in (item.summary, item.why or "")],
        "titles": [text for item in asking for text in whole_texts(item.model_dump())],
        "the ladder itself": [text for item in (pm, *pm.tracks, *pm.areas) for text in whole_texts(item.summary)],
        "stories": [text for story in pm.stories for text in (story.text, *story.why.values())],
    }


def whole_texts(value: object) -> Iterator[str]:
    """The sentences of a part of a ladder: names and slugs have no full stop."""
    if isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from whole_texts(item)
    elif isinstance(value, str) and value.rstrip().endswith((".", "?", "!")):
        yield value


def site_rooms() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {f"pages of {app}/": [] for app in APPS}
    for path in (ROOT / "templates").rglob("*.*"):
        app = path.relative_to(ROOT / "templates").parts[0]
        text = path.read_text(encoding="utf-8")
        found[f"pages of {app if app in APPS else 'people'}/"] += [
            part for block in BLOCK.findall(text) for part in re.split(r"{%\s*plural\s*%}", block)
        ] + TAG.findall(text)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            found[f"pages of {app}/"] += messages(path)
    return {room: tuple(text for text in map(as_read, texts) if is_sentence(text)) for room, texts in found.items()}


def messages(path: Path) -> Iterator[str]:
    """The texts that a module has translated."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args) if name in TRANSLATED:
                yield from (arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def as_read(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", FILLED_IN.sub("Robin", text)).replace("%%", "%").split())


def is_sentence(text: str) -> bool:
    return text.endswith((".", "?", "!")) and len(words(text)) > 3


def grade(texts: Iterable[str]) -> float:
    """Years of school, of all of them as one text."""
    sentences = (text if text[-1] in ".?!" else f"{text}." for text in texts if text)
    return float(textstat_rs.flesch_kincaid_grade(" ".join(sentences)))


def table() -> Iterator[str]:
    yield from (
        "## How hard the texts are to read",
        "",
        "By room, as the years of school that they take (Flesch-Kincaid, by the package textstat-rs). A test holds",
        f"each at {HIGHEST} or less.",
        "",
        "| texts | words | grade |",
        "|---|---:|---:|",
    )
    for room, texts in rooms().items():
        if texts and any(texts):
            yield f"| {room} | {sum(len(words(text)) for text in texts):,} | {grade(texts):.1f} |"
