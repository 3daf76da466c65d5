"""The Django settings of an installation, all derived from `throughline.project.config`."""

import os
from pathlib import Path
from typing import Any

from throughline.project import config as _config
from throughline.project import logs as _logs
from throughline.project import wiring as _wiring

_found = _config.load()

# --- what the other floors read, by `django.conf.settings`
BASE_URL = _found.base_url
DATA_DIR = _found.data_dir
ATTACHMENTS_DIR: Path = DATA_DIR / "attachments"
ALLOW_HOSTS = _found.allow_hosts
MAX_UPLOAD_BYTES = _found.max_upload_mb * 1_000_000
DATA_FOLDERS = _found.data_folders
ENGINE_MEMORY_MB = _found.engine_memory_mb
ENGINE_SECONDS = _found.engine_seconds
AUDIT_ANCHOR_FILE = _found.audit_anchor_file
METRICS_TOKEN = _found.metrics_token
TRUSTED_PROXIES = _found.trusted_proxies
OIDC_ISSUER = _found.oidc_issuer
OIDC_NAME = _found.oidc_name
OIDC_ALLOWED_DOMAINS = _found.oidc_allowed_domains
SENDS_MAIL = _found.email_url is not None
# The story of the sample program stands on this floor; the doors below find it by its name.
SAMPLE_BUILDER = "throughline.project.demo.build"
# name, value with secrets masked, where it came from, meaning
CONFIGURATION = tuple(
    (row.name, row.shown, row.origin, row.declaration.meaning) for row in _config.find(os.environ)
)

DEBUG = False
SECRET_KEY = _found.secret_key or _wiring.stored_key(_found.secret_key_path)
ALLOWED_HOSTS = _wiring.host_names(_found)
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "throughline.project.urls"
WSGI_APPLICATION = "throughline.project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "template_partials",
    "django_htmx",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "throughline.records",
    "throughline.web",
    "throughline.project",
]

MIDDLEWARE = [
    "throughline.project.middleware.request_log",
    "throughline.project.middleware.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "throughline.project.middleware.behind_proxies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {"default": _wiring.connection(_found.database)}

# --- people and sessions
AUTH_USER_MODEL = "records.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
_cookie_prefix = "__Host-" if _found.uses_https else ""
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"{_cookie_prefix}throughline-session"
SESSION_COOKIE_AGE = _found.session_hours * 3600
SESSION_COOKIE_SECURE = _found.uses_https
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_cookie_prefix}throughline-csrf"
CSRF_COOKIE_SECURE = _found.uses_https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "throughline.web.routes.unverified"
CSRF_FAILURE_VIEW = "throughline.web.routes.unverified"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- sign-in at an OpenID Connect provider
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_ADAPTER = "throughline.web.oidc.Adapter"
SOCIALACCOUNT_PROVIDERS = _wiring.providers(_found)
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_EMAIL_VERIFICATION = "none"

# --- time, words, mail
USE_TZ = True
TIME_ZONE = _found.time_zone
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
EMAIL_BACKEND = _wiring.mail_backend(_found)
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _wiring.mail_address(_found)
EMAIL_USE_SSL = _found.email_url is not None and _found.email_url.uses_tls
EMAIL_USE_TLS = _found.email_url is not None and _found.email_url.uses_starttls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _found.email_from

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "throughline.project.storage.HashedStaticFiles"},
}
MEDIA_ROOT = ATTACHMENTS_DIR
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

LOGGING_CONFIG = None
_logs.configure(_found.log_format, _found.log_level)
