"""What job titles mean: a table of titles as people type them, and laws that hold for any text."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.document.files import read_ladder
from ladder.document.format import LadderDocument
from ladder.titles.titles import TitleAnswer, index_of, look_up, suggest
from tests.commands import ran, refusal

LADDER = read_ladder(Path("fixtures/ladders/pm"))[0]
LEVELS = {level.slug for level in LADDER.levels}
# The answer, then the titles that get it, as people type them: status, levels in the order in which they are offered,
# +specialisation.
TITLES = """
# Spelling, case, punctuation, abbreviations.
match pm: product manager ¦ PRODUCT   MANAGER!!! ¦ product-manager ¦ Prod. Mgr. ¦ p.m. ¦ Ｐｒｏｄｕｃｔ Ｍａｎａｇｅｒ ¦
  🚀 Product Manager
match senior-pm: Snr Prod Mgr ¦ Sen. PM
match apm: Jnr. PM ¦ Jr Product Owner ¦ Assoc. Product Manager
match vp-product: V.P. of Product ¦ vice-president, product mgmt
match director: Dir. Product
match cpo: C.P.O.
ambiguous cpo vp-product: CPTO
# Order, fillers, plurals.
match pm: Manager, Product ¦ Product Managers
match senior-pm: Product Manager (Senior) ¦ Product Manager, Senior
match director: Product Management Director ¦ Director - Product Management
match vp-product: Product VP
match cpo: Chief of Product
match apm: Associate, Product Management
# Beginners under other names.
match apm: Product Manager Intern ¦ Graduate Product Manager ¦ Entry-level Product Manager ¦
  Rotational Product Manager
# Areas, teams and companies change nothing.
match senior-pm: Senior Product Manager, Payments ¦ Senior Payments Product Manager
match pm: Payments Product Manager ¦ PM @ Acme - Checkout ¦ Product Manager at Data Inc ¦
  Product Manager at Staff Co | ex-Principal Ltd ¦ Lead Generation Product Manager ¦
  Product Manager, Lead Generation ¦ Product Manager for Staff Tools ¦ Product Manager, Project Management Tools ¦
  Software Engineering Lead and Product Manager ¦ Senior Engineer and Product Manager
ambiguous director group-pm vp-product cpo: Head of Product EMEA ¦ Global Head of Product
match director: Director, Payments Product
match pm +ai: Product Manager, AI Assistant
match vp-product: VP of Engineering and Product
match cpo: Founder & CPO ¦ Chief Product & Technology Officer
# Specialisations.
match senior-pm +technical: Sr. Technical Product Mgr II
match pm +technical: Technical Product Manager
match pm +data: Data Product Manager
match pm +growth: Growth PM ¦ PM @ Acme - Growth
match pm +ai: AI/ML Product Manager ¦ Product Manager – Machine Learning
match pm +platform: Platform PM
match principal-pm +platform: Principal PM, Infrastructure
match pm +no-code: No code PM
match director +technical: Director of Technical Product Management
match vp-product +growth: Vice President, Growth Product
ambiguous pm apm +technical: Technical Product Owner
ambiguous group-pm staff-pm senior-pm +technical: Technical Lead Product Manager
# Grades.
ambiguous pm apm: Product Manager I
match pm: Product Manager II ¦ PM2 - Checkout ¦ Product Manager, 5G ¦ Product Manager 360
ambiguous senior-pm pm: Product Manager III
ambiguous senior-pm staff-pm group-pm: PM 4 ¦ Senior PM III
match senior-pm: Senior PM II
ambiguous pm senior-pm: Product Manager, L6 ¦ IC5 Product Manager
# Titles that mean more than one thing.
ambiguous pm apm: PO ¦ Agile Product Owner ¦ Senior Product Analyst ¦ Scrum Master / Product Owner
ambiguous senior-pm pm: Senior Product Owner ¦ Mid-Senior Product Manager
ambiguous group-pm staff-pm senior-pm: Lead Product Owner ¦ Chief Product Owner
ambiguous pm group-pm: Product Team Lead
ambiguous senior-pm group-pm: Senior Product Lead
ambiguous staff-pm principal-pm: Senior Staff Product Manager ¦ Staff/Principal PM
ambiguous group-pm principal-pm: Principal Group PM
ambiguous director vp-product: Senior Director of Product ¦ Director/VP of Product
ambiguous group-pm director: Associate Director of Product
ambiguous vp-product cpo: SVP Product ¦ EVP, Product
ambiguous vp-product pm: VP, Product Manager
ambiguous cpo vp-product: CPO / VP Product
ambiguous group-pm pm: Manager, Product Management ¦ Product Manager Manager
ambiguous group-pm senior-pm: Senior Manager, Product
ambiguous pm senior-pm: Product Manager Senior Berlin ¦ Expert Product Manager
ambiguous pm +technical: TPM
ambiguous senior-pm +technical: Sr. TPM, Payments
ambiguous pm group-pm: Product Lead (small area) ¦ Product Lead (of PMs)
# Slips of the pen.
match pm: Prodcut Manger
match senior-pm: Senoir Product Manager
match principal-pm: Principle Product Manager
match apm: Assosiate Product Manager
match director: Directer of Product
match cpo: Cheif Prodct Oficer
match group-pm: Gruop Product Manager
match pm +technical: Technicl Product Manager
ambiguous pm apm: Product Onwer
# Real words stay what they are.
ambiguous pm staff-pm: Stuff Product Manager
match pm: Sensor Product Manager
unknown: Produce Manager ¦ Production Manager
# Other languages.
match pm: Produktmanager ¦ Produktmanager:in ¦ Chef de produit ¦ プロダクトマネージャー
match senior-pm: Senior Produktmanagerin (m/w/d) ¦ Gerente de Producto Senior ¦ Product Manager Sênior ¦ 高级产品经理
ambiguous director group-pm vp-product cpo: Leiter Produktmanagement
ambiguous pm apm: Product Owner (Inhaber) ¦ Produktägare
match director: Directrice Produit
unknown: Ingénieur produit
# Other professions.
other_profession: project manager ¦ Senior IT Project Manager ¦ projct manager ¦ Program Manager ¦ programme manager ¦
  Technical Program Manager ¦ Director, Program Management ¦ Head of Projects ¦ Project Manager, Product ¦
  Product Program Manager ¦ PM (Project Manager) ¦ Sr. Scrum Master ¦ Projektleiter ¦ Chef de projet
# Neighbours, from whom a way leads in.
other_profession: software engineer ¦ Staff Software Engineer ¦ marketing manager ¦ Marketing Manager, Product ¦
  Engineering Manager, Product ¦ Tech Lead, Product ¦ Product Marketing Manager ¦ Director of Product Marketing ¦
  Lead Product Designer ¦ Product Operations Manager ¦ Head of ProductOps ¦ Product Data Analyst ¦ engineer ¦
  Business Analyst ¦ UX researcher ¦ Tech lead ¦ Founder ¦ Designer
# Bare ranks and pairs ask back.
ambiguous director group-pm: Director
ambiguous vp-product cpo: VP ¦ VP/CPO
ambiguous pm senior-pm staff-pm group-pm: Lead
ambiguous principal-pm staff-pm: Principal
# So they do with an area beside them, but not with another job.
ambiguous director group-pm: Director, Checkout ¦ Dir. – Checkout and Payments ¦ Payments - Director
ambiguous vp-product cpo: Vice President (EMEA)
ambiguous vp-product cpo +growth: VP, Growth
ambiguous pm senior-pm staff-pm group-pm: Lead – Payments
ambiguous principal-pm staff-pm: Principal (Search)
other_profession: VP, Sales ¦ Director, Engineering ¦ Director, Growth Marketing ¦ VP Growth
unknown: Principal (Architect) ¦ Lead, Trainer ¦ Manager, Payments ¦ Former – Director
# What this ladder does not know.
unknown: Senior Product Wizard ¦ Head of Product Design ¦ Chief of Staff, Product ¦ Executive Assistant to the CPO ¦
  Aspiring Product Manager ¦ Product Manager Recruiter ¦ manager ¦ senior ¦ Product ¦
  Product Management ¦ asdfgh qwerty
"""
BARE = {"Director", "Lead", "Head", "VP", "Vice President", "CPTO", "Principal", "Staff / Principal"}
# Nothing of these may reach a pattern, a format or a page.
HOSTILE = ["", " \t\n ", "🚀🚀🚀", "Product\0Manager", "PM\x1b[31m", "\ud800 PM", "Product Manager " * 700]
HOSTILE += ["<script>alert(1)</script>", "'; DROP TABLE levels; --", "{title} {0.__class__} %s", "../../etc/passwd"]


def levels(answer: TitleAnswer) -> list[str]:
    return [candidate.level for candidate in answer.candidates]


def meaning(title: str) -> str:
    """What a title means, as the table writes it."""
    answer = look_up(LADDER, title)
    return " ".join([answer.status, *levels(answer), *([f"+{answer.specialisation}"] if answer.specialisation else [])])


def test_what_a_title_means() -> None:
    rows = [line.partition(":") for line in TITLES.replace("\n  ", " ").strip().splitlines() if line[0] != "#"]
    table = {title.strip(): answer for answer, _, titles in rows for title in titles.split("¦")}
    table |= dict.fromkeys(HOSTILE, "unknown")
    assert {title: meaning(title) for title in table} == table
    assert len(table) == 203


def test_a_level_is_found_by_its_own_title_and_by_every_other_name() -> None:
    """Where a name means two levels the person is asked, and this one is among the answers."""
    open_names = {title for entry in LADDER.ambiguous_titles for title in entry.titles}
    for level in LADDER.levels:
        answer = look_up(LADDER, level.title)
        assert (answer.status, levels(answer)) == ("match", [level.slug])
        assert answer.candidates[0].why == f"{level.title} is the name of this level."
        for name in level.aliases:
            answer = look_up(LADDER, name)
            assert level.slug in levels(answer), name
            assert (answer.status, len(answer.candidates) > 1) == (
                ("ambiguous", True) if name in open_names else ("match", False)
            ), name


def test_case_area_and_company_change_nothing() -> None:
    for name in index_of(LADDER).known:
        meant = meaning(name).partition(" +")[0]
        # A bare rank asks back by itself alone: with an area it may be a rank in any job.
        is_bare = name in BARE
        areas = () if is_bare else (f"{name}, Checkout", f"{name} @ Acme", f"Interim {name}")
        for variant in (name.upper(), f"  {name.lower()} ", *areas):
            assert meaning(variant).partition(" +")[0] == meant, variant


def slips(name: str) -> Iterator[str]:
    """The name with a letter dropped, doubled or swapped, for each letter inside of each longer word."""
    words = name.split()
    for n, word in enumerate(words):
        for i in range(1, len(word) - 1) if len(word) >= 5 and word.isalpha() else ():
            for slip in (word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], swapped(word, i)):
                yield " ".join([*words[:n], slip, *words[n + 1 :]])


def swapped(word: str, i: int) -> str:
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def test_a_slip_never_leads_to_another_level() -> None:
    """The same levels, or none; where both readings are offered, the right one is among them."""
    for name in index_of(LADDER).known:
        right = levels(look_up(LADDER, name))
        found = [levels(look_up(LADDER, slip)) for slip in slips(name)]
        assert all(set(right) <= set(other) for other in found if other), name
        assert sum(other == right for other in found) >= len(found) * 0.9, name


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
    def why(title: str, candidate: int = 0) -> str:
        return look_up(LADDER, title).candidates[candidate].why

    assert why("sr pm") == "“Sr. PM” is another name for Senior Product Manager."
    assert why("Snr Prod Mgr") == "“Snr Prod Mgr” reads as Senior Product Manager."
    assert why("PM III", 1) == "Choose Product Manager if this is your scope: one product or product area."
    assert why("TPM") == "Choose Product Manager if “TPM” stands for “Technical Product Manager”."
    # Ours are translated, and the ladder's are not.
    answer = look_up(LADDER, "sr pm", lambda text: text.replace("is another name for", "ist"))
    assert answer.candidates[0].why == "“Sr. PM” ist Senior Product Manager."
    assert look_up(LADDER, "Head of Product", lambda _text: "").candidates[0].why.startswith("You decide budget,")


def test_other_professions_are_explained_also_where_a_short_form_means_two() -> None:
    for entry in LADDER.other_professions:
        for title in entry.titles:
            found = TitleAnswer(title, "other_profession", explanation=entry.explanation, see=entry.see)
            assert look_up(LADDER, title) == found
    explained = look_up(LADDER, "Technical Program Manager").explanation
    assert explained
    assert look_up(LADDER, "TPM").explanation == explained


def test_as_json_has_the_agreed_fields() -> None:
    growth = {"query": "Growth PM", "status": "match", "specialisation": "growth"}
    growth |= {"candidates": [{"level": "pm", "why": "“Growth PM” reads as Product Manager."}]}
    assert look_up(LADDER, "Growth PM").as_json() == growth
    nothing = {"query": "nonsense", "status": "unknown", "candidates": [], "specialisation": None}
    assert look_up(LADDER, "nonsense").as_json() == nothing


def test_a_ladder_of_another_company_has_its_own_titles() -> None:
    document = LADDER.model_dump(by_alias=True)
    aliases = {"staff-pm": ("Feature Wizard", "SPM"), "senior-pm": ("Senior PM",)}
    for level in document["levels"]:
        level["aliases"] = aliases.get(level["slug"], level["aliases"])
    other = type(LADDER).model_validate(document)
    for title in ("feature wizard", "Wizard, Feature", "spm"):
        assert levels(look_up(other, title)) == ["staff-pm"]
    assert look_up(LADDER, "feature wizard").status == "unknown"


def test_a_long_query_is_shown_cut_and_without_control_characters() -> None:
    assert len(look_up(LADDER, "x" * 10_000).query) == 200
    assert look_up(LADDER, "PM\0\u202e\x07").query == "PM"


def test_suggestions_follow_what_is_typed() -> None:
    expected = {"sr": "Sr. PM", "senior": "Senior Product Manager", "prod man": "Product Manager", "gpm": "GPM"}
    expected |= {"head": "Head of Product", "vice pres": "Vice President of Product Management"}
    expected |= {"senoir": "Senior Product Manager"}
    assert {typed: suggest(LADDER, typed)[0] for typed in expected} == expected


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


@settings(max_examples=150, deadline=timedelta(milliseconds=400))
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


def test_time_stays_bounded() -> None:
    for part in ("prodzct ", "associxtes", "pm ", "@ at ", ",", "tpm ", "principxlx ", "- "):
        query = (part * 200)[:200]
        look_up(LADDER, query)
        # Of the processor, as others may want it, too.
        started = time.process_time()
        look_up(LADDER, query)
        assert time.process_time() - started < 0.2, part


@pytest.mark.django_db
def test_the_command_prints_the_answer_or_says_in_one_line_that_there_is_no_ladder(settings) -> None:
    """From the published ladder; from files, test_readme.py runs it."""
    assert json.loads(ran("title", "Produktmanager")) == look_up(LADDER, "Produktmanager").as_json()
    settings.DEFAULT_LADDER = "none-such"
    for words, said in (
        (["PM"], "no ladder 'none-such' is loaded"),
        (["PM", "--ladder", "none/such"], "can't be read"),
    ):
        refused = refusal("title", *words)
        assert said in refused
        assert "\n" not in refused


def test_the_words_of_titles_come_from_the_ladder() -> None:
    levels = [{"title": "Engineer"}, {"title": "Senior Engineer"}, {"title": "Engineering Manager"}]
    fields = {"slug": "eng", "title": "E", "levels": levels, "competencies": [{"name": "A", "full": [*"abc"]}]}
    bare = LadderDocument.model_validate(fields)
    for title, level in (("Sr. Enginer", "senior-engineer"), ("engineer", "engineer"), ("Manager", None)):
        found = look_up(bare, title)
        assert [item.level for item in found.candidates] == ([level] if level else []), title
    # Without words of its own a ladder knows nothing of products.
    for title in ("PM", "Senior Product Manager", "CPO"):
        assert look_up(bare, title).status == "unknown", title
    spellings = {"swe": "software engineering manager", "softwareentwicklung": "software engineering"}
    words = {"craft": ["software engineering"], "spellings": spellings}
    levels = [{"title": "Software Engineering Manager"}, {"title": "Director of Software Engineering"}]
    own = LadderDocument.model_validate({**fields, "levels": levels, "title_words": words})
    for title, level in (
        *(("Director, Software Engineering, Payments", 1), ("swe", 0), ("Software Engineering Mgr @ Acme", 0)),
        ("Director Softwareentwicklung", 1),
    ):
        assert [item.level for item in look_up(own, title).candidates] == [own.levels[level].slug], title
    assert suggest(own, "soft") == tuple(level.title for level in own.levels)
