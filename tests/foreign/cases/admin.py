from __future__ import annotations

from django.contrib import admin

from .models import Case


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    list_display = ("id", "key", "name", "kind", "day")
    search_fields = ("key",)


admin.site.site_header = "TEST SYSTEM of cases"
