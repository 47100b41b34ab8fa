"""Looking up a title, searching the ladder, and choosing the names that levels are shown by."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ladder.models import current_rubric
from ladder.pages import offers, schemes
from ladder.pages.public import ladder_page, public_page
from ladder.pages.references_shown import links
from ladder.search.search import search
from ladder.search.words import QUERY_LIMIT
from ladder.titles.titles import look_up, suggest
from people.fragments import wants_part
from people.models import User

# The longest address that a form may send the browser back to.
NEXT_MAX = 1000
KINDS = {
    "competency": _("Competency"),
    "level": _("Level"),
    "track": _("Track"),
    "specialisation": _("Specialisation"),
    "way-in": _("Way in"),
    "way-across": _("Way across"),
    "beyond": _("Beyond the ladder"),
    "question": _("Question"),
    "title": _("Title"),
    "scheme": _("Names of levels"),
    "milestone": _("Sign of a step up"),
    "scale": _("The scale"),
    "page": _("Page"),
    "step": _("What it looks like"),
    "action": _("What helps"),
}


@public_page
def find_title(request: HttpRequest) -> HttpResponse:
    """The level or candidates of a title: a page, for htmx the answer alone, or JSON for clients that prefer it."""
    rubric = current_rubric()
    query = request.GET.get("q", "")
    answer = look_up(rubric.ladder, query, gettext)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response: HttpResponse = JsonResponse(answer.as_json())
        patch_vary_headers(response, ["HX-Request"])
    else:
        template = "ladder/pages/titles.html#answer" if wants_part(request) else "ladder/pages/titles.html"
        response = ladder_page(
            request,
            template,
            rubric,
            here="titles",
            answer=answer,
            asked=bool(query.strip()),
            candidates=[(rubric.levels[item.level], item.why) for item in answer.candidates],
            links=links(rubric, answer.see),
            specialisation=rubric.specialisations.get(answer.specialisation or ""),
            suggestions=suggest(rubric.ladder, "", limit=60),
            offers=offers.of_title(rubric, answer),
            ways_in=offers.ways_in(rubric.ladder),
        )
    patch_vary_headers(response, ["Accept"])
    return response


@public_page
def search_ladder(request: HttpRequest) -> HttpResponse:
    rubric = current_rubric()
    query = request.GET.get("q", "").replace("\0", "").strip()[:QUERY_LIMIT]
    found = search(rubric.ladder, query)
    template = "ladder/pages/search.html#hits" if wants_part(request) else "ladder/pages/search.html"
    return ladder_page(
        request,
        template,
        rubric,
        here="search",
        found=found,
        hits=[(hit, KINDS[hit.entry.kind]) for hit in found.hits],
        offers=offers.of_nothing_found(found.query),
    )


@csrf_exempt
@login_not_required
@require_POST
def choose_scheme(request: HttpRequest) -> HttpResponse:
    """Remember the names that levels are shown by: in a cookie, and in the profile when signed in.

    The form is on public pages. A CSRF token would set a cookie for every visitor and keep these pages out of caches,
    so the headers that say where a form comes from are checked instead; a forged one could only change names.
    """
    if not _from_here(request):
        return HttpResponseForbidden(
            gettext("This form came from another site."), content_type="text/plain; charset=utf-8"
        )
    slug = request.POST.get("scheme", "")
    if slug not in current_rubric().schemes:
        slug = ""
    if request.user.is_authenticated and request.user.scheme != slug:
        User.objects.filter(pk=request.user.pk).update(scheme=slug)
    response = HttpResponseRedirect(_next_page(request))
    if slug:
        response.set_cookie(
            schemes.COOKIE,
            slug,
            max_age=schemes.COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(schemes.COOKIE, samesite="Lax")
    return response


def _from_here(request: HttpRequest) -> bool:
    """Whether a form was sent from this site, by headers that browsers set and scripts can't change."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.get_host()


def _next_page(request: HttpRequest) -> str:
    """The address of this site that the form names, else the map: a link elsewhere would make this an open redirect."""
    target = request.POST.get("next", "")
    if not target.startswith("/") or len(target) > NEXT_MAX or not url_has_allowed_host_and_scheme(target, None):
        return reverse("show_ladder")
    return target
