from __future__ import annotations

from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from .models import Case


class CaseViews(SnippetViewSet):
    model = Case
    list_display = ("id", "key", "name", "kind")
    search_fields = ("key",)
    search_backend_name = None


register_snippet(CaseViews)
