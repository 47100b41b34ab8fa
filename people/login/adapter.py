"""Our adapters for allauth: our wording of its errors, our rules for confirming, and how it sends mail."""

import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.addresses import canonical
from people.limits.limits import mark
from people.login import sealing
from people.login.reauth import confirm, is_second_step
from people.mail.post import post
from people.models import User


def on_site(address: str) -> str:
    """The same address under SITE_URL, whatever host it was made with."""
    return f"{settings.SITE_URL}{urlsplit(address)._replace(scheme='', netloc='').geturl()}"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "cannot_remove_primary_email": _("This is the address you log in with. Choose another one first."),
        "duplicate_email": _("This address already belongs to your account."),
        "email_password_mismatch": _(
            "That address and password don’t go together. Check both, or have a code mailed to you."
        ),
        "email_taken": _("This address can’t be used here. Try another one."),
        "enter_current_password": _("That is not your current password."),
        "incorrect_code": _("That code does not match. Check it, or take the newest one you have."),
        "incorrect_password": _("That password does not match."),
        "invalid_password_reset": _("This link does not work any more. Ask for a new one."),
        "max_email_addresses": _("An account can have %d addresses at most."),
        "rate_limited": _("That was a lot in a short time. Wait a moment, then try again."),
        "same_as_current": _("That is what it is already."),
        "too_many_login_attempts": _("Too many attempts did not work. Wait a few minutes, then try again."),
        "unverified_primary_email": _("Confirm this address first."),
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Make the answer a 429 when a form was sent too often; allauth would answer 200."""
        if code in {"too_many_login_attempts", "rate_limited"}:
            mark(current.request)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.time_zone = form.cleaned_data.get("time_zone") or user.time_zone
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def is_safe_url(self, url: str | None) -> bool:
        """Whether to go on to this address after a log-in. For what is no address allauth would raise ValueError."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """Count wrong passwords by the mail address alone, as it is looked up. allauth adds the host, in which the
        client can write any port: with each port an attacker would get five more guesses."""
        return canonical(str(credentials.get("email") or credentials.get("username") or ""))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """How somebody can confirm who they are. People with a second step must use it: somebody who has only their
        password could otherwise replace it. People with neither use a code by mail."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        methods = [method for method in methods if is_second_step(method)] or methods
        if not methods and user.is_authenticated:
            methods = [{"id": "mail", "description": _("Use a code by mail"), "url": reverse("reauthenticate_by_mail")}]
        return methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Make allauth's views ask by our rules. By its own, people pass who have nothing to confirm with, or who gave
        the password before they had a second step."""
        required = bool(super().is_reauthentication_required(app=app, **kwargs))
        if required and current.request.user.is_authenticated:
            confirm(current.request)
        return required

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render a mail from its templates and post it, with links under SITE_URL. allauth makes them from the Host of
        the request, in which the client can write any port."""
        links = {name: on_site(value) for name, value in context.items() if name.endswith("_url")}
        ours = {"email": email, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        lasts = datetime.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT) if "code" in context else None
        message = self.render_mail(template_prefix, email, {"request": current.request, **ours, **context, **links})
        post(message, lasts=lasts)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("Switch two-step log-in off before you change your address."),
        "cannot_generate_recovery_codes": _("Recovery codes go with an authenticator app or a key. Add one first."),
        "incorrect_code": _("That code does not match. Authenticator codes change twice a minute: try the newest."),
        "unverified_email": _("Confirm your e-mail address first, then come back."),
    }

    def encrypt(self, text: str) -> str:
        """Seal the secret of an authenticator app, or the seed of recovery codes, before it is stored."""
        return sealing.seal(text) if settings.SEAL_SECOND_STEPS else text

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """The QR code without its `<?xml …?>`, which is an error in HTML."""
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  - allauth's name
        """The name of a new key until the person gives it one."""
        held: int = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Key %(number)d") % {"number": held + 1} if held else gettext("My key")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the site in the browser's dialogue, which would show only the host."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SITE_NAME}
