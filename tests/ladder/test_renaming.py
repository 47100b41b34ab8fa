"""Parts of a ladder change their slugs: what people said, and old addresses, go on under the new ones."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ladder.document.files import to_yaml
from ladder.document.format import LadderDocument
from ladder.models import LadderVersion, load, rubric_of
from ladder.publishing import with_earlier_names
from ladder.rubric import Rubric
from tests.commands import refusal

SLUGS = "abcdef"


def small(*competencies: tuple[str, list[str]], **fields: Any) -> LadderDocument:
    """A ladder with these competencies: slug and those that it had before."""
    parts = [{"slug": slug, "was": was, "name": slug.upper(), "full": ["x", "y"]} for slug, was in competencies]
    levels = [{"title": "One"}, {"title": "Two"}]
    return LadderDocument.model_validate(
        {"slug": "small", "title": "Small", "levels": levels, "competencies": parts, **fields}
    )


def names(here: LadderDocument, there: LadderDocument, versions: tuple[int, int] = (1, 2)) -> dict[str, str]:
    return dict(Rubric(here, versions[0]).names_in(Rubric(there, versions[1])).competencies)


def test_a_renamed_part_is_the_same_in_both_directions_also_over_several_versions() -> None:
    first, second, third = small(("a", []), ("b", [])), small(("c", ["a"]), ("b", [])), small(("b", []), ("d", ["c"]))
    third = with_earlier_names(third, with_earlier_names(second, first))
    # The file of the third version says nothing of the first slug.
    assert third.competencies[1].was == ("c", "a")
    assert names(first, third) == {"a": "d", "b": "b"}
    assert names(third, first) == {"b": "b", "d": "a"}
    assert names(second, third) == {"c": "d", "b": "b"}
    # A rename that is taken back.
    back = with_earlier_names(small(("a", ["d"]), ("b", [])), third)
    assert back.competencies[0].was == ("d", "c")
    assert names(third, back) == {"b": "b", "d": "a"}
    # Said again, or no more, it is the same.
    assert with_earlier_names(small(("b", []), ("d", [])), third) == third
    assert with_earlier_names(third, third) == third


def test_of_two_that_became_one_the_first_that_it_names_counts() -> None:
    two, one = small(("a", []), ("b", [])), small(("c", ["b", "a"]))
    assert (names(two, one), names(one, two)) == ({"b": "c"}, {"c": "b"})
    # What goes on by its own slug is before those.
    one = small(("a", ["b"]))
    assert (names(two, one), names(one, two)) == ({"a": "a"}, {"a": "a"})


LADDERS = st.lists(st.sampled_from(SLUGS), min_size=1, max_size=5, unique=True).flatmap(
    lambda slugs: st.permutations([slug for slug in SLUGS if slug not in slugs]).flatmap(
        lambda olds: st.lists(st.integers(0, len(slugs) - 1), min_size=len(olds), max_size=len(olds)).map(
            lambda owners: small(
                *((s, [old for old, own in zip(olds, owners, strict=True) if slugs[own] == s]) for s in slugs)
            )
        )
    )
)


@given(LADDERS, LADDERS)
def test_answers_to_two_never_fall_on_one_and_both_sides_agree(one: LadderDocument, other: LadderDocument) -> None:
    there = names(one, other)
    assert len(set(there.values())) == len(there)
    assert {slug: theirs for theirs, slug in names(other, one, (2, 1)).items()} == there
    assert list(there) == [item.slug for item in one.competencies if item.slug in there]


@pytest.mark.django_db
def test_a_slug_that_would_lead_to_two_is_refused_by_name(tmp_path: Any) -> None:
    file = tmp_path / "small.yaml"

    def refused(ladder: LadderDocument) -> str:
        file.write_text(to_yaml(ladder.document()), encoding="utf-8")
        return refusal("load_ladder", str(file)).partition("was: ")[2]

    twice = "'x' can’t have become both a and b: name it at the one that goes on with its answers"
    assert refused(small(("a", ["x"]), ("b", ["x"]))) == twice
    # As a slug of another list it is another thing.
    taken = "a can’t have been called 'b', which is another one's slug today: give that one a slug of its own"
    assert refused(small(("a", ["b", "one"]), ("b", []))) == taken
    # Also where only the version before knows it.
    load(small(("a", ["b"])))
    assert refused(small(("a", []), ("b", []))) == taken
    assert LadderVersion.objects.filter(slug="small").count() == 1


@pytest.mark.django_db
def test_a_rename_is_stored_with_the_version_and_its_file_makes_no_other(client: Client, settings: Any) -> None:
    settings.DEFAULT_LADDER = "small"
    cache.clear()
    load(small(("a", [])))
    load(small(("b", ["a"])))
    file = small(("c", ["b"]), levels=[{"title": "One", "was": ["zero"]}, {"title": "Two"}])
    version, made = load(file)
    assert (version.version, made) == (3, True)
    assert load(file) == (version, False)
    assert rubric_of(version.pk).now.competencies == {"a": "c", "b": "c", "c": "c"}
    # Old addresses lead on, with what they ask for.
    for old in ("a", "b"):
        answer = client.get(reverse("show_competency", args=[old]))
        assert (answer.status_code, answer["Location"]) == (302, "/ladder/competencies/c/")
    answer = client.get("/ladder/levels/zero/?with=two")
    assert (answer.status_code, answer["Location"]) == (302, "/ladder/levels/one/?with=two")
    assert client.get("/ladder/levels/two/?with=zero").status_code == 200
    for gone in ("/ladder/competencies/x/", "/ladder/levels/none/"):
        assert client.get(gone).status_code == 404
    assert "/ladder/levels/one/" in client.get("/ladder/search/", {"q": "zero"}).content.decode()
