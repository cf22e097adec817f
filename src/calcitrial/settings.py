"""Django settings of one calcitrial home: which database, which folder, which pages.

Read from the environment, so that the same program serves a laptop and a many-site server:
CALCITRIAL_HOME (a folder) and CALCITRIAL_DATABASE (empty: SQLite in that folder; or postgresql://…).
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from calcitrial.people.keys import key_of
from calcitrial.record.database import settings_for

PACKAGE = Path(__file__).parent
HOME = Path(os.environ.get("CALCITRIAL_HOME", "calcitrial-home"))
DATABASES = {"default": settings_for(HOME, os.environ.get("CALCITRIAL_DATABASE", ""))}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "calcitrial.record",
    "calcitrial.people",
    "calcitrial.web",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]

# Kept in the home, so that sessions outlive a restart; readable by its owner only.
SECRET_KEY = os.environ.get("CALCITRIAL_SECRET_KEY") or key_of(HOME)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Where a proxy with TLS on this computer shows the pages to participants and sites, such as https://study.example.org.
ADDRESS = os.environ.get("CALCITRIAL_ADDRESS", "").rstrip("/")
ALLOWED_HOSTS += [host] if (host := urlsplit(ADDRESS).hostname) else []
CSRF_TRUSTED_ORIGINS = [ADDRESS] if ADDRESS else []
ROOT_URLCONF = "calcitrial.urls"
WSGI_APPLICATION = "calcitrial.web.wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Lengths of compressed pages could tell a secret in them; Django pads them and masks its tokens (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "calcitrial.clinic.whole_request.whole_request",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "calcitrial.web.headers.content_security_policy",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "calcitrial.web.sessions.keeper",
    "calcitrial.web.access.gate",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(PACKAGE.glob("*/templates")),
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": ["calcitrial.web.saying", "calcitrial.web.fragments"],
            "libraries": {"i18n": "calcitrial.web.phrases"},
            "context_processors": [
                "django.template.context_processors.i18n",
                "calcitrial.web.signed_in.who",
                "calcitrial.clinic.menu.offers",
            ],
        },
    }
]
# Counts of wrong links and enquiries, which all processes that serve must add up together; nothing else is kept there.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_counter",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
STATIC_URL = "static/"
STATICFILES_DIRS = sorted(PACKAGE.glob("*/static"))
WHITENOISE_USE_FINDERS = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "calcitrial.web.reading_pages.stale"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Five wrong tries lock an account for a quarter of an hour (21 CFR 11.300(d)), from wherever they come.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "calcitrial.web.sign_in_pages.locked"
# An outline of many thousand runs; everything else that is sent is far smaller.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
# Participant data never reaches a log: Django's own messages may hold paths and parameters.
LOGGING = {"version": 1, "disable_existing_loggers": True}
