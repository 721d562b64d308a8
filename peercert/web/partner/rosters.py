"""Sending a roster, what was sent before, and the answer to each line of one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from peercert import words
from peercert.gateways import tables
from peercert.program.errors import Refused
from peercert.program.journey import rosters as journey
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters import queries
from peercert.program.rosters.models import Roster, RosterRow
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged
from peercert.web.partner.words import called, language
from peercert.web.ui.parts import Chip, Kind

#: How many lines a page shows.
PAGE = 50
#: How an answer and a whole roster look.
OUTCOMES: dict[str, Kind] = {"accepted": "done", "matched": "yours", "declined": "neutral", "refused": "problem"}
STATES: dict[str, Kind] = {"waiting": "waiting", "taken": "done", "refused": "problem"}


class SendForm(forms.Form):
    """A file, and whether it takes the place of the roster."""

    file = forms.FileField(
        label=gettext_lazy("The roster, as CSV or XLSX"),
        help_text=gettext_lazy(
            "Name the columns in the first line: certificate number, NPI, or first name, last name and date of birth."
        ),
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".csv,.xlsx,.txt"}),
        error_messages={"required": gettext_lazy("Choose the file."), "empty": gettext_lazy("The file is empty.")},
        allow_empty_file=True,
    )  # fmt: skip
    replaces = forms.ChoiceField(
        label=gettext_lazy("What does it say?"), widget=forms.RadioSelect,
        choices=[
            ("no", gettext_lazy("Add these people to the roster")),
            ("yes", gettext_lazy("This is the whole roster: whoever is not on it is no longer watched")),
        ],
        error_messages={"required": gettext_lazy("Choose whether these people are added or are the whole roster.")},
    )  # fmt: skip


@member("keep_roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rosters(request: HttpRequest) -> HttpResponse:
    """The form, and what was sent before."""
    row, moment = request.organisation, now()  # type: ignore[attr-defined]
    form = SendForm(request.POST, request.FILES) if request.method == "POST" else SendForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        most = int(figure("roster_most_bytes", day_of(moment)).value)
        try:
            if file.size > most:
                # What is too large was not held in memory to its end.
                raise Refused("roster_too_large", most=most // 1024**2)
            sent = journey.receive_roster(
                row.pk, file.name or "", file.read(), replaces=form.cleaned_data["replaces"] == "yes",
                actor=request.actor, now=moment,  # type: ignore[attr-defined]
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", sentence(refusal))
        else:
            return redirect("partner:roster_answer", organisation=row.uuid, roster=sent.uuid)
    found, ways = paged(request, queries.rosters_of(row))
    names = called(one.by for one in found)
    context = {
        "form": form, "may_send": agreement_in_force(row, day_of(moment)) is not None,
        "rows": [
            (one, names[one.by_id] if one.by else _("by key"), STATES[one.state], state_word(one.state))
            for one in found
        ],
        "matches": int(figure("roster_matches_per_day", day_of(moment)).value), **ways,
    }  # fmt: skip
    return render(request, "partner/rosters.html", context, status=422 if form.errors else 200)


@member("keep_roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roster_answer(request: HttpRequest, roster: UUID) -> HttpResponse:
    """One roster and its lines; asks for itself again while it waits. A post answers one matched line."""
    found = get_object_or_404(queries.rosters_of(request.organisation), uuid=roster)  # type: ignore[attr-defined]
    refusal = ""
    if request.method == "POST":
        try:
            _say(request, found)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect(request.get_full_path())
        found.refresh_from_db()
    context = _page(request, found) | {"refusal": refusal}
    fragment = request.headers.get("HX-Request") == "true"
    page = "partner/_roster_answer.html" if fragment else "partner/roster_answer.html"
    return render(request, page, context, status=409 if refusal else 200)


@member("keep_roster")
@require_safe
def roster_file(request: HttpRequest, roster: UUID) -> StreamingHttpResponse:
    """Every line with its answer, to keep."""
    found = get_object_or_404(queries.rosters_of(request.organisation), uuid=roster, state__in=["taken", "refused"])  # type: ignore[attr-defined]
    lines = queries.lines_of(found).select_related("certificate")
    head = [_("Line"), _("Certificate number"), _("NPI"), _("First name"), _("Last name"), _("Date of birth"),
            _("Result"), _("Why"), _("Certificate")]  # fmt: skip
    rows = (
        (one.line, one.number, one.npi, one.first, one.last, one.born_on, outcome_word(one.outcome), why(one),
         one.certificate.number if one.certificate and one.outcome == "accepted" else "")
        for one in lines.iterator(chunk_size=1_000)
    )  # fmt: skip
    return csv_answer(head, rows, f"roster-{found.received_at:%Y-%m-%d}.csv")


def csv_answer(head: list[str], rows: Any, name: str) -> StreamingHttpResponse:
    """A table as a file that is made while it is sent; no cell of it is a formula."""
    answer = StreamingHttpResponse(tables.write(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def why(row: RosterRow) -> str:
    """Why a line waits or was not taken, in a sentence."""
    if row.outcome in {"accepted", "declined"} or not row.reason:
        return ""
    return words.fill("refusals", row.reason, lang=language())


def outcome_word(outcome: str) -> str:
    """The answer to a line, in a word."""
    return {
        "accepted": _("accepted"), "matched": _("to be confirmed"), "declined": _("not this person"),
        "refused": _("not taken"),
    }[outcome]  # fmt: skip


def state_word(state: str) -> str:
    """What became of a roster, in a word."""
    return {"waiting": _("being read"), "taken": _("roster taken"), "refused": _("not taken")}[state]


def _say(request: HttpRequest, roster: Roster) -> None:
    line = request.POST.get("line", "")
    steps = {"yes": journey.confirm_match, "no": journey.reject_match}
    if not (line.isascii() and line.isdigit() and len(line) < 9) or request.POST.get("step") not in steps:
        raise Http404
    if not queries.lines_of(roster).filter(line=int(line)).exists():
        raise Http404
    steps[request.POST["step"]](roster.pk, int(line), actor=request.actor, now=now())  # type: ignore[attr-defined]
    messages.success(request, _("Your answer is kept."))


def _page(request: HttpRequest, roster: Roster) -> dict[str, Any]:
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    lines = queries.lines_of(roster).select_related("certificate")
    if show in OUTCOMES:
        lines = lines.filter(outcome=show)
    if after.isascii() and after.isdigit() and len(after) < 9:
        lines = lines.filter(line__gt=int(after))
    page = list(lines[: PAGE + 1])
    return {
        "roster": roster, "kind": STATES[roster.state], "word": state_word(roster.state),
        "reason": words.fill("refusals", roster.reason, roster.values, language()) if roster.reason else "",
        "rows": [(one, OUTCOMES[one.outcome], outcome_word(one.outcome), why(one)) for one in page[:PAGE]],
        "filters": [
            Chip(_("All"), _address(roster), not show, str(roster.rows)),
            Chip(outcome_word("accepted"), _address(roster, show="accepted"), show == "accepted", str(roster.accepted)),
            Chip(outcome_word("matched"), _address(roster, show="matched"), show == "matched", str(roster.to_confirm)),
            Chip(outcome_word("refused"), _address(roster, show="refused"), show == "refused", str(roster.refused)),
        ],
        "next_url": _address(roster, show=show, after=page[PAGE - 1].line) if len(page) > PAGE else "",
        "first_url": _address(roster, show=show) if after else "",
    }  # fmt: skip


def _address(roster: Roster, **query: object) -> str:
    url = reverse("partner:roster_answer", args=[roster.organisation.uuid, roster.uuid])
    given = {name: value for name, value in query.items() if value}
    return f"{url}?{urlencode(given)}" if given else url
