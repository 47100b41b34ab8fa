"""The ladder as a picture: what stands where, for the shipped ladder and for others."""

import re
import xml.etree.ElementTree as ET
from typing import Any

from django.template.loader import render_to_string

from ladder.document.format import LadderDocument
from ladder.pages.picture import Picture, RungMark, fitting, picture
from ladder.rubric import Rubric
from tests.factories import shipped_ladder

SHIPPED = Rubric(shipped_ladder(), 1)
IC, MANAGER = "individual-contributor", "manager"


def drawn(rubric: Rubric = SHIPPED, **options: Any) -> Picture:
    return picture(rubric, title="The ladder", description="All of it.", **options)


def rungs(found: Picture) -> dict[str, RungMark]:
    return {rung.level.slug: rung for rung in found.rungs}


def markup(found: Picture) -> str:
    return render_to_string("components/ladder.svg.html", {"picture": found})


def with_tracks(*tracks: tuple[str, bool, int]) -> Rubric:
    """A ladder of other shape: (track, trunk?, number of levels)."""
    document = shipped_ladder().document()
    first = document["levels"][0]
    levels = [
        {**first, "slug": f"{slug}-{n}", "track": slug, "band": n + (1 if trunk else 10), "title": f"{slug} {n}"}
        for slug, trunk, count in tracks
        for n in range(count)
    ]
    document |= {
        "tracks": [{"slug": slug, "title": slug, "summary": slug, "trunk": trunk} for slug, trunk, _ in tracks],
        "levels": levels,
        "links": [],
        "expectations": {level["slug"]: document["expectations"]["pm"] for level in levels},
    }
    return Rubric(LadderDocument.model_validate(document), 1)


def test_one_trunk_and_two_columns_with_bands_side_by_side() -> None:
    found = rungs(drawn())
    assert len(found) == 9
    assert found["staff-pm"].y == found["group-pm"].y
    assert found["principal-pm"].y == found["director"].y
    climb = [found[slug].y for slug in ("apm", "pm", "senior-pm", "group-pm", "director", "vp-product", "cpo")]
    assert climb == sorted(climb, reverse=True)
    assert len(set(climb)) == 7
    assert found["apm"].left == found["senior-pm"].left
    assert found["staff-pm"].right < found["group-pm"].left
    # The trunk stands between the two columns.
    assert found["staff-pm"].left < found["apm"].left < found["group-pm"].left


def test_everything_stands_within_the_picture() -> None:
    found = drawn(links=True, places={IC: (None, "pm"), MANAGER: (None, "pm")}, targets=["apm"])
    for rung in found.rungs:
        assert 0 < rung.left < rung.right < found.width
        assert 0 < rung.label_y < rung.y < found.height
    for rail in found.rails:
        numbers = [int(number) for number in re.findall(r"-?\d+", rail)]
        assert min(numbers) >= 0
        assert max(numbers) <= max(found.width, found.height)
    for caption in (*found.doors, *found.tracks, found.foot):
        assert caption is not None
        assert 0 < caption.x < found.width
        assert 0 < caption.y < found.height


def places(ic: tuple[str | None, str], manager: tuple[str | None, str]) -> tuple[dict[str, RungMark], dict[str, str]]:
    """The rungs of a picture with these places, and which of them bear a mark."""
    found = rungs(drawn(places={IC: ic, MANAGER: manager}))
    return found, {slug: rung.place for slug, rung in found.items() if rung.place}


def test_a_settled_place_is_one_mark_and_a_range_says_at_least_and_at_most() -> None:
    found, marks = places(("senior-pm", "senior-pm"), ("senior-pm", "senior-pm"))
    assert marks == {"senior-pm": "here"}
    assert {slug for slug, rung in found.items() if rung.state == "met"} == {"apm", "pm", "senior-pm"}
    found, marks = places(("pm", "staff-pm"), ("pm", "senior-pm"))
    assert marks == {"pm": "least", "staff-pm": "most"}
    assert found["senior-pm"].state == found["staff-pm"].state == "maybe"
    assert found["group-pm"].state == "open"
    # Above the fork each track has its own.
    marks = places(("principal-pm", "principal-pm"), ("group-pm", "director"))[1]
    assert marks == {"principal-pm": "here", "group-pm": "least", "director": "most"}


def test_before_the_first_level_the_mark_stands_at_the_foot() -> None:
    settled, open_ = (drawn(places={IC: (None, high), MANAGER: (None, high)}) for high in (None, "apm"))
    assert settled.foot is not None
    assert open_.foot is not None
    assert settled.foot.kind == "here"
    assert open_.foot.kind == "least"
    assert not [rung for rung in settled.rungs if rung.place]
    assert settled.foot.y > max(rung.y for rung in settled.rungs)
    assert drawn().foot is None
    # A level that the ladder does not know counts as before the first.
    assert drawn(places={IC: ("before-first", "gone"), "gone": ("apm", "apm")}).foot is not None


def test_notes_targets_and_captions_stand_at_their_rungs() -> None:
    svg = markup(
        drawn(targets=["staff-pm", "group-pm"], notes={"staff-pm": "2 must-haves away"}, captions={"apm": "Entry"})
    )
    assert "2 must-haves away" in svg
    assert "Entry" in svg
    # Where nothing else is said of a target, the word says it.
    assert svg.count("your target") == 1
    assert svg.count('class="target"') == 2
    assert "<b>" not in markup(drawn(notes={"apm": "<b>"}))


def test_a_picture_without_links_is_one_image_with_its_description() -> None:
    root = ET.fromstring(markup(drawn(key="mine")))  # noqa: S314  - our own template
    assert root.attrib["role"] == "img"
    names = root.attrib["aria-labelledby"].split()
    said = {node.attrib["id"]: node.text for node in root.iter() if "id" in node.attrib}
    assert [said[name] for name in names] == ["The ladder", "All of it."]
    assert not [node for node in root.iter() if node.tag.endswith("}a")]


def test_a_picture_with_links_leads_to_every_level_and_out_of_the_ladder() -> None:
    root = ET.fromstring(markup(drawn(links=True)))  # noqa: S314  - our own template
    links = [node.attrib["href"] for node in root.iter() if node.tag.endswith("}a")]
    assert {f"/ladder/levels/{slug}/" for slug in SHIPPED.levels} <= set(links)
    assert sum(link.startswith("/ladder/paths/#") for link in links) == 3
    # Crossings have heads where one may cross to.
    assert sorted(len(crossing.heads) for crossing in drawn(links=True).crossings) == [1, 2]
    assert drawn().crossings == ()
    # The page's own list is what keyboards and screen readers use.
    assert root.attrib["aria-hidden"] == "true"
    assert all(node.attrib["tabindex"] == "-1" for node in root.iter() if node.tag.endswith("}a"))


def test_colours_stand_in_attributes_so_that_print_needs_no_style_sheet() -> None:
    svg = markup(drawn(places={IC: ("pm", "senior-pm"), MANAGER: ("pm", "senior-pm")}, targets=["staff-pm"]))
    assert "var(" not in svg
    assert "style=" not in svg
    # Words have the ink of the whole picture where they say nothing else.
    assert re.search(r"<svg[^>]*\sfill=", svg)
    for shape in re.findall(r"<(?:path|rect|circle)\b[^>]*>", svg):
        assert "fill=" in shape or "stroke=" in shape, shape


def test_any_shape_of_ladder_can_be_drawn() -> None:
    for width, shape in (
        (156, [("a", True, 2)]),
        (156, [("a", True, 1), ("b", False, 2)]),
        (564, [("a", True, 3), ("b", False, 2), ("c", False, 1), ("d", False, 4)]),
        (360, [("b", False, 2), ("c", False, 3)]),
    ):
        found = drawn(with_tracks(*shape), links=True)
        assert found.width == width
        assert len(found.rungs) == sum(count for _, _, count in shape)
        # No two rungs lie on each other.
        assert len({(rung.left, rung.y) for rung in found.rungs}) == len(found.rungs)
        assert found.rails
        assert all(rung.y > 0 for rung in found.rungs)


def test_long_titles_are_cut_and_short_ones_are_not() -> None:
    assert fitting("Senior PM", 124, 8) == "Senior PM"
    cut = fitting("Senior Product Manager of Everything", 124, 8)
    assert len(cut) == 15
    assert cut.endswith("…")
