"""What all pages behind a secret link have in common: they hide from search engines, ask for the password and count
readers."""

from collections.abc import Callable
from functools import wraps

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from people.links.links import LINK_PASSWORD_MAX, SecretLink

# How long a browser is not asked for the password again.
UNLOCKED_SECONDS = 3600
UNLOCKED_COOKIE = "link"
TOO_EARLY = 425


def unlisted[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Keep a page out of search engines and caches, and its address out of the Referer that other sites get.

    A browser that prefetches gets nothing, and asks again when somebody opens the page: else nobody would count it.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = args[0]
        assert isinstance(request, HttpRequest)  # noqa: S101  - for the type checker
        response = HttpResponse(status=TOO_EARLY) if _looks_ahead(request) else view(*args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        patch_cache_control(response, no_store=True, private=True)
        return response

    return wrapped


def gone(request: HttpRequest) -> HttpResponse:
    """The one answer to links that ended, were revoked or never existed."""
    return render(request, "people/links/gone.html", status=404)


def is_unlocked(request: HttpRequest, link: SecretLink) -> bool:
    """Whether the link has no password, or it was typed in this browser in the last hour."""
    if not link.password:
        return True
    mark = request.get_signed_cookie(UNLOCKED_COOKIE, None, salt=_salt(link), max_age=UNLOCKED_SECONDS)
    return bool(mark == str(link.pk))


def ask_password(request: HttpRequest, link: SecretLink) -> HttpResponse:
    """Show the form that asks for the password, and answer it.

    It needs no CSRF token: `no-referrer` makes browsers send the form with the origin `null`, and the worst a forged
    form could do is to open, in a browser, a link whose address and password its author had already.
    """
    if request.method != "POST":
        if getattr(request, "htmx", False):
            # The cookie ran out while the page was open. htmx would put the form into a part of that page.
            return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()})
        return _form(request)
    typed = request.POST.get("password", "").strip()
    if not typed:
        return _form(request, _("Type the password that you were given."), status=422)
    # Counted before it is looked at: guesses sent at the same moment would all find room. The right one is given back,
    # so that a whole team behind one IP address can come in.
    use = ratelimit.consume(request, app="allauth.account", action="open_link", key=str(link.pk))
    if not use:
        return _form(request, _("That was a lot in a short time. Wait some minutes, then try again."), status=429)
    if len(typed) > LINK_PASSWORD_MAX or not link.opens_with(typed):
        return _form(request, _("That is not the password of this link."), status=422)
    use.rollback()
    response = redirect(request.get_full_path())
    response.set_signed_cookie(
        UNLOCKED_COOKIE,
        str(link.pk),
        salt=_salt(link),
        max_age=UNLOCKED_SECONDS,
        path=request.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def counts(request: HttpRequest) -> bool:
    """Whether this answer counts as a reading. A part of the page does, too: only the one who asks says that they have
    the page around it already."""
    return request.method == "GET"


def _looks_ahead(request: HttpRequest) -> bool:
    purpose = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return any(word in purpose.lower() for word in ("prefetch", "prerender", "preview"))


def _form(request: HttpRequest, error: str = "", *, status: int = 200) -> HttpResponse:
    return render(request, "people/links/locked.html", {"error": error}, status=status)


def _salt(link: SecretLink) -> str:
    """Different for each link and password: the cookie of another link, or of an earlier password, opens nothing."""
    return f"secret-link:{link.token_hash}:{link.password}"
