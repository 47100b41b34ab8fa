"""What job titles mean: a table of titles as people type them, and laws that hold for any text."""

import json
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.document.files import read_ladder
from ladder.titles.titles import TitleAnswer, index_of, look_up, suggest

LADDER = read_ladder(Path("fixtures/ladders/pm"))[0]
LEVELS = {level.slug for level in LADDER.levels}
HEAD = "director group-pm vp-product cpo"
LEAD_PM = "group-pm staff-pm senior-pm"

# Title, status, levels in the order in which they are offered, specialisation.
TITLES = [
    # Spelling, case, punctuation, abbreviations.
    ("product manager", "match", "pm", None),
    ("PRODUCT   MANAGER!!!", "match", "pm", None),
    ("product-manager", "match", "pm", None),
    ("Prod. Mgr.", "match", "pm", None),
    ("p.m.", "match", "pm", None),
    ("Snr Prod Mgr", "match", "senior-pm", None),
    ("Sen. PM", "match", "senior-pm", None),
    ("Jnr. PM", "match", "apm", None),
    ("Jr Product Owner", "match", "apm", None),
    ("Assoc. Product Manager", "match", "apm", None),
    ("V.P. of Product", "match", "vp-product", None),
    ("vice-president, product mgmt", "match", "vp-product", None),
    ("Dir. Product", "match", "director", None),
    ("C.P.O.", "match", "cpo", None),
    ("CPTO", "match", "cpo", None),
    ("Ｐｒｏｄｕｃｔ Ｍａｎａｇｅｒ", "match", "pm", None),
    ("🚀 Product Manager", "match", "pm", None),
    # Order, fillers, plurals.
    ("Manager, Product", "match", "pm", None),
    ("Product Manager (Senior)", "match", "senior-pm", None),
    ("Product Manager, Senior", "match", "senior-pm", None),
    ("Product Management Director", "match", "director", None),
    ("Director - Product Management", "match", "director", None),
    ("Product VP", "match", "vp-product", None),
    ("Chief of Product", "match", "cpo", None),
    ("Associate, Product Management", "match", "apm", None),
    ("Product Managers", "match", "pm", None),
    # Beginners under other names.
    ("Product Manager Intern", "match", "apm", None),
    ("Graduate Product Manager", "match", "apm", None),
    ("Entry-level Product Manager", "match", "apm", None),
    ("Rotational Product Manager", "match", "apm", None),
    # Areas, teams and companies change nothing.
    ("Senior Product Manager, Payments", "match", "senior-pm", None),
    ("Senior Payments Product Manager", "match", "senior-pm", None),
    ("Payments Product Manager", "match", "pm", None),
    ("Head of Product EMEA", "ambiguous", HEAD, None),
    ("Global Head of Product", "ambiguous", HEAD, None),
    ("PM @ Acme - Checkout", "match", "pm", None),
    ("Product Manager at Data Inc", "match", "pm", None),
    ("Product Manager at Staff Co | ex-Principal Ltd", "match", "pm", None),
    ("Director, Payments Product", "match", "director", None),
    ("Lead Generation Product Manager", "match", "pm", None),
    ("Product Manager, Lead Generation", "match", "pm", None),
    ("Product Manager for Staff Tools", "match", "pm", None),
    ("Product Manager, Project Management Tools", "match", "pm", None),
    ("Product Manager, AI Assistant", "match", "pm", "ai"),
    ("Software Engineering Lead and Product Manager", "match", "pm", None),
    ("Senior Engineer and Product Manager", "match", "pm", None),
    ("VP of Engineering and Product", "match", "vp-product", None),
    ("Founder & CPO", "match", "cpo", None),
    ("Chief Product & Technology Officer", "match", "cpo", None),
    # Specialisations.
    ("Sr. Technical Product Mgr II", "match", "senior-pm", "technical"),
    ("Technical Product Manager", "match", "pm", "technical"),
    ("Data Product Manager", "match", "pm", "data"),
    ("Growth PM", "match", "pm", "growth"),
    ("PM @ Acme - Growth", "match", "pm", "growth"),
    ("AI/ML Product Manager", "match", "pm", "ai"),
    ("Product Manager – Machine Learning", "match", "pm", "ai"),
    ("Platform PM", "match", "pm", "platform"),
    ("Principal PM, Infrastructure", "match", "principal-pm", "platform"),
    ("No code PM", "match", "pm", "no-code"),
    ("Director of Technical Product Management", "match", "director", "technical"),
    ("Vice President, Growth Product", "match", "vp-product", "growth"),
    ("Technical Product Owner", "ambiguous", "pm apm", "technical"),
    ("Technical Lead Product Manager", "ambiguous", LEAD_PM, "technical"),
    # Grades.
    ("Product Manager I", "ambiguous", "pm apm", None),
    ("Product Manager II", "match", "pm", None),
    ("PM2 - Checkout", "match", "pm", None),
    ("Product Manager III", "ambiguous", "senior-pm pm", None),
    ("PM 4", "ambiguous", "senior-pm staff-pm group-pm", None),
    ("Senior PM II", "match", "senior-pm", None),
    ("Senior PM III", "ambiguous", "senior-pm staff-pm group-pm", None),
    ("Product Manager, L6", "ambiguous", "pm senior-pm", None),
    ("IC5 Product Manager", "ambiguous", "pm senior-pm", None),
    ("Product Manager, 5G", "match", "pm", None),
    ("Product Manager 360", "match", "pm", None),
    # Titles that mean more than one thing.
    ("PO", "ambiguous", "pm apm", None),
    ("Agile Product Owner", "ambiguous", "pm apm", None),
    ("Senior Product Owner", "ambiguous", "senior-pm pm", None),
    ("Lead Product Owner", "ambiguous", LEAD_PM, None),
    ("Chief Product Owner", "ambiguous", LEAD_PM, None),
    ("Product Team Lead", "ambiguous", "pm group-pm", None),
    ("Senior Product Lead", "ambiguous", "senior-pm group-pm", None),
    ("Senior Product Analyst", "ambiguous", "pm apm", None),
    ("Senior Staff Product Manager", "ambiguous", "staff-pm principal-pm", None),
    ("Staff/Principal PM", "ambiguous", "staff-pm principal-pm", None),
    ("Principal Group PM", "ambiguous", "group-pm principal-pm", None),
    ("Mid-Senior Product Manager", "ambiguous", "senior-pm pm", None),
    ("Senior Director of Product", "ambiguous", "director vp-product", None),
    ("Associate Director of Product", "ambiguous", "group-pm director", None),
    ("SVP Product", "ambiguous", "vp-product cpo", None),
    ("EVP, Product", "ambiguous", "vp-product cpo", None),
    ("VP, Product Manager", "ambiguous", "vp-product pm", None),
    ("Director/VP of Product", "ambiguous", "director vp-product", None),
    ("CPO / VP Product", "ambiguous", "cpo vp-product", None),
    ("Manager, Product Management", "ambiguous", "group-pm pm", None),
    ("Senior Manager, Product", "ambiguous", "group-pm senior-pm", None),
    ("Product Manager Manager", "ambiguous", "group-pm pm", None),
    ("Product Manager Senior Berlin", "ambiguous", "pm senior-pm", None),
    ("Expert Product Manager", "ambiguous", "pm senior-pm", None),
    ("Scrum Master / Product Owner", "ambiguous", "pm apm", None),
    ("TPM", "ambiguous", "pm", "technical"),
    ("Sr. TPM, Payments", "ambiguous", "senior-pm", "technical"),
    # Slips of the pen.
    ("Prodcut Manger", "match", "pm", None),
    ("Senoir Product Manager", "match", "senior-pm", None),
    ("Principle Product Manager", "match", "principal-pm", None),
    ("Assosiate Product Manager", "match", "apm", None),
    ("Directer of Product", "match", "director", None),
    ("Cheif Prodct Oficer", "match", "cpo", None),
    ("Gruop Product Manager", "match", "group-pm", None),
    ("Technicl Product Manager", "match", "pm", "technical"),
    ("Product Onwer", "ambiguous", "pm apm", None),
    # Real words stay what they are.
    ("Stuff Product Manager", "ambiguous", "pm staff-pm", None),
    ("Sensor Product Manager", "match", "pm", None),
    ("Produce Manager", "unknown", "", None),
    ("Production Manager", "unknown", "", None),
    # Other languages.
    ("Produktmanager", "match", "pm", None),
    ("Senior Produktmanagerin (m/w/d)", "match", "senior-pm", None),
    ("Produktmanager:in", "match", "pm", None),
    ("Leiter Produktmanagement", "ambiguous", HEAD, None),
    ("Product Owner (Inhaber)", "ambiguous", "pm apm", None),
    ("Chef de produit", "match", "pm", None),
    ("Directrice Produit", "match", "director", None),
    ("Gerente de Producto Senior", "match", "senior-pm", None),
    ("Product Manager Sênior", "match", "senior-pm", None),
    ("Produktägare", "ambiguous", "pm apm", None),
    ("高级产品经理", "match", "senior-pm", None),
    ("プロダクトマネージャー", "match", "pm", None),
    ("Ingénieur produit", "unknown", "", None),
    # Other professions.
    ("project manager", "other_profession", "", None),
    ("Senior IT Project Manager", "other_profession", "", None),
    ("projct manager", "other_profession", "", None),
    ("Program Manager", "other_profession", "", None),
    ("programme manager", "other_profession", "", None),
    ("Technical Program Manager", "other_profession", "", None),
    ("Director, Program Management", "other_profession", "", None),
    ("Head of Projects", "other_profession", "", None),
    ("Project Manager, Product", "other_profession", "", None),
    ("Product Program Manager", "other_profession", "", None),
    ("PM (Project Manager)", "other_profession", "", None),
    ("Sr. Scrum Master", "other_profession", "", None),
    ("Projektleiter", "other_profession", "", None),
    ("Chef de projet", "other_profession", "", None),
    # What this ladder does not know.
    ("software engineer", "unknown", "", None),
    ("Staff Software Engineer", "unknown", "", None),
    ("marketing manager", "unknown", "", None),
    ("Marketing Manager, Product", "unknown", "", None),
    ("Engineering Manager, Product", "unknown", "", None),
    ("Tech Lead, Product", "unknown", "", None),
    ("Product Marketing Manager", "unknown", "", None),
    ("Director of Product Marketing", "unknown", "", None),
    ("Head of Product Design", "unknown", "", None),
    ("Lead Product Designer", "unknown", "", None),
    ("Product Operations Manager", "unknown", "", None),
    ("Head of ProductOps", "unknown", "", None),
    ("Product Data Analyst", "unknown", "", None),
    ("Senior Product Wizard", "unknown", "", None),
    ("Chief of Staff, Product", "unknown", "", None),
    ("Executive Assistant to the CPO", "unknown", "", None),
    ("Aspiring Product Manager", "unknown", "", None),
    ("Product Manager Recruiter", "unknown", "", None),
    ("manager", "unknown", "", None),
    ("Director", "unknown", "", None),
    ("VP", "unknown", "", None),
    ("senior", "unknown", "", None),
    ("engineer", "unknown", "", None),
    ("Product", "unknown", "", None),
    ("Product Management", "unknown", "", None),
    ("asdfgh qwerty", "unknown", "", None),
    # Hostile.
    ("", "unknown", "", None),
    (" \t\n ", "unknown", "", None),
    ("🚀🚀🚀", "unknown", "", None),
    ("Product\0Manager", "unknown", "", None),
    ("PM\x1b[31m", "unknown", "", None),
    ("\ud800 PM", "unknown", "", None),
    ("Product Manager " * 700, "unknown", "", None),
    ("<script>alert(1)</script>", "unknown", "", None),
    ("'; DROP TABLE levels; --", "unknown", "", None),
    ("{title} {0.__class__} %s", "unknown", "", None),
    ("Product Manager {title}", "match", "pm", None),
    ("../../etc/passwd", "unknown", "", None),
]

# domain.md, "Titles in the wild".
IN_THE_WILD = {
    "apm": "Associate PM, Junior PM, Junior Product Manager, Product Coordinator, Product Analyst, "
    "Junior Product Owner, APM",
    "pm": "Product Manager, PM, Product Owner, Product Specialist, Product Lead, Product Lead (small area), "
    "Mid-level PM",
    "senior-pm": "Senior Product Manager, Senior PM, Sr. PM, SPM",
    "staff-pm": "Staff PM",
    "principal-pm": "Principal PM, Product Architect",
    "group-pm": "Group PM, GPM, Lead Product Manager, Lead PM, Product Lead (of PMs)",
    "director": "Director of Product, Director of Product Management, Head of Product",
    "vp-product": "VP of Product, Vice President of Product Management, VP Product",
    "cpo": "Chief Product Officer, CPO",
}
AMBIGUOUS = {"Product Lead", "Lead PM", "Lead Product Manager", "Head of Product", "Product Owner"}


def levels(answer: TitleAnswer) -> list[str]:
    return [candidate.level for candidate in answer.candidates]


@pytest.mark.parametrize(("query", "status", "expected", "specialisation"), TITLES, ids=lambda value: str(value)[:40])
def test_what_a_title_means(query: str, status: str, expected: str, specialisation: str | None) -> None:
    answer = look_up(LADDER, query)

    assert (answer.status, levels(answer), answer.specialisation) == (status, expected.split(), specialisation)


@pytest.mark.parametrize(
    ("title", "level"), [(title, level) for level, titles in IN_THE_WILD.items() for title in titles.split(", ")]
)
def test_every_title_in_the_wild_finds_its_level(title: str, level: str) -> None:
    answer = look_up(LADDER, title)

    assert level in levels(answer)
    if title.split(" (", maxsplit=1)[0] in AMBIGUOUS:
        assert answer.status == "ambiguous"
    else:
        assert (answer.status, levels(answer)) == ("match", [level])


@pytest.mark.parametrize("level", LADDER.levels, ids=lambda level: level.slug)
def test_a_level_is_found_by_its_own_title(level) -> None:
    answer = look_up(LADDER, level.title)

    assert (answer.status, levels(answer)) == ("match", [level.slug])
    assert answer.candidates[0].why == f"{level.title} is the name of this level."


@pytest.mark.parametrize("name", index_of(LADDER).known)
def test_case_area_and_company_change_nothing(name: str) -> None:
    answer = look_up(LADDER, name)
    if name == "Director":  # its own short title, too bare to be a product title
        assert answer.status == "unknown"
        return

    for variant in (name.upper(), f"  {name.lower()} ", f"{name}, Checkout", f"{name} @ Acme", f"Interim {name}"):
        again = look_up(LADDER, variant)
        assert (again.status, levels(again)) == (answer.status, levels(answer)), variant


@pytest.mark.parametrize("name", index_of(LADDER).known)
def test_a_slip_never_leads_to_another_level(name: str) -> None:
    """Drop, double or swap each letter of each longer word: the same levels, or none."""
    right = levels(look_up(LADDER, name))
    found = 0
    tried = 0
    words = name.split()
    for n, word in enumerate(words):
        for i in range(1, len(word) - 1) if len(word) >= 5 and word.isalpha() else ():
            for slip in (
                word[:i] + word[i + 1 :],
                word[:i] + word[i] + word[i:],
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            ):
                answer = look_up(LADDER, " ".join([*words[:n], slip, *words[n + 1 :]]))
                tried += 1
                found += levels(answer) == right
                # Never another level instead; where both readings are offered, the right one is among them.
                assert not answer.candidates or set(right) <= set(levels(answer)), slip
    assert found >= tried * 0.9


def test_the_ladders_own_words_tell_the_candidates_apart() -> None:
    expected = {
        title: [(candidate.level, candidate.why) for candidate in entry.candidates]
        for entry in LADDER.ambiguous_titles
        for title in entry.titles
    }
    assert expected.keys() >= {"Product Lead", "Head of Product", "Product Owner"}

    found = {title: [(c.level, c.why) for c in look_up(LADDER, title).candidates] for title in expected}

    assert found == expected


def test_whys_are_sentences_about_the_title() -> None:
    assert look_up(LADDER, "sr pm").candidates[0].why == "“Sr. PM” is another name for Senior Product Manager."
    assert look_up(LADDER, "Snr Prod Mgr").candidates[0].why == "“Snr Prod Mgr” reads as Senior Product Manager."
    assert look_up(LADDER, "PM III").candidates[1].why == (
        "Choose Product Manager if this is your scope: one product or product area."
    )
    assert look_up(LADDER, "TPM").candidates[0].why == (
        "Choose Product Manager if “TPM” stands for “Technical Product Manager”."
    )


def test_our_sentences_are_translated_and_the_ladders_are_not() -> None:
    answer = look_up(LADDER, "sr pm", lambda text: text.replace("is another name for", "ist"))
    assert answer.candidates[0].why == "“Sr. PM” ist Senior Product Manager."

    assert look_up(LADDER, "Head of Product", lambda _text: "").candidates[0].why.startswith("Managers report to you")


@pytest.mark.parametrize("entry", LADDER.other_professions, ids=lambda entry: entry.titles[0])
def test_other_professions_are_explained(entry) -> None:
    for title in entry.titles:
        assert look_up(LADDER, title) == TitleAnswer(title, "other_profession", explanation=entry.explanation)


def test_a_short_form_of_two_professions_is_offered_and_explained() -> None:
    explanation = look_up(LADDER, "TPM").explanation

    assert explanation is not None
    assert explanation == look_up(LADDER, "Technical Program Manager").explanation


def test_as_json_has_the_agreed_fields() -> None:
    assert look_up(LADDER, "Growth PM").as_json() == {
        "query": "Growth PM",
        "status": "match",
        "candidates": [{"level": "pm", "why": "“Growth PM” reads as Product Manager."}],
        "specialisation": "growth",
    }
    assert look_up(LADDER, "nonsense").as_json() == {
        "query": "nonsense",
        "status": "unknown",
        "candidates": [],
        "specialisation": None,
    }


def test_a_ladder_of_another_company_has_its_own_titles() -> None:
    document = LADDER.model_dump(by_alias=True)
    for level in document["levels"]:
        if level["slug"] == "staff-pm":
            level["aliases"] = ("Feature Wizard", "SPM")
        if level["slug"] == "senior-pm":
            level["aliases"] = ("Senior PM",)
    other = type(LADDER).model_validate(document)

    assert levels(look_up(other, "feature wizard")) == ["staff-pm"]
    assert levels(look_up(other, "Wizard, Feature")) == ["staff-pm"]
    assert levels(look_up(other, "spm")) == ["staff-pm"]
    assert look_up(LADDER, "feature wizard").status == "unknown"


def test_a_long_query_is_shown_cut_and_without_control_characters() -> None:
    assert len(look_up(LADDER, "x" * 10_000).query) == 200
    assert look_up(LADDER, "PM\0\u202e\x07").query == "PM"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sr", "Sr. PM"),
        ("senior", "Senior Product Manager"),
        ("prod man", "Product Manager"),
        ("head", "Head of Product"),
        ("vice pres", "Vice President of Product Management"),
        ("gpm", "GPM"),
        ("senoir", "Senior Product Manager"),
    ],
)
def test_suggestions_follow_what_is_typed(typed: str, first: str) -> None:
    assert suggest(LADDER, typed)[0] == first


def test_suggestions_are_known_titles_each_once_and_limited() -> None:
    everything = suggest(LADDER, "", 1000)

    assert everything == index_of(LADDER).known
    assert len({title.casefold() for title in everything}) == len(everything) > 30
    assert suggest(LADDER, "product", 3) == tuple(suggest(LADDER, "product"))[:3]
    assert suggest(LADDER, "xyzzy") == suggest(LADDER, "product", 0) == suggest(LADDER, "p" * 5000) == ()


PARTS = (
    "senior sr junior jr associate staff principal group lead head director vp svp chief officer product prod manager "
    "mgr management owner project program scrum master pm po apm tpm cpo ii iii l6 technical data growth ai no code "
    ", - ( ) @ / of for and to at ex engineer marketing payments stuff prodcut manger ceo é 产品经理"
)
WORDS = st.sampled_from(PARTS.split())
QUERIES = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(codec=None), max_size=60),
    st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=40).map(" ".join),
)


@settings(max_examples=400, deadline=timedelta(milliseconds=400))
@given(QUERIES)
def test_any_text_gets_an_answer_that_holds_together(query: str) -> None:
    answer = look_up(LADDER, query)
    found = levels(answer)

    assert set(found) <= LEVELS
    assert len(set(found)) == len(found)
    assert all(candidate.why.strip() for candidate in answer.candidates)
    match answer.status:
        case "match":
            assert len(found) == 1
        case "ambiguous":
            assert len(found) > 1 or (found and answer.explanation)
        case "other_profession":
            assert (found, answer.specialisation) == ([], None)
            assert answer.explanation
        case "unknown":
            assert (found, answer.specialisation, answer.explanation) == ([], None, None)
    json.dumps(answer.as_json(), ensure_ascii=False).encode()
    assert look_up(LADDER, query) == answer
    assert set(suggest(LADDER, query)) <= set(index_of(LADDER).known)


@pytest.mark.parametrize(
    "query",
    [
        "prodzct " * 25,
        "associxtes" * 20,
        "pm " * 66,
        "@ at " * 40,
        "," * 200,
        "tpm " * 50,
        "principxlx " * 18,
        "- " * 100,
    ],
)
def test_time_stays_bounded(query: str) -> None:
    look_up(LADDER, query)
    started = time.perf_counter()
    look_up(LADDER, query)

    assert time.perf_counter() - started < 0.1


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("title", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_answer_from_files() -> None:
    printed = run("Sr. Technical Product Mgr II", "--ladder", "fixtures/ladders/pm")

    assert json.loads(printed) == look_up(LADDER, "Sr. Technical Product Mgr II").as_json()


@pytest.mark.django_db
def test_the_command_prints_the_answer_from_the_published_ladder() -> None:
    assert json.loads(run("Produktmanager")) == look_up(LADDER, "Produktmanager").as_json()
    assert json.loads(run("nonsense"))["status"] == "unknown"


@pytest.mark.django_db
def test_the_command_says_in_one_line_that_there_is_no_ladder(settings) -> None:
    settings.DEFAULT_LADDER = "none-such"
    with pytest.raises(CommandError, match=r"^no ladder 'none-such' is loaded") as from_database:
        run("PM")
    with pytest.raises(CommandError, match="can't be read") as from_files:
        run("PM", "--ladder", "none/such")

    for error in (from_database.value, from_files.value):
        assert error.returncode == 2
        assert "\n" not in str(error)
