"""Django settings of one calcitrial home: which database, which folder, which pages.

Read from the environment, so that the same program serves a laptop and a many-site server:
CALCITRIAL_HOME (a folder) and CALCITRIAL_DATABASE (empty: SQLite in that folder; or postgresql://…).
"""

import os
import secrets
from pathlib import Path

from calcitrial.record.database import settings_for

PACKAGE = Path(__file__).parent
HOME = Path(os.environ.get("CALCITRIAL_HOME", "calcitrial-home"))
DATABASES = {"default": settings_for(HOME, os.environ.get("CALCITRIAL_DATABASE", ""))}
INSTALLED_APPS = ["django.contrib.staticfiles", "calcitrial.record", "calcitrial.web"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]

# For Django itself, which keeps nothing signed beyond a process; passes of readers are signed with the home's own key.
SECRET_KEY = os.environ.get("CALCITRIAL_SECRET_KEY") or secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "calcitrial.urls"
WSGI_APPLICATION = "calcitrial.web.wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Lengths of compressed pages could tell a secret in them; Django pads them and masks its tokens (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "calcitrial.web.headers.content_security_policy",
    "calcitrial.web.access.gate",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / room / "templates" for room in ("web", "clinic", "reporting")],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.i18n",
                "calcitrial.clinic.menu.offers",
            ]
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static", PACKAGE / "clinic" / "static"]
WHITENOISE_USE_FINDERS = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "calcitrial.web.reading_pages.stale"
# An outline of many thousand runs; everything else that is sent is far smaller.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
# Participant data never reaches a log: Django's own messages may hold paths and parameters.
LOGGING = {"version": 1, "disable_existing_loggers": True}
