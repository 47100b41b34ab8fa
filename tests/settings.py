"""Settings of the test suite: the real ones, with what makes tests quick and strict."""

import os

os.environ.setdefault("PROFILE", "test")
os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-that-is-long-enough-to-be-a-real-one-0123456789")

from config.settings import *  # noqa: F403
from config.settings import DATA_DIR, INSTALLED_APPS, MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Without a manifest there is nothing to collect before the tests run.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
ERASURE_JOURNAL = None
# As an operator lifts it: people in tests are as new as can be.
NEW_ACCOUNT_MAILS = 1000
# Fails a test in which a query runs once for each row.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = [*MIDDLEWARE, "zeal.middleware.zeal_middleware"]
ZEAL_RAISE = True
# allauth reads the same address a few times on its way through a log-in; that does not grow with the rows.
ZEAL_ALLOWLIST = [{"model": "account.EmailAddress"}, {"model": "mfa.Authenticator"}]
# Pages for the validator in .ci/run.
if os.environ.get("PAGES_DIR"):
    MIDDLEWARE = ["tests.kept_pages.keep_pages", *MIDDLEWARE]
# Workers of the tests share the one place for making a PDF: whoever finds it taken is refused at once.
DATA_DIR = DATA_DIR / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
