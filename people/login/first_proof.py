"""Ends the password that an account had before its address was confirmed.

Anybody can sign up with somebody else's address and wait. If the owner of the address later confirms it, by a code that
was mailed there, the stranger's password would open their account. So it ends, unless the code was typed in a session
that signed up or logged in with that password.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from people.audit.log import Verb, record
from people.login.sessions import end_others, stored_key_of
from people.models import User

# The page that people reach only by signing up or by the password. Any other page ends the password.
_BY_WHO_MADE_IT = frozenset({"account_email_verification_sent"})


@receiver(email_confirmed, dispatch_uid="first-proof")
def _end_the_password(request: HttpRequest, email_address: EmailAddress, **_kwargs: Any) -> None:
    match = request.resolver_match
    if match is not None and match.view_name in _BY_WHO_MADE_IT:
        return
    # The same object that the log-in goes on with: with another one, the session would be made for the old password.
    user: User = email_address.user
    if not user.has_usable_password():
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_others(user, stored_key_of(request))
    record(user.home_id, Verb.PASSWORD_CHANGED, actor=user)
    messages.warning(
        request,
        _(
            "Your address is confirmed now. The password that this account had from before does not work any more, as "
            "somebody else could have chosen it. You can set a new one under “Password” in your account."
        ),
    )
