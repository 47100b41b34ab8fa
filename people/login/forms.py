"""allauth's forms in our words: labels that stay visible, no placeholders, a sentence of help where it is needed."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as account
from allauth.core import context as current
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import get_state, parse_authentication_response
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import UserVerificationRequirement

from people.addresses import canonical
from people.fields import AddressField, NameField, ZoneField
from people.login import mailed_codes
from people.login.reauth import confirm
from people.login.second_steps import can_log_in_alone
from people.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

type Words = dict[str, str | StrPromise]

_NEW_PASSWORD = _("At least 10 characters. Four random words make a good one.")
_MAIL_CODE = {"autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
_APP_CODE = {"spellcheck": "false", "autofocus": True}


class Plain(forms.Form):
    """`labels` and `helps` are by field; an empty help removes allauth's. `attrs` are for the field `code`."""

    labels: ClassVar[Words] = {}
    helps: ClassVar[Words] = {}
    attrs: ClassVar[dict[str, Any]] = {}
    # In the place of allauth's, which lets each spelling of an address be another one.
    address_field: type[AddressField] = AddressField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, field.help_text)
            if isinstance(field, forms.EmailField):
                label = self.labels.get(name, _("E-mail address"))
                kind = {"label": label, "help_text": field.help_text, "widget": field.widget}
                self.fields[name] = self.address_field(required=field.required, **kind)
        if "code" in self.fields:
            self.fields["code"].widget.attrs.update(self.attrs)


class KnownAddressField(AddressField):
    """The address of an account that is there, however it is spelled.

    Browsers send what stands in a field for e-mail in their own spelling, by which an older one would find nobody.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.input_type = "text"
        self.widget.attrs |= {"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> Any:
        known = User.objects.spelled(str(value or ""))
        return super().clean(value) if known == canonical(known) else known


class LogInForm(Plain, account.LoginForm):  # type: ignore[misc]
    address_field = KnownAddressField
    labels: ClassVar[Words] = {"remember": _("Keep me logged in on this device")}
    helps: ClassVar[Words] = {"password": ""}


class SignUpForm(Plain, account.SignupForm):  # type: ignore[misc]
    helps: ClassVar[Words] = {
        "email": _("We send a code there, and nothing else unless you ask for it."),
        "password1": _NEW_PASSWORD,
    }

    # static/js/zone.js fills it in. Of what it does not know, nothing is said: nobody has typed it.
    time_zone = ZoneField(by_script=True, required=False, widget=forms.HiddenInput(attrs={"data-zone": ""}))

    def try_save(self, request: HttpRequest) -> Any:
        """Hash the password for a known address as well: the time saved would tell that the address has an account."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(Plain, account.AddEmailForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {"email": _("New address")}
    helps: ClassVar[Words] = {"email": _("We send a code there. The old address stays until you have typed it in.")}


class ChangeEmailForm(Plain, account.ChangeEmailForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(Plain, account.ChangePasswordForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }
    helps: ClassVar[Words] = {"password1": _NEW_PASSWORD}


class SetPasswordForm(Plain, account.SetPasswordForm):  # type: ignore[misc]
    """Confirms first: somebody at an open screen could set a password, and confirm everything else with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        confirm(current.request)
        super().__init__(*args, **kwargs)

    labels: ClassVar[Words] = {"password2": _("Password, once more")}
    helps: ClassVar[Words] = {"password1": _NEW_PASSWORD}


class ResetPasswordForm(Plain, account.ResetPasswordForm):  # type: ignore[misc]
    address_field = KnownAddressField


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {"password1": _("New password"), "password2": _("New password, once more")}
    helps: ClassVar[Words] = {"password1": _NEW_PASSWORD}


class ReauthenticateForm(Plain, account.ReauthenticateForm):  # type: ignore[misc]
    pass


class MailedCodeForm(forms.Form):
    """The code that was mailed for this session."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", **_MAIL_CODE}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not mailed_codes.take(self.request, code):
            raise forms.ValidationError(_("That code does not match. Check it, or have a new one mailed to you."))
        return code


class RequestLogInCodeForm(Plain, account.RequestLoginCodeForm):  # type: ignore[misc]
    address_field = KnownAddressField


class ConfirmLogInCodeForm(Plain, account.ConfirmLoginCodeForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {"code": _("Code from the mail")}
    attrs: ClassVar[dict[str, Any]] = _MAIL_CODE


class ConfirmEmailCodeForm(Plain, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {"code": _("Code from the mail")}
    attrs: ClassVar[dict[str, Any]] = _MAIL_CODE


class CodeForm(Plain):
    """Takes a code of an app once. allauth remembers it for half a minute; with tolerance it is right for longer."""

    user: User
    labels: ClassVar[Words] = {"code": _("Code from your app, or a recovery code")}
    attrs: ClassVar[dict[str, Any]] = _APP_CODE

    def clean_code(self) -> str:
        digits = "".join(filter(str.isalnum, self.cleaned_data["code"]))
        key = salted_hmac("people.code", f"{self.user.pk} {digits}", algorithm="sha256").hexdigest()
        # Asked first: a code that was seen and sent again must not count as a proof, which ends the count of guesses.
        if cache.get(key):
            raise get_adapter().validation_error("incorrect_code")
        code: str = super().clean_code()  # type: ignore[misc]
        cache.set(key, 1, settings.MFA_TOTP_TOLERANCE * 60 + 30)
        return code


class AuthenticateForm(CodeForm, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class MFAReauthenticateForm(CodeForm, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):  # type: ignore[misc]
    labels: ClassVar[Words] = {"code": _("Code that the app shows")}
    attrs: ClassVar[dict[str, Any]] = {"inputmode": "numeric", "spellcheck": "false"}


class _Decoder(json.JSONDecoder):
    """Python raises other errors for a number of 5,000 digits and for deep nesting, which Django's form field lets
    through as a 500."""

    def decode(self, s: str) -> Any:  # type: ignore[override]
        try:
            return super().decode(s)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("not readable", s, 0) from error


def _credential() -> forms.JSONField:
    return forms.JSONField(widget=forms.HiddenInput, decoder=_Decoder)


class AddWebAuthnForm(Plain, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    name = NameField(required=False)
    credential = _credential()
    labels: ClassVar[Words] = {"name": _("A name for it"), "passwordless": _("Log in with this key alone: a passkey")}
    helps: ClassVar[Words] = {
        "name": _("So that you can tell your keys apart, such as “Work laptop”."),
        "passwordless": _(
            "Needs a device that checks your fingerprint, face or PIN. "
            "Without the tick it is a second step after your password."
        ),
    }


class LogInWebAuthnForm(webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Logging in with a key alone, which must have checked a fingerprint, face or PIN."""

    credential = _credential()

    def clean_credential(self) -> Authenticator:
        """Refuse the challenge of the second step, which asks for a touch only. allauth keeps one challenge in a
        session, for whatever it was made: somebody who found a key could answer that one here, and be in."""
        asked_for = (get_state() or {}).get("user_verification")
        shown = parse_authentication_response(self.cleaned_data["credential"]).response.authenticator_data
        authenticator: Authenticator = super().clean_credential()
        if asked_for != UserVerificationRequirement.REQUIRED or not shown.is_user_verified():
            raise forms.ValidationError(
                _("Unlock your key with a fingerprint, your face or its PIN, and try once more.")
            )
        if not can_log_in_alone(authenticator):
            raise forms.ValidationError(
                _("This key is your second step. Log in with your password or a code by mail first.")
            )
        return authenticator


class ReauthenticateWebAuthnForm(webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _credential()


class EditWebAuthnForm(Plain, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    name = NameField()
    labels: ClassVar[Words] = {"name": _("A name for it")}
