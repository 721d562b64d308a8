"""The roster as of a past day, with what was known when: read on the page, or made as file and print with receipts."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from peercert.program.certificates.signing import has_leaked_between
from peercert.program.errors import Refused
from peercert.program.journey import past_rosters as journey
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters.as_of import as_of
from peercert.program.rosters.models import PastRoster
from peercert.program.rosters.past import file_name
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged
from peercert.web.partner.words import called, language
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Kind

#: How many people a page shows.
PAGE = 50
#: How long files may have been in the making after the moment that they name.
LONGEST = timedelta(days=1)
#: How it looks, how far one is.
STATES: dict[str, Kind] = {"waiting": "waiting", "made": "done", "removed": "neutral"}


class AsOfForm(forms.Form):
    """The day asked about, and, where an audit wants it, as known when."""

    on = DayField(label=gettext_lazy("Day asked about"))
    known_on = DayField(
        label=gettext_lazy("As known at the end of"), required=False,
        help_text=gettext_lazy("Leave it empty for what is known now."),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("on", "known_on"):
            self.fields[name].latest = today  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Nothing is known of a day before it has come."""
        given = super().clean() or {}
        on, known_on = given.get("on"), given.get("known_on")
        if on and known_on and known_on < on:
            self.add_error("known_on", _("Choose the day asked about or a later one."))
        return given


@member("keep_roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def as_of_day(request: HttpRequest) -> HttpResponse:
    """The form, and below it the answer person by person, or what was made before. A post has files made of it."""
    row, moment = request.organisation, now()  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else request.GET
    asked = request.method == "POST" or any(name == "on" or name.startswith("on_") for name in given)
    form = AsOfForm(given if asked else None, today=day_of(moment))
    if request.method == "POST" and form.is_valid():
        question = (form.cleaned_data["on"], form.cleaned_data["known_on"])
        try:
            past = journey.ask_past_roster(
                row.pk, *question, language=language(), actor=request.actor, now=moment  # type: ignore[attr-defined]
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("partner:past_roster", organisation=row.uuid, past=past.uuid)
    context: dict[str, Any] = {"form": form, "may_make": agreement_in_force(row, day_of(moment)) is not None}
    if asked and form.is_valid():
        context |= _answer(request, form.cleaned_data["on"], form.cleaned_data["known_on"])
    elif not asked:
        found, ways = paged(request, PastRoster.objects.filter(organisation=row).select_related("by"))
        names = called(one.by for one in found)
        context |= {"made": [(one, names[one.by_id], *_state(one)) for one in found], **ways}
    return render(request, "partner/as_of.html", context, status=422 if form.errors else 200)


@member("keep_roster")
@never_cache
@require_safe
def past_roster(request: HttpRequest, past: UUID) -> HttpResponse:
    """How far one is; asks for itself again while it is made, then offers both files."""
    found = _found(request, past)
    kind, word = _state(found)
    context = {
        "past": found, "kind": kind, "word": word,
        "kept_days": int(figure("past_roster_kept_days", day_of(now())).value),
        "lost_trust": found.made_at and has_leaked_between("receipt", found.asked_at, found.made_at + LONGEST),
    }  # fmt: skip
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "partner/_past_roster.html" if fragment else "partner/past_roster.html", context)


@member("keep_roster")
@never_cache
@require_safe
def past_roster_file(request: HttpRequest, past: UUID, part: journey.Part) -> StreamingHttpResponse:
    """One of the two files; that it was taken is written down."""
    found = _found(request, past)
    try:
        pieces = journey.take_along(found.pk, part, actor=request.actor, now=now())  # type: ignore[attr-defined]
    except Refused as refusal:
        if refusal.reason == "past_roster_not_made":
            raise Http404 from None
        raise
    name = file_name(found, part)
    media_type = "application/pdf" if name.endswith(".pdf") else "application/zip"
    answer = StreamingHttpResponse(pieces, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _answer(request: HttpRequest, on: date, known_on: date | None) -> dict[str, Any]:
    """One page of people. The first page of an answer is a question, and written down."""
    row, moment = request.organisation, now()  # type: ignore[attr-defined]
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    people = 0 if key else journey.ask_of_day(row.pk, on, known_on, actor=request.actor, now=moment)  # type: ignore[attr-defined]
    known_at = journey.known_at(on, known_on, moment)
    found = list(as_of(row, on, known_at, after=key, limit=PAGE + 1))
    kept = request.GET.copy()
    kept.pop("after", None)
    first = f"?{kept.urlencode()}"
    return {
        "rows": found[:PAGE], "on": on, "known_on": known_on, "known_at": known_at, "people": people,
        "first_url": first if key else "",
        "next_url": f"{first}&after={found[PAGE - 1].key}" if len(found) > PAGE else "",
    }  # fmt: skip


def _found(request: HttpRequest, past: UUID) -> PastRoster:
    return get_object_or_404(PastRoster, organisation=request.organisation, uuid=past)  # type: ignore[attr-defined]


def _state(past: PastRoster) -> tuple[Kind, str]:
    words = {"waiting": _("being made"), "made": _("ready"), "removed": _("files removed")}
    return STATES[past.state], words[past.state]
