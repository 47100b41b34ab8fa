"""The page where people with neither a password nor a second step confirm who they are, by a code by mail."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core.internal.ratelimit import respond_429
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from people.access import signed_in
from people.limits.limits import within
from people.login import mailed_codes
from people.login.forms import MailedCodeForm


class ConfirmByMailView(BaseReauthenticateView):  # type: ignore[misc]
    """Offers to mail a code, then asks for it. What waited for it goes on afterwards."""

    template_name = "account/reauthenticate_by_mail.html"
    form_class = MailedCodeForm

    def get_form_class(self) -> type[MailedCodeForm]:
        return self.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "address": signed_in(self.request).email,
            "is_waited_for": mailed_codes.is_waited_for(self.request),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") != "send":
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        if not within(request, "mailed_code"):
            refused: HttpResponse = respond_429(request)
            return refused
        mailed_codes.send(request)
        return redirect(self.passthrough_next_url(request.path))

    def form_valid(self, form: MailedCodeForm) -> HttpResponse:
        user = signed_in(self.request)
        record_authentication(self.request, user, method="code", email=user.email, reauthenticated=True)
        answer: HttpResponse = super().form_valid(form)
        return answer


confirm_by_mail = ConfirmByMailView.as_view()
