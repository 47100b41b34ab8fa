"""An account is made before its address is proven, with a password that anybody may have chosen.

Whoever then types a code that was mailed to the address proves that it is theirs, but not that the account was:
somebody else may have signed up with it and wait. So the password ends there, unless the code is that of the very
sign-up or of a log-in by that password, whose page has a session that showed it.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from people.audit.log import Verb, record
from people.login.sessions import end_others
from people.models import User

# Where one comes by signing up or by the password only. Any other page that proves an address ends the password.
_BY_WHO_MADE_IT = frozenset({"account_email_verification_sent"})


@receiver(email_confirmed, dispatch_uid="first-proof")
def _end_the_password(request: HttpRequest, email_address: EmailAddress, **_kwargs: Any) -> None:
    match = request.resolver_match
    if match is not None and match.view_name in _BY_WHO_MADE_IT:
        return
    # The very person that the log-in goes on with: the session that it begins must fit the password as it is then.
    user: User = email_address.user
    if not user.has_usable_password():
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_others(user, request.session.session_key)
    record(user.home_id, Verb.PASSWORD_CHANGED, actor=user)
    messages.warning(
        request,
        _(
            "Your address is confirmed now. The password that this account had from before does not work any more, as "
            "somebody else could have chosen it. You can set a new one under “Password” in your account."
        ),
    )
