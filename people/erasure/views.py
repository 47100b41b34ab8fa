"""Deleting my account, and removing an organisation."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from people.access import find_organisation, signed_in
from people.erasure.erase import ErasureError, erase_person, owned_alone
from people.erasure.removing import remove_by_owner
from people.fragments import render_form
from people.login.reauth import confirm_first
from people.models import Membership, Organisation
from people.policy import Action
from people.texts import isolated


class ConfirmForm(forms.Form):
    """A box to tick: a single click by mistake must not delete everything."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, I mean it"),
        error_messages={"required": gettext_lazy("Tick the box if you mean it.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays, then erase the account. The last owner of an organisation hands over first."""
    user = signed_in(request)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    alone = owned_alone(user)
    if request.method == "POST" and not alone and form.is_valid():
        return _delete(request)
    # Each with whether somebody else is in it, to whom it could be handed over.
    alone_in = [(item, Membership.objects.of(item.pk).exclude(user=user).exists()) for item in alone]
    context = {"form": form, "alone": alone_in, "section": "account"}
    return render_form(request, "people/erasure/delete_account.html", context)


@confirm_first
def _delete(request: HttpRequest) -> HttpResponse:
    try:
        erase_person(signed_in(request))
    except ErasureError as error:
        # The other owner stopped being one a moment ago.
        messages.warning(request, str(error))
        return redirect("delete_account")
    # `logout` would record it in the log of somebody who no longer exists.
    request.session.flush()
    request.user = AnonymousUser()
    return redirect("account_deleted")


@login_not_required
@require_safe
def account_deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "people/erasure/account_deleted.html")


@require_http_methods(["GET", "HEAD", "POST"])
def remove_whole_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what goes, then remove the organisation for everybody."""
    organisation, _standing = find_organisation(request, slug, Action.REMOVE_ORGANISATION)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _remove(request, organisation)
    people = Membership.objects.of(organisation).count()
    context = {"organisation": organisation, "form": form, "people": people, "section": "teams"}
    return render_form(request, "people/erasure/remove_organisation.html", context)


@confirm_first
def _remove(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    try:
        remove_by_owner(organisation, signed_in(request))
    except ErasureError as error:
        messages.warning(request, str(error))
        return redirect("edit_organisation", organisation.slug)
    messages.success(request, _("%(name)s is removed, with everything in it.") % {"name": isolated(organisation.name)})
    return redirect("list_organisations")
