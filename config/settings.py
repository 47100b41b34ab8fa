"""All settings, from the environment. docs/operations.md explains each; nothing here is a rule of the product."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.csp import CSP

from config import databases, environment

BASE_DIR = Path(__file__).resolve().parent.parent

# production: safe defaults, refuses to start half configured. local: one machine, one newcomer. test: the test suite.
PROFILE = environment.choice("PROFILE", environment.PROFILES, "production")
LOCAL = PROFILE == "local"
PRODUCTION = PROFILE == "production"
DATA_DIR = Path(environment.text("DATA_DIR", str(BASE_DIR / "var")))

DEBUG = environment.flag("DEBUG", default=False)


def _local_secret_key() -> str:
    """A key of this machine's own, made once, so that log-ins outlive a restart."""
    file = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(get_random_secret_key())
    except FileExistsError:
        pass
    return file.read_text().strip()


SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY and LOCAL:
    SECRET_KEY = _local_secret_key()
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Give it 50 or more random characters; docs/operations.md shows how to make one."
    )
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]"))
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the hosts that people type, such as ladder.example.com.")
# Where `manage.py serve` and `run_local` listen, with how many processes, and whether serving brings the database up
# to date.
SERVE_ADDRESS = environment.text("LISTEN", "127.0.0.1")
SERVE_PORT = environment.number("PORT", 8000, low=1, high=65_535)
SERVE_WORKERS = environment.number("WORKERS", 2, low=1, high=64)
SERVE_MIGRATES = environment.flag("MIGRATE", default=False)
# The address in mails, and the origins that forms may come from.
SITE_URL = environment.text(
    "SITE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else f"http://127.0.0.1:{SERVE_PORT}"
)
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", [SITE_URL] if SITE_URL.startswith("https://") else ())

INSTALLED_APPS = [
    "config",
    "people",
    "ladder",
    "assessments",
    "growth",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks_db",
    # Registered model by model in config/admin.py; what packages would register by themselves stays out.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    # Outermost, so that it sees every answer and all of the time that it took.
    "config.watching.watch",
    # Then these, so that every answer carries the headers: pages, errors, files, the move to https.
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.headers",
    "config.middleware.small_bodies",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.pages_for_405",
    "config.health.health",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.audit",
    "django_htmx.middleware.HtmxMiddleware",
    "people.middleware.session_use",
    "people.middleware.too_often",
    "people.middleware.log_in_again",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "people.login.second_factor.SecondFactorMiddleware",
    "people.middleware.own_time_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "config.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["config.templates.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# Databases. SQLite is embedded and the default; PostgreSQL by DATABASE_URL.
DATABASES = databases.configured(DATA_DIR, pooled=PROFILE != "test")
# The way to them is nobody else's, so no TLS is asked for (config/deploy_checks.py).
DATABASE_PRIVATE_NETWORK = environment.flag("DATABASE_PRIVATE_NETWORK", default=False)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One cache for all processes, so that a code of an app works once, whichever of them it meets.
# Its default of 300 entries would throw live ones away as soon as many people come.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# People
AUTH_USER_MODEL = "people.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "people.login.passwords.ContextWordsValidator"},
    {"NAME": "people.login.passwords.BreachedPasswordsValidator"},
]
# A file of the SHA-1 hashes of stolen passwords, in order; without one nothing is looked up.
_breached = environment.text("BREACHED_PASSWORDS")
BREACHED_PASSWORDS: Path | None = Path(_breached) if _breached else None
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "list_reports"
LOGOUT_REDIRECT_URL = "show_home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code typed into the same browser keeps the visitor's session, and with it the report they want to keep.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
# An address that exists and one that does not get the same answer, by page and by mail.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Before what would lock somebody out of their account or take all of it along: who is it? Good for some minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Rungwise: "
# A mail may be slow or lost: a new code on request, and time to fetch it.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
# Our words, and mail that leaves beside the request.
ACCOUNT_ADAPTER = "people.login.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "people.login.forms.LogInForm",
    "signup": "people.login.forms.SignUpForm",
    "add_email": "people.login.forms.AddEmailForm",
    "change_email": "people.login.forms.ChangeEmailForm",
    "change_password": "people.login.forms.ChangePasswordForm",
    "set_password": "people.login.forms.SetPasswordForm",
    "reset_password": "people.login.forms.ResetPasswordForm",
    "reset_password_from_key": "people.login.forms.ResetPasswordKeyForm",
    "reauthenticate": "people.login.forms.ReauthenticateForm",
    "request_login_code": "people.login.forms.RequestLogInCodeForm",
    "confirm_login_code": "people.login.forms.ConfirmLogInCodeForm",
    "confirm_email_verification_code": "people.login.forms.ConfirmEmailCodeForm",
}
# Beside allauth's own limits: wrong passwords of secret links, from one address and for one link. A link takes forty
# addresses a day to close to its readers, and 108,000 guesses in the 90 days that it lives at most. And mails that let
# somebody in, to one mail address: from one address of the net (a `pair`), and from all together, which is more, so
# that nobody alone can use them up.
ACCOUNT_RATE_LIMITS = {
    "open_link": "10/10m/ip,30/d/ip,1200/d/key",
    "request_login_code": "20/m/ip,3/m/pair,12/m/key",
    "reset_password": "20/m/ip,5/m/pair,20/m/key",
}
# Ours, by person, or by address for visitors: PDFs, other files, all of one's data, invitations (up to 500 each), codes
# by mail that say that it is them.
RATE_LIMITS = {
    "pdf": "20/m/key,200/h/key",
    "file": "60/m/key,600/h/key",
    "data": "10/h/key",
    "invite": "20/h/key,50/d/key",
    "resend": "60/h/key",
    "mailed_code": "5/10m/key,20/d/key",
}
# Who logs in with more than one factor, or sees nothing of what is theirs: people/login/second_factor.py.
SECOND_FACTOR = environment.choice("SECOND_FACTOR", ("staff", "managers", "everybody"), "staff")
MFA_ADAPTER = "people.login.adapter.MFAAdapter"
# Off while processes of a release that can't read sealed secrets are still running.
SEAL_SECOND_STEPS = environment.flag("SEAL_SECOND_STEPS", default=True)
MFA_FORMS = {
    "authenticate": "people.login.forms.AuthenticateForm",
    "reauthenticate": "people.login.forms.MFAReauthenticateForm",
    "activate_totp": "people.login.forms.ActivateTOTPForm",
    "add_webauthn": "people.login.forms.AddWebAuthnForm",
    "edit_webauthn": "people.login.forms.EditWebAuthnForm",
    "login_webauthn": "people.login.forms.LogInWebAuthnForm",
    "reauthenticate_webauthn": "people.login.forms.ReauthenticateWebAuthnForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXY_COUNT", 0, low=0, high=10)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Rungwise"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL

# Mail. The local profile writes it to files that the page /local/mail/ shows.
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", "Rungwise <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DIR = DATA_DIR / "mail"
# A mail server takes its time, and only for addresses that exist: who waits for it could tell.
MAIL_IN_BACKGROUND = PRODUCTION
# How long a worker has a mail for itself: longer than a mail server takes to answer.
MAIL_LEASE_SECONDS = environment.number("MAIL_LEASE_SECONDS", 120, low=1, high=3600)
# Jobs wait in the database; the worker beside the server does them, or one of its own (manage.py run_worker).
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
WORKER = environment.choice("WORKER", ("built-in", "separate"), "built-in")
if environment.text("MAIL_URL"):
    MAILERS = {"default": environment.mailer("MAIL_URL")}
elif LOCAL:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(MAIL_DIR)},
        }
    }
else:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}

# Sessions: a visitor's answers hang on theirs for 30 days. Who is logged in is asked again after a time without use,
# and after a time altogether; neither can be longer than the cookie lives.
SESSION_ENGINE = "people.login.sessions"
SESSION_IDLE_HOURS = environment.number("SESSION_IDLE_HOURS", 14 * 24, low=1, high=30 * 24)
SESSION_MAX_HOURS = environment.number("SESSION_MAX_HOURS", 30 * 24, low=1, high=30 * 24)
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# Transport and headers
HTTPS = environment.flag("HTTPS", default=PRODUCTION)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # The prefix makes browsers refuse the cookie from anywhere but this host over TLS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
if environment.flag("TRUST_PROXY_HTTPS_HEADER", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "mail.E001",  # without MAIL_URL mails go to the log, as docs/operations.md says
]
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
# What a request may bring: the largest forms take half a million characters, pasted or as a file. The rest of them
# have a hundred fields at most, and one file.
BODY_MAX = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_MAX
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Language and time: stored in UTC, shown in the person's zone.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Static files: hashed names, compressed, served by the app. The local profile serves them from the source tree.
STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Our files are for our pages.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

# Who was erased, by hashes of their ids: a restored backup is brought up to date from it.
ERASURE_JOURNAL: Path | None = DATA_DIR / "erasures.jsonl"

SITE_NAME = "Rungwise"
# The framework that visitors meet.
DEFAULT_LADDER = environment.text("DEFAULT_LADDER", "pm")

# Who knows this token reads /metrics; without one there is no such address.
METRICS_TOKEN = environment.text("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 24:
    raise ImproperlyConfigured("METRICS_TOKEN is too short. Give it 24 or more random characters.")

# The log. In production no line quotes what people wrote; see config/logs.py.
LOG_FORMAT = environment.choice("LOG_FORMAT", ("json", "text"), "json" if PRODUCTION else "text")
TRUST_REQUEST_ID_HEADER = environment.flag("TRUST_REQUEST_ID_HEADER", default=False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.json_lines", "with_texts": not PRODUCTION},
        "text": {"()": "config.logs.plain_lines", "with_texts": not PRODUCTION},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["console"],
        "level": environment.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    },
    "loggers": {
        # Django's own handlers would mail each error; the log is enough.
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # A 404 or a refused form is the visitor's business, not news for the operator.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
