"""Making and revoking secret links to a case, and the page that such a link opens."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from growth.cases.cases import find_case_link, links_to, make_case_link, shown_by
from growth.cases.views import find_case
from growth.models import CaseLink
from growth.pages import plan_page, posted, refusals_on
from people.access import signed_in
from people.limits.limits import limited
from people.links.forms import SecretLinkForm
from people.links.pages import ask_password, counts, gone, is_unlocked, unlisted
from people.requests import Request


class CaseLinkForm(SecretLinkForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with_evidence"].label = gettext_lazy("with the milestones and the evidence")


@require_http_methods(["GET", "HEAD", "POST"])
def share_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """List the links to a case and make one. No redirect after the POST: only a hash of the token is stored, so the
    address could not be shown on the next page."""
    case = find_case(request, pk)
    form, context = CaseLinkForm(posted(request)), {}
    if form.is_valid():
        with refusals_on(form):
            _link, token = make_case_link(case, signed_in(request), **form.cleaned_data)
            address = request.build_absolute_uri(reverse("show_shared_case", args=[token]))
            context = {"new_address": address, "new_has_password": bool(form.cleaned_data["password"])}
    status = 422 if form.errors else 200
    link_form = CaseLinkForm() if context else form
    links = list(links_to(case))
    return plan_page(request, "cases/share.html", status=status, case=case, links=links, link_form=link_form, **context)


@require_POST
def revoke_case_link(request: Request, pk: uuid.UUID) -> HttpResponse:
    """End a link: from the next request on it opens nothing."""
    user = signed_in(request)
    link = get_object_or_404(CaseLink.objects.filter(author=user, organisation=user.home_id), pk=pk)
    link.revoke()
    messages.success(request, _("Revoked: the link opens nothing any more."))
    return redirect("share_case", link.case_id)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
@limited("shared")
def show_shared_case(request: Request, token: str) -> HttpResponse:
    """The case behind a link, after its password if it has one, which a POST sends (people/links/pages.py)."""
    link = find_case_link(token)
    if link is None:
        return gone(request)
    is_author = request.user.pk == link.author_id
    if not is_author and not is_unlocked(request, link):
        return ask_password(request, link)
    if request.method == "POST":
        return redirect(request.get_full_path())
    if counts(request) and not is_author:
        link.note_opening()
    context = {
        "case": link.case,
        "link": link,
        # Never the e-mail address: whoever has the link would learn it.
        "whose": link.author.name,
        "is_author": is_author,
        "sections": shown_by(link),
    }
    return render(request, "growth/cases/shared.html", context)
