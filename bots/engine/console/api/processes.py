"""The processes of which a program may see something, and what their records hold."""

from __future__ import annotations

from ...core.people import Role
from ..services.record_form import RecordForm
from ..web.tokens import Caller
from . import words as w


async def listed(call: Caller) -> w.Processes:
    return w.Processes(
        processes=[
            w.Process(
                name=name,
                title=one.title,
                takes_files=one.takes_files,
                may=[r for r in Role if not r.of_installation and call.person.may(r, name)],
                fields=[
                    w.RecordField(
                        name=field.name,
                        label=field.label,
                        kind=field.input,
                        required=field.required,
                        sensitive=field.sensitive,
                        choices=[w.Choice(value=value, words=words) for value, words in field.options],
                    )
                    for field in RecordForm(one.record).fields
                ],
            )
            for name, one in call.processes().items()
        ]
    )
