"""Second steps as allauth stores them: which keys can log in alone, and sealing the secrets of apps and recovery codes
(people/login/sealing.py), and with them the keys of the site."""

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from people.database.transactions import transactional
from people.login import sealing
from people.models import SiteKey

# allauth's name for the secret of each kind. Of keys and passkeys only the public half is stored.
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def can_log_in_alone(key: Authenticator) -> bool:
    """Whether a key was set up as a passkey. Some browsers don't tell; then it counts as one if it checked the person,
    as a passkey must."""
    passkey = key.wrap()
    if passkey.is_passwordless is None:
        return bool(passkey.authenticator_data.is_user_verified())
    return bool(passkey.is_passwordless)


def not_under_the_key() -> QuerySet[Authenticator]:
    """Second steps whose secrets are in the clear, or sealed under an earlier key."""
    others = Q(pk__in=())
    for kind, name in SECRETS.items():
        others |= Q(type=kind, **{f"data__{name}__isnull": False}) & ~Q(**{f"data__{name}__startswith": sealing.head()})
    found: QuerySet[Authenticator] = Authenticator.objects.filter(others).order_by("pk")
    return found


def site_keys_not_under_the_key() -> QuerySet[SiteKey]:
    return SiteKey.objects.exclude(sealed__startswith=sealing.head())


def reseal() -> tuple[int, int]:
    """Seal them all under the present key, one at a time, while the site runs. Returns how many were sealed, and how
    many no key opens."""
    for key in site_keys_not_under_the_key():
        if sealing.is_readable(key.sealed):
            site_keys_not_under_the_key().filter(pk=key.pk).update(sealed=sealing.seal(sealing.unseal(key.sealed)))
    done = [_reseal(key) for key in not_under_the_key().values_list("pk", flat=True)]
    return sum(done), not_under_the_key().count()


@transactional
def _reseal(key: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=key).first()
    if row is None or not sealing.is_readable(secret := row.data[SECRETS[row.type]]):
        return False
    row.data[SECRETS[row.type]] = sealing.seal(sealing.unseal(secret))
    row.save(update_fields=["data"])
    return True
