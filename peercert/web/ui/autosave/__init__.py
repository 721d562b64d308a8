"""The server's half of saving as answers are given; the protocol stands in assets/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def saved(request: HttpRequest, *, saved_at: datetime, version: int | str) -> HttpResponse:
    """200: the value is in the database; `version` is the row's token for the next save."""
    return render(request, "ui/autosave/_saved.html", {"saved_at": saved_at, "version": version})


def refused(request: HttpRequest, field: BoundField) -> HttpResponse:
    """422: the value cannot be taken; the sentences of `field` go beside it and what was typed stays."""
    return render(request, "ui/autosave/_refused.html", {"field": field}, status=422)


def conflict(
    request: HttpRequest,
    *,
    mine: str,
    theirs: str,
    theirs_at: datetime,
    theirs_values: Mapping[str, str | list[str]],
    version: int | str,
) -> HttpResponse:
    """409: another window saved something else meanwhile.

    `mine` and `theirs` are the two values as people read them; `theirs_values` maps each control's name to the raw
    value that choosing "take the saved one" puts into it; `version` is the token under which "keep what is here" saves.
    """
    return render(
        request,
        "ui/autosave/_conflict.html",
        {
            "mine": mine,
            "theirs": theirs,
            "theirs_at": theirs_at,
            "theirs_values": urlencode(theirs_values, doseq=True),
            "version": version,
        },
        status=409,
    )
