"""All settings, from the environment. docs/operations.md explains each; nothing here is a rule of the product."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.csp import CSP

from config import databases, environment

BASE_DIR = Path(__file__).resolve().parent.parent

# production: safe defaults, refuses to start half configured. local: for a newcomer's own machine. test: for the tests.
environment.refuse_misspelt()
environment.refuse_path()
PROFILE = environment.choice("PROFILE", environment.PROFILES, "production")
LOCAL = PROFILE == "local"
PRODUCTION = PROFILE == "production"
DATA_DIR = Path(environment.text("DATA_DIR") or BASE_DIR / "var")

DEBUG = environment.flag("DEBUG", default=False)


def _local_secret_key() -> str:
    """A key for this machine, made once and kept in DATA_DIR: a new one at each start would log everybody out."""
    file = environment.folder("DATA_DIR", DATA_DIR) / "secret_key"
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
if PRODUCTION:
    SECRET_KEY = environment.secret_key("SECRET_KEY")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG=1 shows the inside of the site to everybody. Use it with PROFILE=local.")
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]"))
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the hosts that people type, such as ladder.example.com.")
# Where `manage.py serve` and `run_local` listen, the number of processes, and whether `serve` migrates first.
SERVE_ADDRESS = environment.text("LISTEN", "127.0.0.1").strip("[]")
SERVE_PORT = environment.number("PORT", 8000, low=1, high=65_535)
# Where the process beside the server says how it is (config/keeper.py); 0: nowhere.
HEALTH_PORT = environment.number("HEALTH_PORT", 0, low=0, high=65_535)
if HEALTH_PORT == SERVE_PORT:
    raise ImproperlyConfigured("HEALTH_PORT is the same as PORT. Give it one of its own.")
SERVE_WORKERS = environment.number("WORKERS", 2, low=1, high=64)
SERVE_MIGRATES = environment.flag("MIGRATE", default=False)
# The address of the site in mails, and the origins that forms may be sent from.
_SITE = f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else f"http://127.0.0.1:{SERVE_PORT}"
SITE_URL = environment.origin("SITE_URL", environment.text("SITE_URL") or _SITE)
CSRF_TRUSTED_ORIGINS = [
    environment.origin("CSRF_TRUSTED_ORIGINS", value, pattern=r"(\*\.)?")
    for value in environment.words("CSRF_TRUSTED_ORIGINS", [SITE_URL] if SITE_URL.startswith("https://") else ())
]

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
    # "Simple" means no autodiscovery: packages would register models of their own, such as authenticators.
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
    # Before anything looks at the address or the scheme.
    "config.caller.caller",
    # Outermost but for that, so that it sees every answer and measures all of its time.
    "config.watching.watch",
    # Then these, so that every answer has the headers: pages, errors, static files, the redirect to https.
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
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "people.templatetags.names"],
        },
    }
]

# Authorities that are trusted beside the system's: people/authorities.py.
CA_FILE = environment.authorities("CA_FILE")

# SQLite by default, PostgreSQL by DATABASE_URL.
DATABASES = databases.configured(DATA_DIR, pooled=PROFILE != "test")
# Nobody else is on the network to it, so config/deploy_checks.py asks for no TLS.
DATABASE_PRIVATE_NETWORK = environment.flag("DATABASE_PRIVATE_NETWORK", default=False)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One cache for all processes: with one each, an authenticator's code could be used once in every process. The default
# of 300 entries would drop live ones as soon as there are many visitors.
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
# A sorted file of SHA-1 hashes of stolen passwords; without one, nothing is looked up.
_breached = environment.text("BREACHED_PASSWORDS")
BREACHED_PASSWORDS: Path | None = Path(_breached) if _breached else None
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "show_home"
LOGOUT_REDIRECT_URL = "show_home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# With a link, opened in another browser, the visitor would lose the session that holds the report they want to keep.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
# Known and unknown addresses must get the same answer on the page and by mail: else anybody could find out who is here.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# People prove again who they are before they change how they log in, or take all of their data; good for ten minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Rungwise: "
# Mail can be slow or get lost, so people can ask for a new code, and have time to fetch it.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
# Our wording, and mail that is sent outside the request.
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
# In addition to allauth's own limits. open_link counts wrong passwords of secret links, by IP address and by link: to
# lock readers out of a link takes forty IP addresses a day, and in the 90 days that it can live nobody has more than
# 108,000 guesses. The other two count mails by which somebody logs in, to one mail address: from one IP address
# (`pair`) and from all together, which is more, so that one attacker can't use up what the owner needs.
ACCOUNT_RATE_LIMITS = {
    "open_link": "10/10m/ip,30/d/ip,1200/d/key",
    "request_login_code": "20/m/ip,3/m/pair,12/m/key",
    "reset_password": "20/m/ip,5/m/pair,20/m/key",
}
# Ours, by person, or by IP address for visitors: PDFs, other files, exports of all data, invitations (up to 500 mails
# each), codes by mail that confirm who somebody is.
RATE_LIMITS = {
    "pdf": "20/m/key,200/h/key",
    "file": "60/m/key,600/h/key",
    # Texts in Markdown that are laid out, and pages behind secret links, by the address that reads them.
    "write": "60/m/key",
    "shared": "120/m/key",
    "data": "10/h/key",
    "invite": "20/h/key,50/d/key",
    # Self-assessments that are begun, by the address of visitors; organisations that are founded.
    "begin": "120/h/key,500/d/key",
    "found": "5/h/key,10/d/key",
    "resend": "60/h/key",
    "mailed_code": "5/10m/key,20/d/key",
}
# Who must log in with a second factor: people/login/second_factor.py.
SECOND_FACTOR = environment.choice("SECOND_FACTOR", ("staff", "managers", "everybody"), "staff")
MFA_ADAPTER = "people.login.adapter.MFAAdapter"
# Switch it off while processes of a release that can't read sealed secrets still run: nobody could log in there.
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
# config/caller.py finds the address of who asks, for allauth as for us.
TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXY_COUNT", 0, low=0, high=10)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Rungwise"
# The codes of the half minutes before and after: clocks of phones drift, and people type slowly.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL

# Mail. The local profile writes mails to files, and the page /local/mail/ shows them.
DEFAULT_FROM_EMAIL = environment.line(
    "MAIL_FROM",
    "Rungwise <no-reply@localhost>",
    r"[^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s,]+@[^<>@\s,]+",
    "sender of mails",
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DIR = DATA_DIR / "mail"
# Mails go only to addresses that exist, and take time: from the wait, an attacker could tell which ones do.
MAIL_IN_BACKGROUND = PRODUCTION
# How long a worker has a mail for itself. If a mail server took longer to answer, the mail would be sent twice.
MAIL_LEASE_SECONDS = environment.number("MAIL_LEASE_SECONDS", 120, low=1, high=3600)
# How many invitations an account younger than a week sends a day to people who are not in its organisation yet; older
# ones send 1,000 (people/mail/budgets.py). Anybody can sign up.
NEW_ACCOUNT_MAILS = environment.number("NEW_ACCOUNT_MAILS", 20, low=1, high=1000)
# Jobs wait in the database, for a worker that `serve` starts or for a separate one (manage.py run_worker).
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

# Sessions. A visitor's answers belong to their session, for 30 days. People who are logged in have to log in again
# after some time without use, and some time in all; neither can be longer than the cookie lives.
SESSION_ENGINE = "people.login.sessions"
# Switch it off while processes of a release that knows only plain keys still run: they would not know new sessions.
HASH_SESSIONS = environment.flag("HASH_SESSIONS", default=True)
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
    # With this prefix browsers accept the cookie only from this very host over TLS, not from another subdomain.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
TRUST_PROXY_HTTPS_HEADER = environment.flag("TRUST_PROXY_HTTPS_HEADER", default=False)
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
# Limits for a request. The largest forms take half a million characters, pasted or as a file; no form has more than a
# hundred fields, or more than one file.
BODY_MAX = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_MAX
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Language and time: stored in UTC, shown in the person's zone.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
# With one language nothing is looked up: for each sentence Django would ask the catalogues of all packages in vain.
USE_I18N = len(LANGUAGES) > 1
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Static files are hashed, compressed and served by the app; the local profile serves them from the source tree.
STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Other sites need none of our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

# Where `manage.py daily` keeps backups, and for how many days.
BACKUP_DIR = Path(environment.text("BACKUP_DIR")) if environment.text("BACKUP_DIR") else None
BACKUP_KEEP_DAYS = environment.number("BACKUP_KEEP_DAYS", 14, low=1, high=3650)

# Hashes of the ids of people who were erased. Without it, restoring a backup would bring them back.
ERASURE_JOURNAL: Path | None = DATA_DIR / "erasures.jsonl"

SITE_NAME = "Rungwise"
# At the foot of every page: who runs this, how to reach them, their notice on privacy, and the program's source.
ABOUT = {
    "operator": environment.text("OPERATOR"),
    "contact": environment.link("CONTACT_URL"),
    "privacy": environment.link("PRIVACY_URL"),
    "source": environment.link("SOURCE_URL"),
}
# The slug of the ladder that visitors see.
DEFAULT_LADDER = environment.line("DEFAULT_LADDER", "pm", r"[a-z0-9-]{1,60}", "slug of a ladder")

# Whoever sends this token may read /metrics; without one there is no such address.
METRICS_TOKEN = environment.text("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 24:
    raise ImproperlyConfigured("METRICS_TOKEN is too short. Give it 24 or more random characters.")

# In production no line quotes what people wrote; see config/logs.py.
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
        # At WARNING, each 404 and each refused form would be a line.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
