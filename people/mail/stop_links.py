"""Links in mails that end a kind of them by one click, without a log-in (RFC 8058)."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from people.models import User


def one_click(address: str) -> dict[str, str]:
    """Headers by which mail programs offer to end such mails: they post to the address, without cookies."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@dataclass(frozen=True, slots=True)
class StopLink:
    """Ends mails that an account asked for. `page` is the name of its address, `wish` the field of the account, or ""
    where its page ends them. The `salt` is in mails that people have, and must not change."""

    page: str
    wish: str
    salt: str

    def of(self, user: User) -> str:
        """The link for somebody. It never expires."""
        return settings.SITE_URL + reverse(self.page, args=[signing.dumps(str(user.pk), salt=self.salt)])

    def follow(self, token: str, *, really: bool) -> bool:
        """Whether the token is ours and its account exists; if `really`, end the mails."""
        user = self.whose(token)
        if user and really:
            User.objects.filter(pk=user.pk).update(**{self.wish: False})
        return user is not None

    def whose(self, token: str) -> User | None:
        """The account that a token of ours is for; None for any other."""
        try:
            pk = signing.loads(token, salt=self.salt)
        except signing.BadSignature:
            return None
        return User.objects.filter(pk=pk).first()
