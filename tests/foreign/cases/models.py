from __future__ import annotations

from django.db import models

from tests.foreign.app import KINDS


class Case(models.Model):
    key = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    kind = models.CharField(max_length=30, choices=[(kind, kind) for kind in KINDS])
    day = models.DateField()
    paid = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Case {self.pk}"
