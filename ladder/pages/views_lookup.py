"""Looking things up: a title, a word, and the names that levels are shown by."""

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
from ladder.pages import schemes
from ladder.pages.public import ladder_page, public_page
from ladder.search.search import search
from ladder.search.words import QUERY_LIMIT
from ladder.titles.titles import look_up, suggest
from people.fragments import wants_part
from people.models import User

# The longest address that a form may name to come back to.
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
    "anchor": _("What it looks like"),
    "action": _("What helps"),
}


@public_page
def find_title(request: HttpRequest) -> HttpResponse:
    """A title's level or candidates: a page, its answer alone for htmx, or JSON for those who accept that first."""
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
            specialisation=rubric.specialisations.get(answer.specialisation or ""),
            suggestions=suggest(rubric.ladder, "", limit=60),
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
        request, template, rubric, here="search", found=found, hits=[(hit, KINDS[hit.entry.kind]) for hit in found.hits]
    )


@csrf_exempt
@login_not_required
@require_POST
def choose_scheme(request: HttpRequest) -> HttpResponse:
    """Remember which names levels are shown by: in a cookie, and in the profile when signed in. Set, never toggled.

    The switch stands on public pages, where a token would be a cookie for every visitor and would keep the pages out of
    caches. So the browser's own word for where a form comes from takes its place; all it guards is a matter of taste.
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
    """Whether a form was sent from this site, by the headers that browsers set and scripts can't."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.get_host()


def _next_page(request: HttpRequest) -> str:
    """An address of this site that the form names; a longer one is none of ours, and browsers refuse it."""
    target = request.POST.get("next", "")
    if not target.startswith("/") or len(target) > NEXT_MAX or not url_has_allowed_host_and_scheme(target, None):
        return reverse("show_ladder")
    return target
