"""Settings. One code base; `GOLDVEIN_ROLE` says which part of the house this process is (docs/adr/0002).

Every address and secret comes from the environment; without any, the embedded default runs from one folder.
"""

import os
from pathlib import Path
from typing import Any

from webapp.config import secrets
from webapp.config.databases import database_from_url

BASE_DIR = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("GOLDVEIN_HOME", BASE_DIR / "var"))
ROLE = os.environ.get("GOLDVEIN_ROLE", "all")
if ROLE not in {"all", "play", "staff", "worker", "gpu"}:
    raise SystemExit(f"GOLDVEIN_ROLE must be one of all, play, staff, worker or gpu; it is {ROLE!r}.")

SERVES_PLAY = ROLE in {"all", "play"}
SERVES_STAFF = ROLE in {"all", "staff"}
KNOWS_GOLD = ROLE != "play"  # the play tier does not even install the apps that hold the truth (I1)

DEBUG = os.environ.get("GOLDVEIN_DEBUG") == "1"
SECRET_KEY = secrets.secret_key(HOME, ROLE)
ALLOWED_HOSTS = os.environ.get("GOLDVEIN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("GOLDVEIN_ORIGINS", "").split(",") if o]
SECURE = os.environ.get("GOLDVEIN_HTTPS") == "1"
if SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "webapp.play",  # before allauth, whose templates it styles
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "django_vite",
    "webapp.config",
    "webapp.accounts",
    "webapp.projects",
    "webapp.images",
    "webapp.tasks",
    "webapp.annotations",
    "webapp.game",
    "webapp.studies",
    "inference.transport",
]
if KNOWS_GOLD:
    INSTALLED_APPS += ["quality.store", "quality.supply", "quality.audit", "webapp.exports", "webapp.staff"]

MIDDLEWARE = [
    "webapp.config.policy.ContentPolicyMiddleware",
    "webapp.config.away.AwayMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webapp.config.blind.middleware.BlindMiddleware",
    "webapp.accounts.sessions.SplitSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "webapp.config.urls"
WSGI_APPLICATION = "webapp.config.wsgi.application"
ASGI_APPLICATION = "webapp.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database_from_url(os.environ.get("GOLDVEIN_DATABASE_URL", ""), HOME)}

SESSION_ENGINE = "webapp.accounts.sessions"  # volunteers'; staff paths have a store of their own
SESSION_COOKIE_NAME = "goldvein_session"
SESSION_COOKIE_AGE = 180 * 24 * 3600

if SERVES_STAFF:
    CSRF_FAILURE_VIEW = "webapp.staff.views.errors.csrf_failure"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# allauth: an e-mail address and a password; the pseudonym is generated, so nobody chooses a user name.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = os.environ.get("GOLDVEIN_EMAIL_VERIFICATION", "none")
ACCOUNT_ADAPTER = "webapp.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "webapp.accounts.forms.SignupForm"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # guests are logged in too, and may sign up or log in to an account
ACCOUNT_RATE_LIMITS = {"signup": "120/m/ip", "login": "120/m/ip"}  # a class shares one address
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
EMAIL_BACKEND = os.environ.get("GOLDVEIN_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
SENDS_MAIL = "GOLDVEIN_EMAIL_BACKEND" in os.environ  # else it is only printed

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = ROLE == "all"
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": FRONTEND_DIST / ".vite" / "manifest.json"}}

PICTURES = HOME / "pictures"  # served pictures, random names; the only folder the play tier reads
ORIGINALS = HOME / "originals"  # de-identified originals, for export
UPLOADS = HOME / "uploads"  # files that a moderator sent, until they are imported
EXPORTS = HOME / "exports"
MODELS = HOME / "models"  # segmenter checkpoints

REDIS_URL = os.environ.get("GOLDVEIN_REDIS_URL", "")
CACHES: dict[str, Any]
if REDIS_URL:
    # The layer itself waits five seconds for a message, and with a time limit the client may lose a cancellation: then
    # a closed socket is waited for by nobody, for ever. A server that is gone is noticed by TCP.
    _hosts = [{"address": REDIS_URL, "socket_timeout": None, "socket_keepalive": True}]
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": _hosts}}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},  # a request waits for it
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},  # a counter a person and minute; Django's 300 would forget them
        }
    }

MEMORY_BROKER = "memory://localhost"
CELERY_BROKER_URL = os.environ.get("GOLDVEIN_BROKER_URL") or REDIS_URL or MEMORY_BROKER
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_TASK_ROUTES = {"inference.*": {"queue": "gpu"}, "quality.supply.*": {"queue": "gpu"}}
if CELERY_BROKER_URL == MEMORY_BROKER:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.02}  # kombu's default of 1 s makes every task wait

# Segmenter of the assist: `demo` (bundled), or sam_vit_b / sam_vit_l / sam_vit_h / medsam_vit_b with a checkpoint.
SEGMENTER = os.environ.get("GOLDVEIN_SEGMENTER", "demo")
SEGMENTER_CHECKPOINT = os.environ.get("GOLDVEIN_SEGMENTER_CHECKPOINT", "")
EMBEDDING_DISK_BYTES = int(os.environ.get("GOLDVEIN_EMBEDDING_BYTES", 4 * 2**30))  # 2.1 MB a picture (SAM)
EMBEDDINGS_SHARED = os.environ.get("GOLDVEIN_EMBEDDINGS_SHARED", "")  # a folder that all gpu workers see
GOLDVEIN_BLIND = "webapp.config.blind.sqlite.blind"  # what puts the assist's look-ups behind the allow-list

# How many proxies stand before the site: from them comes the address that limits go by.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("GOLDVEIN_PROXIES", "0"))
# Requests per token; `GOLDVEIN_THROTTLE=off` is for benches and simulations, which say so openly.
THROTTLE = os.environ.get("GOLDVEIN_THROTTLE", "on") != "off"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
FILE_UPLOAD_TEMP_DIR = None
UPLOAD_BYTES = int(os.environ.get("GOLDVEIN_UPLOAD_BYTES", 8 * 2**30))  # that staff may send at once

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Goldvein",
    "DESCRIPTION": "Medical images labelled by volunteers.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ProjectKindEnum": "webapp.projects.models.Project.Kind",
        "ProjectStateEnum": "webapp.projects.models.Project.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("GOLDVEIN_LOG", "WARNING")},
}
