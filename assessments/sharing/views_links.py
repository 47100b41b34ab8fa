"""Secret links: making and revoking them beside the sharing of copies, and the report that they open."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from assessments.access import find, may
from assessments.models import ReportLink
from assessments.openings import note_link_opened
from assessments.report.find import folds_asked, level_asked, part_asked, part_template, wants_today
from assessments.report.letter import Letter
from assessments.sharing.copies import SharingError
from assessments.sharing.forms import PersonForm
from assessments.sharing.links import find_link, make_link, report_behind
from assessments.sharing.views import share_context
from people.access import signed_in
from people.limits.limits import limited
from people.links.forms import SecretLinkForm
from people.links.pages import ask_password, counts, gone, is_unlocked, unlisted
from people.policy import Action
from people.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
def create_report_link(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a link and show it. No redirect then: the address is stored nowhere, so only this response can show it."""
    user = signed_in(request)
    assessment = find(request, pk)
    if not may(Action.SHARE, assessment):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("share_report", assessment.pk)
    form = SecretLinkForm(request.POST)
    address, status = "", 422
    if form.is_valid():
        try:
            _link, token = make_link(assessment, user, **form.cleaned_data)
        except SharingError as error:
            form.add_error(None, str(error))
        else:
            address, status = request.build_absolute_uri(reverse("show_shared_report", args=[token])), 200
    context = share_context(assessment, user, PersonForm(user=user)) | {
        "new_address": address,
        "new_has_password": bool(address and form.cleaned_data["password"]),
        "link_form": SecretLinkForm() if address else form,
    }
    return render(request, "assessments/sharing/share.html", context, status=status)


@require_POST
def revoke_report_link(request: Request, pk: uuid.UUID) -> HttpResponse:
    """End a link: from the next request on it opens nothing."""
    user = signed_in(request)
    link = ReportLink.objects.filter(author=user, organisation=user.home_id, pk=pk).first()
    if link is None:
        raise Http404
    link.revoke()
    messages.success(request, _("Revoked: the link opens nothing any more."))
    return redirect(reverse("share_report", args=[link.assessment_id]) + "#links")


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
@limited("shared")
def show_shared_report(request: Request, token: str) -> HttpResponse:
    """The report behind a link, for whoever holds its address, after the password if it has one.

    POST answers the password; why it needs no CSRF token is said where it is asked for.
    """
    link = find_link(token)
    if link is None:
        return gone(request)
    is_author = request.user.pk == link.author_id
    if not is_author and not is_unlocked(request, link):
        return ask_password(request, link)
    if request.method == "POST":
        return redirect(request.get_full_path())
    against = level_asked(request, link.assessment.rubric)
    part = part_asked(request)
    if counts(request) and not is_author:
        link.note_opening()
        if request.user.is_authenticated:
            note_link_opened(link, signed_in(request))
    report = report_behind(link, against, by_today=wants_today(request))
    context = {
        "report": report,
        "letter": Letter(report),
        "open_folds": folds_asked(request),
        "link": link,
        # Their name if they gave one; never their e-mail address.
        "whose": link.author.name,
        "submitted_at": link.assessment.submitted_at,
        "is_author": is_author,
        "notes": report.notes,
        "marked": set(),
    }
    return render(request, part_template(part) if part else "assessments/sharing/shared.html", context)
