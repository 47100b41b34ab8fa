"""The facts of the product-management career, on the shipped ladder: levels, table, titles, terms, paths."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from ladder.document.files import read_ladder
from ladder.document.format import Expectation, LadderDocument, read_expectation
from ladder.document.wording import words

LADDER = Path(__file__).resolve().parents[3] / "fixtures" / "ladders" / "pm"

EXPECTATIONS = """
| competency | apm | pm | senior-pm | staff-pm | principal-pm | group-pm | director | vp-product | cpo |
|---|---|---|---|---|---|---|---|---|---|
| customer-insight | 1 | 2* | 3 | 4 | 4 | 3 | 3 | 4 | 4 |
| discovery | 1 | 2* | 3 | 4 | 4 | 3 | (3) | (3) | (3) |
| product-sense | 1 | 2 | 3 | 4 | 5* | 4 | 4 | (4) | (4) |
| prioritisation | 1 | 2* | 3 | 4 | 4 | 4* | 4 | 4 | (4) |
| delivery | 2* | 3 | 3 | 3 | (3) | 3 | (3) | (3) | (3) |
| market-insight | (1) | 2 | 3 | 4 | 4 | 3 | 4 | 4 | 5 |
| business-acumen | (1) | 2 | 3 | 3 | 4 | 3 | 4* | 5* | 5* |
| go-to-market | (1) | 2 | 3 | (3) | (3) | 3 | 4 | 4 | 4 |
| strategy | – | 2 | 3* | 4* | 5* | 4 | 4 | 5* | 5* |
| portfolio | – | (1) | 2 | 3 | 4 | 3 | 4* | 5* | 5 |
| technical-fluency | 1 | 2 | 3 | 4 | 4 | (3) | (3) | (3) | (3) |
| data | 1 | 2 | 3 | 4 | 4 | 3 | (3) | (3) | (3) |
| ai-fluency | (1) | (2) | 2 | 3 | 3 | (2) | (3) | (3) | (3) |
| ways-of-working | 1 | 2 | 3 | 3 | 3 | 4* | 4 | 4 | 4 |
| communication | 2* | 2 | 3 | 4 | 4 | 4 | 4 | 4 | 4 |
| storytelling | – | (2) | 3 | 4 | 5* | 3 | 4 | 4* | 5* |
| stakeholders | 1 | 2* | 3 | 4 | 4 | 4 | 4* | 5 | 5 |
| influence | (1) | 2 | 3* | 4* | 5* | 4 | 4 | 5 | 5 |
| ambiguity | (1) | 2 | 3 | 4* | 5 | 4 | 4 | 5 | 5 |
| mentoring | – | (1) | 3* | 4* | 4 | 4* | 4 | 4 | 4 |
| team-building | – | – | (1) | (2) | (2) | 3* | 4* | 5* | 5 |
| org-design | – | – | (1) | (1) | (2) | 3 | 4* | 4 | 5* |
| culture | – | – | (2) | (3) | 3 | 3 | 3 | 4 | 5* |
| outcomes | 1 | 2* | 3* | 4 | 4 | 4 | 4 | 5 | 5 |
| initiative | 2* | 3 | 3 | 4 | 4 | 4 | (4) | (4) | (4) |
"""

# Slug, title, track, band, scope, typical time and years of experience (how they begin).
LEVELS = """
| apm | Associate Product Manager | trunk | 1 | a piece of work, guided | 1–2 years | 0–2 |
| pm | Product Manager | trunk | 2 | one product or product area | 2–3 years | 1–5 |
| senior-pm | Senior Product Manager | trunk | 3 | a whole domain or journey, high impact, high risk | 2–3 years | 4–6 |
| staff-pm | Staff Product Manager | individual-contributor | 4 | across several teams | 2–4 years | 6+ |
| principal-pm | Principal Product Manager | individual-contributor | 5 | company-level strategy and vision | open-ended | 8+ |
| group-pm | Group Product Manager | manager | 4 | several PMs, several areas | 2–4 years | 6+ |
| director | Director of Product | manager | 5 | a domain or several product lines, through managers | 3–5 years | 10+ |
| vp-product | VP of Product | manager | 6 | the company’s product strategy and product team | 5+ years | 10–20 |
| cpo | Chief Product Officer | manager | 7 | the whole product organisation, seat in the executive team | – | 15+ |
"""  # noqa: E501

ALIASES = {
    "apm": "Associate PM, Junior PM, Junior Product Manager, Product Coordinator, Product Analyst, "
    "Junior Product Owner, APM",
    "pm": "Product Manager, PM, Product Owner, Product Specialist, Product Lead, Mid-level PM",
    "senior-pm": "Senior Product Manager, Senior PM, Sr. PM, SPM",
    "staff-pm": "Staff PM",
    "principal-pm": "Principal PM, Product Architect",
    "group-pm": "Group PM, GPM, Lead Product Manager, Lead PM, Product Lead",
    "director": "Director of Product, Director of Product Management, Head of Product",
    "vp-product": "VP of Product, Vice President of Product Management, VP Product",
    "cpo": "Chief Product Officer, CPO",
}

# Name, area and the guides' own terms, as a person would type them.
COMPETENCIES = """
customer-insight | Customer insight | Product craft | empathy; interviews; surveys; problem statements; customer empathy; user research
discovery | Discovery and problem framing | Product craft | validating ideas; testing assumptions; hypotheses; hypotheses before features; product discovery discipline
product-sense | Product sense | Product craft | what good looks like; usability principles; trade-offs; linking features to user value; product thinking; product judgement
prioritisation | Prioritisation and roadmapping | Product craft | impact versus effort; RICE; MoSCoW; sequencing; short wins against long bets; impact-driven prioritisation
delivery | Execution and delivery | Product craft | stories; specs; acceptance criteria; backlog; launches; scope; on time; on time without losing the outcome
market-insight | Market and competitive insight | Business and market | sizing; trends; segments; competitors
business-acumen | Business acumen | Business and market | business models; unit economics; P&L; CAC/LTV; pricing; linking product to revenue and margin; business model fluency
go-to-market | Go-to-market | Business and market | launch; positioning; messaging; monetisation; work with marketing and sales
strategy | Vision and strategy | Business and market | vision people can act on; from business goals to strategy to plan; strategic visioning; vision-driven strategic planning
portfolio | Portfolio thinking | Business and market | balancing products and bets; where to invest; what to stop; strategic trade-offs at portfolio level
technical-fluency | Technical fluency | Technical and operational | how the product is put together; APIs; data flows; constraints; system design basics; technical curiosity
data | Data and experimentation | Technical and operational | activation; retention; conversion; SQL; instrumentation; A/B tests; decisions from data; analytical depth; data literacy
ai-fluency | AI fluency | Technical and operational | how models work and fail; evaluation; prompting; human–AI interaction; bias; transparency; risk; AI basics; ethics and governance
ways-of-working | Ways of working | Technical and operational | agile; Scrum; Kanban; release; QA; operating rhythm; quality standards that scale; product operations
communication | Structured communication | Communication and influence | tickets; updates; documents; meetings; writing that others act on
storytelling | Storytelling and executive communication | Communication and influence | narratives for executives and boards; complex made clear; incomplete information; executive communication; board readiness
stakeholders | Stakeholder management | Communication and influence | align early; update often; say no with respect; foresee pushback; cross-functional executive collaboration
influence | Influence without authority | Communication and influence | leading across functions one does not manage; logic; calm; momentum; asked before decisions are made; cross-org influence without ownership
ambiguity | Ambiguity and systems thinking | Communication and influence | clarity where none exists; second-order effects; how products depend on each other; leading through ambiguity
mentoring | Mentoring and coaching | People and organisation | growing others by frameworks; frameworks, not only answers; coaching without managing
team-building | Hiring and performance | People and organisation | recruit; set expectations; honest feedback; develop; retain; team development and performance management; org-wide talent management
org-design | Organisation design | People and organisation | team structure; splitting and combining roles; decision bottlenecks; career paths; budgets
culture | Culture and change | People and organisation | values lived; change led; narratives in uncertain times; cultural leadership; change management
outcomes | Outcome ownership | Ownership and growth | goals instead of tasks; measured results; even against the plan; ownership mindset
initiative | Initiative and learning | Ownership and growth | owns small things end to end; sees and fixes what is broken; adapts; keeps learning; follow-through; adaptability
"""  # noqa: E501

SCALE = """
| 0 | Not yet | has not done it yet | – | – |
| 1 | Learning | parts of a task | guided | learns, contributes |
| 2 | Practising | own tasks, routine problems | alone, help on hard cases | reliable results |
| 3 | Owning | a product area, unclear problems | sets own direction | moves measured outcomes |
| 4 | Leading | several teams or areas | sets direction for others | others work better because of it |
| 5 | Shaping | the company and beyond | decides how it is done here | changes what the organisation can do |
"""


QUESTIONS = {"degree", "how-long-to-senior", "staff-or-principal", "from-engineering", "from-ux", "ai-and-the-job"}


@pytest.fixture(scope="module")
def pm() -> LadderDocument:
    return read_ladder(LADDER)[0]


def rows(table: str) -> list[list[str]]:
    """The cells of a table written with bars, without the line of dashes."""
    lines = [line.strip().strip("|") for line in table.strip().splitlines()]
    return [[cell.strip() for cell in line.split("|")] for line in lines if set(line) - set("|- ")]


def test_the_expectations_are_the_table(pm: LadderDocument) -> None:
    head, *lines = rows(EXPECTATIONS)
    table: dict[str, dict[str, Expectation]] = {level: {} for level in head[1:]}
    for competency, *cells in lines:
        for level, cell in zip(head[1:], cells, strict=True):
            table[level][competency] = Expectation.model_validate(read_expectation(cell))
    assert pm.expectations == table


def test_the_policy_numbers(pm: LadderDocument) -> None:
    policy = pm.policy
    assert (policy.meets_at, policy.close_at, policy.close_max_blockers, policy.close_max_short) == (85, 70, 2, 1)


def test_the_scale(pm: LadderDocument) -> None:
    told = [[str(s.step), s.name, s.scope, s.independence or "–", s.effect or "–"] for s in pm.scale]
    assert told == rows(SCALE)


# Levels, titles and schemes


def test_the_nine_levels(pm: LadderDocument) -> None:
    """Typical time and years of experience by how they begin."""
    for level, row in zip(pm.levels, rows(LEVELS), strict=True):
        assert [level.slug, level.title, level.track, str(level.band), level.scope] == row[:5]
        assert (level.typical_time or "–").startswith(row[5]), level.slug
        assert (level.typical_experience or "–").startswith(row[6]), level.slug


def test_the_career_graph(pm: LadderDocument) -> None:
    edges = {(link.source, link.target, link.kind) for link in pm.links}
    promotions = ["apm pm senior-pm staff-pm principal-pm", "senior-pm group-pm director vp-product cpo"]
    crossings = [("staff-pm", "group-pm"), ("group-pm", "staff-pm"), ("principal-pm", "director")]
    assert edges == {(*pair, "promotion") for path in promotions for pair in pairwise(path.split())} | {
        (*pair, "crossing") for pair in crossings
    }


def test_what_leads_on_from_a_level_are_the_rising_must_haves_of_the_next(pm: LadderDocument) -> None:
    for level in pm.levels:
        ways = [link for link in pm.links if link.source == level.slug]
        following = [w.target for w in ways if w.kind == "promotion"] or [w.target for w in ways]
        here = pm.expectations[level.slug]
        rising = {
            slug
            for target in following
            for slug, cell in pm.expectations[target].items()
            if cell.weight == 3 and cell.step > here[slug].step
        }
        assert set(level.leads_on) == rising, level.slug


def test_the_aliases(pm: LadderDocument) -> None:
    assert {level.slug: ", ".join(level.aliases) for level in pm.levels} == ALIASES


def test_ambiguous_titles_offer_their_levels(pm: LadderDocument) -> None:
    offered = {title: {c.level for c in entry.candidates} for entry in pm.ambiguous_titles for title in entry.titles}
    assert offered.keys() >= {"Product Lead", "Lead PM", "Head of Product", "Product Owner"}
    assert offered["Product Lead"] == {"pm", "group-pm"}
    for level in pm.levels:
        for alias in level.aliases:
            assert alias not in offered or level.slug in offered[alias], alias


def test_project_and_program_managers_are_told_apart(pm: LadderDocument) -> None:
    known = {title for entry in pm.other_professions for title in entry.titles}
    assert known >= {"Project Manager", "Program Manager", "Programme Manager", "Scrum Master"}
    assert all("profession" in entry.explanation for entry in pm.other_professions)


def test_the_three_schemes(pm: LadderDocument) -> None:
    """A rung's levels, in brackets those that stand on it in part."""
    told = {
        scheme.slug: ", ".join(" ".join([*rung.levels, *(f"({it})" for it in rung.partly)]) for rung in scheme.rungs)
        for scheme in pm.schemes
    }
    assert told == {
        "eight-rungs": "apm, pm, senior-pm, staff-pm principal-pm, group-pm, director, vp-product, cpo",
        "five-levels": "apm (pm), pm, senior-pm, group-pm director, vp-product cpo, staff-pm principal-pm",
        "four-tiers": "apm, pm, senior-pm staff-pm group-pm principal-pm, director vp-product cpo (principal-pm)",
    }


# Competencies and specialisations


def test_the_competencies_stand_in_their_areas_with_every_term_of_the_guides(pm: LadderDocument) -> None:
    areas = {area.slug: area.name for area in pm.areas}
    for competency, row in zip(pm.competencies, rows(COMPETENCIES), strict=True):
        assert [competency.slug, competency.name, areas[competency.area]] == row[:3]
        assert set(row[3].split("; ")) <= set(competency.terms), competency.slug
    counts = Counter(term.lower() for competency in pm.competencies for term in competency.terms)
    assert [term for term, count in counts.items() if count > 1] == []


def test_a_summary_is_one_line(pm: LadderDocument) -> None:
    assert [c.slug for c in pm.competencies if len(words(c.summary)) > 32 or c.summary.count(".") != 1] == []


def test_the_specialisations(pm: LadderDocument) -> None:
    assert {overlay.slug: overlay.adds for overlay in pm.specialisations} == {
        "technical": {"technical-fluency": 1},
        "data": {"data": 1},
        "growth": {"data": 1, "go-to-market": 1, "business-acumen": 1},
        "ai": {"ai-fluency": 2, "data": 1},
        "platform": {"technical-fluency": 1, "stakeholders": 1},
        "no-code": {"delivery": 1, "initiative": 1},
    }


# Milestones, tracks and paths


def test_the_milestones_of_each_level(pm: LadderDocument) -> None:
    counts = Counter(level for milestone in pm.milestones for level in milestone.levels)
    assert [counts[level.slug] for level in pm.levels] == [0, 3, 3, 4, 4, 5, 5, 3, 3]
    leadership = [m for m in pm.milestones if {"staff-pm", "group-pm", "cpo"} <= set(m.levels)]
    assert len(leadership) == 3


def test_the_tracks_are_compared_in_six_aspects(pm: LadderDocument) -> None:
    assert [aspect.slug for aspect in pm.track_aspects] == [
        *["what-changes", "skills-that-count", "measured-by", "promoted-for", "for-it", "against-it"]
    ]
    assert all(aspect.by_track.keys() == {"individual-contributor", "manager"} for aspect in pm.track_aspects)


def test_the_reflections_speak_for_both_tracks_alike(pm: LadderDocument) -> None:
    assert Counter(r.yes for r in pm.reflections) == {"individual-contributor": 3, "manager": 3}
    assert all(r.question.endswith("?") for r in pm.reflections)


FEEDERS = """
engineering | software engineer, tech lead
design | designer, researcher
analysis | business analyst, data analyst
project-management | project manager, program manager, scrum master
marketing | marketing, growth
customer-facing | customer success, support, sales
operations-consulting | operations, consultant
"""


def test_the_seven_feeder_groups_and_the_ways_in_from_inside_and_from_study(pm: LadderDocument) -> None:
    ways = {way.slug: way for way in pm.ways_in}
    for slug, roles in rows(FEEDERS):
        named = " ".join(ways[slug].roles).lower()
        assert [role for role in roles.split(", ") if role not in named] == []
        assert len(ways[slug].steps) >= 3
        assert ways[slug].carries
    assert ways.keys() == {*(slug for slug, _ in rows(FEEDERS)), "inside", "study"}


ACROSS = "UX design; Quality assurance (QA); Product marketing; Software engineering; Product operations; "
ACROSS += "Project or program management; Customer success; Community; Business development and partnerships; "
ACROSS += (
    "Product or corporate strategy; User research; Innovation, R&D and incubation; Founder; General manager or CEO"
)


def test_every_way_across_and_beyond_is_named(pm: LadderDocument) -> None:
    assert "; ".join(way.title for way in pm.ways_across) == ACROSS
    assert [way.title for way in pm.beyond] == [
        *["CPO of a larger company", "Fractional CPO or consultant", "Founder", "CEO"]
    ]


def test_the_questions_people_ask_are_answered_and_lead_to_pages(pm: LadderDocument) -> None:
    asked = {question.slug for question in pm.questions}
    assert asked >= QUESTIONS
    pages = {f"levels/{level.slug}/" for level in pm.levels} | {f"competencies/{c.slug}/" for c in pm.competencies}
    pages |= {"tracks/", "titles/", "paths/", "specialisations/", "competencies/"}
    assert {see for question in pm.questions for see in question.see} <= pages


def test_the_sources_are_named(pm: LadderDocument) -> None:
    assert {source.slug for source in pm.sources} == {"guide-a", "guide-b", "guide-c", "heidemeier-moser-2009"}
