"""The reference pages: competencies, specialisations, paths in, across and beyond, and questions people ask."""

from django.http import HttpRequest, HttpResponse

from ladder.pages import offers, texts
from ladder.pages.dots import standing
from ladder.pages.places import rubric_and_place
from ladder.pages.public import ladder_page, public_page, renamed
from ladder.pages.references_shown import described, links, specialised_rows


@public_page
def list_competencies(request: HttpRequest) -> HttpResponse:
    rubric, own = rubric_and_place(request)
    table = [
        (
            area,
            [
                (item, [(level, rubric.expectation(level.slug, item.slug)) for level in rubric.ladder.levels])
                for item in items
            ],
        )
        for area, items in rubric.by_area
    ]
    return ladder_page(
        request,
        "ladder/pages/competencies.html",
        rubric,
        here="competencies",
        table=table,
        offers=[offers.where_you_stand(own)],
    )


@public_page
def show_competency(request: HttpRequest, slug: str) -> HttpResponse:
    rubric, own = rubric_and_place(request)
    if slug not in rubric.competencies:
        return renamed(request, rubric.now.competencies, slug)
    competency = rubric.competencies[slug]
    ladder = rubric.ladder
    asked = {
        step: [level for level in ladder.levels if rubric.expectation(level.slug, slug).step == step]
        for step in range(rubric.steps + 1)
    }
    order = list(rubric.competencies)
    at = order.index(slug)
    towards = [(step, rubric.actions.get((slug, step), ())) for step in range(1, rubric.steps + 1)]
    return ladder_page(
        request,
        "ladder/pages/competency.html",
        rubric,
        here="competencies",
        competency=competency,
        area=rubric.areas[competency.area],
        standing=standing(rubric, slug),
        standing_finding=texts.standing_finding(rubric, competency),
        standing_description=texts.describe_standing(rubric, competency),
        described=[(ladder.scale[step], described(competency, step), asked[step]) for step in competency.described],
        rows=[(level, rubric.expectation(level.slug, slug)) for level in ladder.levels],
        offers=offers.of_competency(
            own, competency, signed_in=request.user.is_authenticated, has_actions=any(items for _step, items in towards)
        ),
        actions=[
            (ladder.scale[step], [(item, offers.planned(slug, step, n)) for n, item in enumerate(items)])
            for step, items in towards
            if items
        ],
        raised_by=[(item, item.adds[slug]) for item in ladder.specialisations if slug in item.adds],
        leading_on=[level for level in ladder.levels if competency in rubric.rising_must_haves[level.slug]],
        carried_from=[way for way in ladder.ways_in if any(carry.competency == slug for carry in way.carries)],
        previous=rubric.competencies[order[at - 1]] if at else None,
        following=rubric.competencies[order[at + 1]] if at + 1 < len(order) else None,
    )


@public_page
def list_specialisations(request: HttpRequest) -> HttpResponse:
    rubric, own = rubric_and_place(request)
    rows = [
        (item, specialised_rows(rubric, item), [offers.of_specialisation(item)])
        for item in rubric.ladder.specialisations
    ]
    return ladder_page(
        request,
        "ladder/pages/specialisations.html",
        rubric,
        here="specialisations",
        specialisations=rows,
        offers=[offers.where_you_stand(own)],
    )


@public_page
def list_paths(request: HttpRequest) -> HttpResponse:
    rubric, own = rubric_and_place(request)
    return ladder_page(
        request,
        "ladder/pages/paths.html",
        rubric,
        here="paths",
        ways_in=[(way, [offers.of_way_in(rubric, own, way)]) for way in rubric.ladder.ways_in],
        offers=[offers.where_you_stand(own)],
    )


@public_page
def list_questions(request: HttpRequest) -> HttpResponse:
    rubric, own = rubric_and_place(request)
    questions = [(item, links(rubric, item.see)) for item in rubric.ladder.questions]
    return ladder_page(
        request,
        "ladder/pages/questions.html",
        rubric,
        here="questions",
        questions=questions,
        offers=offers.of_questions(own, rubric.ladder),
    )
