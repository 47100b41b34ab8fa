"""Sentences made from facts of the ladder: headings over pictures, and descriptions for people who can't see them."""

from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ladder.document.format import Competency, Level
from ladder.document.kinds import MUST_HAVE
from ladder.pages.comparing import Comparison
from ladder.pages.places import OwnPlace
from ladder.rubric import Rubric


def listing(names: Sequence[str]) -> str:
    """ "Strategy, Influence and Mentoring"."""
    return get_text_list(list(names), _("and"))


def number(count: int) -> str:
    """A small number as a word."""
    return str(apnumber(count))


def met_when(rubric: Rubric) -> str:
    """When a level is met, in a sentence."""
    said = {"readiness": rubric.meets_percent}
    if rubric.has_must_haves:
        return _("A level is met when every must-have is met and readiness reaches %(readiness)d %%.") % said
    return _("A level is met when readiness reaches %(readiness)d %%.") % said


def close_when(rubric: Rubric) -> str:
    """When a level that is not met is close, in a sentence that follows the one above."""
    policy = rubric.ladder.policy
    said = {"readiness": policy.close_at, "most": policy.close_max_blockers, "short": policy.close_max_short}
    if not rubric.has_must_haves:
        return _("It is close from %(readiness)d %% on.") % said
    if not policy.close_max_blockers or not policy.close_max_short:
        return _("It is close from %(readiness)d %% on, with no must-have short.") % said
    close = ngettext(
        "It is close from %(readiness)d %% on, with at most %(most)d must-have short",
        "It is close from %(readiness)d %% on, with at most %(most)d must-haves short",
        policy.close_max_blockers,
    )
    never = ngettext(
        "never by more than %(short)d step.", "never by more than %(short)d steps.", policy.close_max_short
    )
    return f"{close}, {never}" % said


def describe_ladder(rubric: Rubric) -> str:
    """The picture of the ladder in words, lowest level first."""
    trunk = listing([level.short_title for level in rubric.trunk])
    tracks = [
        _("%(track)s with %(levels)s")
        % {
            "track": rubric.tracks[slug].title,
            "levels": listing([level.short_title for level in rubric.own_levels[slug]]),
        }
        for slug in rubric.paths
    ]
    if len(tracks) == 1 and not trunk:
        trunk = listing([level.short_title for levels in rubric.paths.values() for level in levels])
        tracks = []
    if not tracks:
        return _("The rungs from the bottom up: %(trunk)s.") % {"trunk": trunk}
    if not trunk:
        return _("Rails side by side: %(tracks)s.") % {"tracks": "; ".join(tracks)}
    return _("The trunk from the bottom up: %(trunk)s. Above it the rails part: %(tracks)s.") % {
        "trunk": trunk,
        "tracks": "; ".join(tracks),
    }


def map_title(rubric: Rubric) -> str:
    """What the map shows: levels one above the other, a trunk with its rails, or rails side by side."""
    rails = len(rubric.paths)
    if rails < 2:
        count = len(rubric.levels)
        return ngettext("One level", "%(n)s levels, one above the other", count) % {"n": capfirst(number(count))}
    if not rubric.trunk:
        return _("%(n)s rails side by side") % {"n": capfirst(number(rails))}
    said = {"n": number(rails), "level": rubric.trunk[-1].short_title}
    if any(rubric.crossings.values()):
        return _("One trunk, %(n)s rails after %(level)s, and ways across") % said
    return _("One trunk, and %(n)s rails after %(level)s") % said


def tracks_question(rubric: Rubric) -> str:
    """ "Individual contributor or people manager?" In English, titles within the sentence lose their capital."""
    titles = [rubric.tracks[slug].title for slug in rubric.paths]
    if rubric.ladder.language.startswith("en"):
        # Not that of "IC" or "UX writer".
        titles[1:] = [title[:1].lower() + title[1:] if title[1:2].islower() else title for title in titles[1:]]
    return _("%(tracks)s?") % {"tracks": get_text_list(titles, _("or"))}


def place_sentences(rubric: Rubric, own: OwnPlace) -> list[str]:
    """A sentence for each track on where the newest report puts a person; a single one while all are on the trunk."""
    ranges = own.ranges
    if not ranges:
        return [_("it is too early to name your place.")]
    trunk = {level.slug for level in rubric.trunk} | {None}
    if len(set(ranges.values())) == 1 and trunk.issuperset(next(iter(ranges.values()))):
        low, high = next(iter(ranges.values()))
        return [_range_sentence(rubric, low, high)]
    return [
        _("%(track)s: %(sentence)s")
        % {"track": rubric.tracks[track].title, "sentence": _range_sentence(rubric, low, high)}
        for track, (low, high) in ranges.items()
    ]


def _range_sentence(rubric: Rubric, low: str | None, high: str | None) -> str:
    names = {slug: rubric.levels[slug].title for slug in (low, high) if slug}
    if low is None and high is None:
        return _("you are on the way to the first level.")
    if low == high:
        return _("you stand at %(level)s.") % {"level": names[low or ""]}
    if low is None:
        return _("you stand at %(high)s, or are on your way there: open answers decide.") % {"high": names[high or ""]}
    return _("you stand at %(low)s or %(high)s: open answers decide.") % {
        "low": names[low],
        "high": names[high or ""],
    }


def must_haves_finding(rubric: Rubric, must_haves: Sequence[Competency]) -> str:
    """The heading above what a level expects."""
    if not rubric.has_must_haves:
        return _("What it expects")
    if not must_haves:
        return _("No must-haves here: what counts is the whole")
    return ngettext("%(count)s must-have: %(names)s", "%(count)s must-haves: %(names)s", len(must_haves)) % {
        "count": capfirst(number(len(must_haves))),
        "names": listing([item.name for item in must_haves]),
    }


def one_job_sentences(rubric: Rubric, slug: str) -> list[str]:
    """That a level and others are one job in a small company, for each such job of the ladder."""
    return [
        _("In a small company, %(levels)s are one job: %(title)s.")
        % {"levels": listing([rubric.levels[item].title for item in job.levels]), "title": job.title}
        for job in rubric.ladder.one_job
        if slug in job.levels
    ]


def programme_sentence(rubric: Rubric, level: Level) -> str:
    """That a programme at this level ends in the next one; empty for a level without."""
    following = [rubric.levels[slug].title for slug in rubric.next_levels[level.slug]]
    if not level.programme or not following:
        return ""
    return _("A programme at this level ends by itself in the next one: %(levels)s.") % {
        "levels": get_text_list(following, _("or"))
    }


def comparison_finding(found: Comparison) -> str:
    """The result of a comparison in one line."""
    parts = [
        ngettext("%(n)s competency grows", "%(n)s competencies grow", len(found.grows))
        % {"n": number(len(found.grows))}
    ]
    if found.new_must_haves:
        count = len(found.new_must_haves)
        parts.append(ngettext("%(n)s must-have is new", "%(n)s must-haves are new", count) % {"n": number(count)})
    if found.asks_less:
        count = len(found.asks_less)
        parts.append(ngettext("%(n)s asks for less", "%(n)s ask for less", count) % {"n": number(count)})
    return _("%(one)s to %(other)s: %(parts)s") % {
        "one": found.one.short_title,
        "other": found.other.short_title,
        "parts": listing(parts),
    }


def standing_finding(rubric: Rubric, competency: Competency) -> str:
    """The heading above the dots of a competency."""
    cells = {level.slug: rubric.expectation(level.slug, competency.slug) for level in rubric.ladder.levels}
    must_haves = [rubric.levels[slug].short_title for slug, cell in cells.items() if cell.weight == MUST_HAVE]
    if must_haves:
        return _("A must-have for %(levels)s") % {"levels": listing(must_haves)}
    highest = max(cell.step for cell in cells.values())
    top = [rubric.levels[slug].short_title for slug, cell in cells.items() if cell.step == highest]
    if not rubric.has_must_haves:
        return _("It rises to step %(step)s") % {"step": highest}
    if len(top) > 3:
        return _("Not a must-have anywhere; it rises to step %(step)s") % {"step": highest}
    return ngettext(
        "Not a must-have anywhere; %(levels)s asks most, step %(step)s",
        "Not a must-have anywhere; %(levels)s ask most, step %(step)s",
        len(top),
    ) % {"levels": listing(top), "step": highest}


def describe_standing(rubric: Rubric, competency: Competency) -> str:
    """The dots of a competency in words, level by level."""
    said = []
    for level in rubric.ladder.levels:
        cell = rubric.expectation(level.slug, competency.slug)
        if not cell.weight:
            sentence = _("%(level)s: not expected")
        elif cell.weight == MUST_HAVE:
            sentence = _("%(level)s: step %(step)s, a must-have")
        else:
            sentence = _("%(level)s: step %(step)s")
        said.append(sentence % {"level": level.short_title, "step": cell.step})
    return "; ".join(said) + "."
