"""What every site of Django's needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .app import PASSWORD, USER, Asgi

_OURS = ("auth", "contenttypes", "sessions", "messages", "staticfiles")
_MIDDLEWARE = ("sessions.middleware.Session", "auth.middleware.Authentication", "messages.middleware.Message")
_PROCESSORS = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)


def configure(database: Path, apps: Sequence[str], urls: str, **more: Any) -> None:
    import django
    from django.conf import settings

    given = {
        "SECRET_KEY": "not-a-secret",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "ROOT_URLCONF": urls,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "LANGUAGE_CODE": "en-gb",
        "USE_TZ": True,
        "STATIC_URL": "/static/",
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {
                    "timeout": 60,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=wal",
                },
            }
        },
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "INSTALLED_APPS": [*apps, *(f"django.contrib.{one}" for one in _OURS)],
        "MIDDLEWARE": [
            *(f"django.contrib.{one}Middleware" for one in _MIDDLEWARE),
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": list(_PROCESSORS)},
            }
        ],
        "LOGGING": {
            "version": 1,
            "handlers": {"all": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["all"], "level": "WARNING"},
        },
    }
    settings.configure(**given | more)
    django.setup()


def serve() -> Asgi:
    """Makes the tables and the user, and gives the site."""
    from django.contrib.auth import get_user_model
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
    from django.core.asgi import get_asgi_application
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)
    get_user_model().objects.create_superuser(USER, "bot@home.example", PASSWORD)
    return ASGIStaticFilesHandler(get_asgi_application())
