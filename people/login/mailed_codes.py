"""A code by mail for who has nothing else to show that it is them: good for some minutes, some tries, one use."""

import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from people.access import signed_in

# Among the data of a session: the code's hash, when it was sent, and how many tries are left.
KEY = "mailed_code"
TRIES = 3


def send(request: HttpRequest) -> None:
    """Mail a new code, which ends the one before."""
    user = signed_in(request)
    code = get_adapter().generate_login_code()
    request.session[KEY] = {"hash": _hash(code, user.pk), "at": time.time(), "left": TRIES}
    get_adapter().send_mail("account/email/confirm_code", user.email, {"code": code})


def is_waited_for(request: HttpRequest) -> bool:
    """Whether a code is out that may still be typed in."""
    sent = request.session.get(KEY)
    return bool(sent and sent["left"] > 0 and time.time() - sent["at"] < settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def take(request: HttpRequest, typed: str) -> bool:
    """Whether this is the code. Each answer counts; the right one ends it."""
    if not is_waited_for(request):
        return False
    sent = request.session[KEY]
    if constant_time_compare(_hash(typed, signed_in(request).pk), sent["hash"]):
        del request.session[KEY]
        return True
    request.session[KEY] = sent | {"left": sent["left"] - 1}
    return False


def _hash(code: str, user_id: object) -> str:
    """Of the code as people may type it: in small letters, without the hyphen."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac(KEY, f"{user_id}:{bare}", algorithm="sha256").hexdigest()
