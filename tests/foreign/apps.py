"""Every application, by its name."""

from __future__ import annotations

from .app import Foreign
from .django_admin import DjangoAdmin
from .flask_admin import FlaskAdmin
from .roundup_tracker import Roundup
from .sqladmin import SqlAdmin
from .starlette_admin import StarletteAdmin
from .wagtail_snippets import Wagtail

APPS: dict[str, Foreign] = {
    app.name: app for app in (DjangoAdmin(), FlaskAdmin(), SqlAdmin(), StarletteAdmin(), Wagtail(), Roundup())
}
