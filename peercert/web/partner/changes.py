"""What changed about the people on an organisation's roster: the page, the file since any day, the daily summary."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from peercert import words
from peercert.program.journey import rosters as journey
from peercert.program.people.models import LegalName
from peercert.program.rosters import queries
from peercert.program.rosters.models import Change, Reach
from peercert.rules.days import add_days, day_of, start_of
from peercert.web.doors import member, now
from peercert.web.find import paged
from peercert.web.partner.rosters import csv_answer
from peercert.web.partner.words import language
from peercert.web.standing import standing_word
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Kind

#: How many changes are read at once for a file.
BATCH = 1_000
#: What is said of each change in a file, besides what every change has.
COLUMNS = ("standing", "last_on", "days", "into")


class SinceForm(forms.Form):
    """A file of the changes since a day."""

    since = DayField(label=gettext_lazy("Since"))
    form = forms.ChoiceField(
        label=gettext_lazy("Kind of file"), widget=forms.RadioSelect,
        choices=[("csv", gettext_lazy("CSV, for a spreadsheet")), ("jsonl", gettext_lazy("JSON Lines, for a program"))],
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].latest = today  # type: ignore[attr-defined]


@member("keep_roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def changes(request: HttpRequest) -> HttpResponse:
    """The newest first. A post chooses whether this member wants the daily summary."""
    row, me, today = request.organisation, request.actor.person, day_of(now())  # type: ignore[attr-defined]
    if request.method == "POST":
        wanted = request.POST.get("digest") == "yes"
        journey.choose_digest(row.pk, wanted, actor=request.actor, now=now())  # type: ignore[attr-defined]
        messages.success(
            request, _("You get a summary on days after a change.") if wanted else _("You get no summary any more.")
        )
        return redirect("partner:changes", organisation=row.uuid)
    found, ways = paged(request, queries.reached(row))
    names = _names(found)
    context = {
        "rows": [(one, names.get(one.change.certificate.person_id, ""), *in_words(one.change)) for one in found],
        "wants_digest": queries.wants_digest(row, me),
        "form": SinceForm(today=today, initial={"since": add_days(today, -30), "form": "csv"}),
        **ways,
    }
    return render(request, "partner/changes.html", context)


@member("keep_roster")
@never_cache
@require_safe
def changes_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Every change since a day, in the order in which they happened, made while it is sent."""
    row, today = request.organisation, day_of(now())  # type: ignore[attr-defined]
    form = SinceForm(request.GET, today=today)
    if not form.is_valid():
        return render(request, "partner/changes_file.html", {"form": form}, status=422)
    since = form.cleaned_data["since"]
    journey.take_changes_along(row.pk, since, actor=request.actor, now=now())  # type: ignore[attr-defined]
    every = _since(queries.reached_since(row, start_of(since)))
    name = f"changes-since-{since}"
    if form.cleaned_data["form"] == "csv":
        head = ["id", "at", "certificate", "name", "sequence", "kind", "on", *COLUMNS]
        return csv_answer(head, ([one.get(column) for column in head] for one in every), f"{name}.csv")
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in every)
    answer = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def in_words(change: Change) -> tuple[Kind, str]:
    """How a change looks, and what it says in the reader's language."""
    values = {**change.values, "on": change.on}
    kind: Kind = "neutral"
    if change.kind == "standing":
        standing = standing_word(change.values["standing"])
        kind, values["word"] = standing.kind, standing.word
    elif change.kind == "expiry":
        kind = "yours"
    return kind, words.fill("changes", change.kind, values, language())


def _since(found: Any) -> Iterator[dict[str, Any]]:
    """Each change as machines read it; names are read by the batch."""
    batch: list[Reach] = []
    for one in found.iterator(chunk_size=BATCH):
        batch.append(one)
        if len(batch) == BATCH:
            yield from _told(batch)
            batch = []
    yield from _told(batch)


def _told(batch: list[Reach]) -> Iterator[dict[str, Any]]:
    names = _names(batch)
    for one in batch:
        yield queries.told(one, names.get(one.change.certificate.person_id, ""))


def _names(found: list[Reach]) -> dict[int, str]:
    """Today's names of those who are still watched."""
    people = {one.change.certificate.person_id for one in found if one.is_watching}  # type: ignore[attr-defined]
    return {name.person_id: name.full for name in LegalName.objects.filter(person__in=people, until_at=None)}
