"""The pages of the audit log: an organisation's for its owners, and each person's own."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.core.validators import ProhibitNullCharactersValidator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from people.access import find_organisation, signed_in
from people.audit.log import Verb, record, verify
from people.audit.page import LogFilter, as_csv, found, in_words, role_in_words
from people.fields import LineField
from people.files import CSV, file_response
from people.models import Organisation
from people.policy import Action

PAGE = 50
LOOKED_AT = 1000
"""The newest events, which the page verifies; manage.py verify_audit verifies all."""


class LogForm(forms.Form):
    """The filter of the log; nothing is required."""

    verb = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("everything")), *Verb.choices])
    who = LineField(
        label=_("Who"),
        required=False,
        max_length=120,
        validators=[ProhibitNullCharactersValidator()],
        help_text=_("Name, or whole address, of somebody who is in the organisation."),
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@require_safe
def show_log(request: HttpRequest, slug: str) -> HttpResponse:
    """What was done and refused in the organisation, 50 a page."""
    organisation, _standing = find_organisation(request, slug, Action.READ_LOG)
    return _page(request, organisation, "people/audit/log.html", {"section": "teams"})


@require_safe
def show_own_log(request: HttpRequest) -> HttpResponse:
    """The log of my own space: log-ins, exports, refusals."""
    return _page(request, signed_in(request).home, "people/audit/own.html", {"section": "account"})


def _page(request: HttpRequest, organisation: Organisation, template: str, more: dict[str, Any]) -> HttpResponse:
    form = LogForm(request.GET)
    wish = LogFilter(**form.cleaned_data) if form.is_valid() else LogFilter()
    page = Paginator(found(organisation, wish), PAGE).get_page(request.GET.get("page"))
    asked = QueryDict(mutable=True)
    asked.update({name: request.GET[name] for name in form.fields if request.GET.get(name) and form.is_valid()})
    context = {
        "organisation": organisation,
        "form": form,
        "page": page,
        "lines": [(line, role_in_words(line.event.role)) for line in in_words(organisation, page)],
        "asked": asked.urlencode(),
        "chain": verify(organisation.pk, newest=LOOKED_AT),
        **more,
    }
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_POST
def export_log(request: HttpRequest, slug: str) -> HttpResponse:
    """The events that match the filter, as CSV. The export itself is recorded as well."""
    organisation, _standing = find_organisation(request, slug, Action.READ_LOG)
    form = LogForm(request.POST)
    wish = LogFilter(**form.cleaned_data) if form.is_valid() else LogFilter()
    body = as_csv(organisation, found(organisation, wish))
    record(organisation.pk, Verb.LOG_EXPORTED, organisation, kind="organisation")
    return file_response(body, f"rungwise-log-{organisation.slug}.csv", CSV)
