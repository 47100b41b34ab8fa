"""The floor: what an expert would write by hand for the same work, with nothing else around it."""

import os
from pathlib import Path

import environ

HERE = Path(__file__).resolve().parent
SECRET_KEY = "the floor of a benchmark, on loopback only; " * 2
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
ROOT_URLCONF = "trials.speed.floor.views"
INSTALLED_APPS = ["trials.speed.floor", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": environ.Env().db_url_config(os.environ["DATABASE_URL"])}
_database = DATABASES["default"]
# The same settings as the product's.
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;",
        "timeout": 20,
    }
    _database["CONN_MAX_AGE"] = 60
else:
    _database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8, "timeout": 5}}
LOGIN_URL = "/login/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
USE_TZ = True
