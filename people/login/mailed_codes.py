"""Codes by mail for people with neither a password nor a second step, to confirm who they are."""

import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from people.access import signed_in

# In the session: the hash of the code, when it was sent, and how many tries are left.
KEY = "mailed_code"
TRIES = 3


def send(request: HttpRequest) -> None:
    """Mail a new code; an earlier one stops working."""
    user = signed_in(request)
    code = get_adapter().generate_login_code()
    request.session[KEY] = {"hash": _hash(code, user.pk), "at": time.time(), "left": TRIES}
    get_adapter().send_mail("account/email/confirm_code", user.email, {"code": code})


def is_waited_for(request: HttpRequest) -> bool:
    """Whether a code was sent that still works."""
    sent = request.session.get(KEY)
    return bool(sent and sent["left"] > 0 and time.time() - sent["at"] < settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def take(request: HttpRequest, typed: str) -> bool:
    """Whether this is the code. A wrong one costs a try; the right one can't be used again."""
    if not is_waited_for(request):
        return False
    sent = request.session[KEY]
    if constant_time_compare(_hash(typed, signed_in(request).pk), sent["hash"]):
        del request.session[KEY]
        return True
    request.session[KEY] = sent | {"left": sent["left"] - 1}
    return False


def _hash(code: str, user_id: object) -> str:
    """The hash of a code, however it is typed: in small letters, without the hyphen."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(KEY, f"{user_id}:{bare}", algorithm="sha256").hexdigest()
