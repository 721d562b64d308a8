"""A copy of everything we hold about the person: one ZIP with a page to read, the same as JSON, and their documents."""

import tempfile
import zipfile
from datetime import date
from typing import Any

import orjson
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from peercert import words
from peercert.program.journey import own_copy
from peercert.rules.days import day_of
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.templatetags.ui import reader

#: Columns that only tell rows apart or repeat others; they stand in the JSON.
MACHINE = frozenset("uuid first_key last_key words sort_name facts finding proposal is_demo version seconds".split())
#: Memory a copy may take before it is written to a temporary file.
_IN_MEMORY = 8 * 1024 * 1024


@signed_in
def download(request: HttpRequest) -> HttpResponse | FileResponse:
    """GET says what is in it; POST makes and sends it."""
    if request.method != "POST":
        return render(request, "applicant/download.html")
    actor, at = as_applicant(request), now()
    copy = own_copy.own_copy(actor=actor, now=at)
    packed = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "about-me.html", render_to_string("applicant/own_copy.html", {"tables": _shown(copy), "at": at})
        )
        archive.writestr("about-me.json", orjson.dumps(copy, default=str, option=orjson.OPT_INDENT_2))
        assert actor.person is not None
        for name, content in own_copy.own_files(actor.person):
            archive.writestr(name, content)
    packed.seek(0)
    return FileResponse(
        packed, as_attachment=True, filename=f"about-me-{day_of(at)}.zip", headers={"Cache-Control": "no-store"}
    )


def _shown(copy: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[list[tuple[str, Any]]]]]:
    """Tables with their rows as (name, value) in words; what is empty or only orders the rest is left to the JSON."""
    lang = reader()
    return [
        (
            words.fill("own_copy", f"table_{heading}", lang=lang),
            [[(words.fill("own_copy", name, lang=lang), shown) for name, value in row.items()
              if name not in MACHINE and (shown := _plain(value)) not in (None, "")]
             for row in rows],
        )
        for heading, rows in copy.items()
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as people read it. What lies deeper than one level stands in the JSON alone."""
    if isinstance(value, bool | date):
        return words.shown(value, reader())
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_plain(one)}" for key, one in value.items() if not isinstance(one, dict | list))
    if isinstance(value, list | tuple):
        return ", ".join(str(_plain(one)) for one in value if not isinstance(one, dict | list))
    return value
