"""The roster as of a past day, with what was known when: on the page, as a file, and as a document to print."""

from datetime import date, datetime
from itertools import islice
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert import words
from peercert.gateways import printer_table
from peercert.program.rosters.as_of import AsOf, as_of
from peercert.rules.days import day_of, end_of
from peercert.web.doors import member, now
from peercert.web.partner.rosters import csv_answer
from peercert.web.partner.words import language
from peercert.web.ui.fields import DayField
from peercert.web.ui.templatetags.ui import day_words

#: How many people a page shows, and how many fit into a document; a longer roster is taken as a file.
PAGE, PRINTED = 50, 2_000


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


@member("keep_roster")
@never_cache
@require_safe
def as_of_day(request: HttpRequest) -> HttpResponse:
    """The form, and below it the answer, person by person."""
    asked = any(name == "on" or name.startswith("on_") for name in request.GET)
    form = AsOfForm(request.GET if asked else None, today=day_of(now()))
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        after = request.GET.get("after", "")
        key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        on, known_at = _asked(form)
        found = list(as_of(request.organisation, on, known_at, after=key, limit=PAGE + 1))  # type: ignore[attr-defined]
        kept = request.GET.copy()
        kept.pop("after", None)
        first = f"?{kept.urlencode()}"
        context |= {
            "rows": found[:PAGE], "on": on, "known_at": known_at, "query": kept.urlencode(),
            "first_url": first if key else "",
            "next_url": f"{first}&after={found[PAGE - 1].key}" if len(found) > PAGE else "",
        }  # fmt: skip
    return render(request, "partner/as_of.html", context, status=422 if form.errors else 200)


@member("keep_roster")
@never_cache
@require_safe
def as_of_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same as CSV, as long as it is."""
    form = AsOfForm(request.GET, today=day_of(now()))
    if not form.is_valid():
        return render(request, "partner/as_of.html", {"form": form}, status=422)
    on, known_at = _asked(form)
    found = as_of(request.organisation, on, known_at)  # type: ignore[attr-defined]
    rows = (
        (one.number, one.name, on.isoformat(), _word(one), one.known_since.isoformat() if one.known_since else "",
         known_at.isoformat(timespec="seconds"))
        for one in found
    )  # fmt: skip
    head = [_("Certificate"), _("Name"), _("Day"), _("Certified that day"), _("Known since"), _("As known at")]
    return csv_answer(head, rows, f"roster-as-of-{on}.csv")


@member("keep_roster")
@never_cache
@require_safe
def as_of_print(request: HttpRequest) -> HttpResponse:
    """The same as a document to print; a roster that is too long for one is offered as a file."""
    moment = now()
    form = AsOfForm(request.GET, today=day_of(moment))
    if not form.is_valid():
        return render(request, "partner/as_of.html", {"form": form}, status=422)
    on, known_at = _asked(form)
    found = list(islice(as_of(request.organisation, on, known_at), PRINTED + 1))  # type: ignore[attr-defined]
    if len(found) > PRINTED:
        return render(
            request, "partner/as_of.html", {"form": form, "too_long": PRINTED, "query": request.GET.urlencode()},
            status=409,
        )  # fmt: skip
    content = printer_table.pdf(_sheet(request, found, on, known_at), made_at=moment)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="roster-as-of-{on}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def _sheet(request: HttpRequest, found: list[AsOf], on: date, known_at: datetime) -> printer_table.Sheet:
    name = request.organisation.name  # type: ignore[attr-defined]
    lang = language()
    return printer_table.Sheet(
        language=lang,
        title=_("Roster of %(name)s as of %(day)s") % {"name": name, "day": day_words(on)},
        lines=(
            _("Whether each person on the roster that day was certified on it, as known %(moment)s.")
            % {"moment": words.moment(known_at, lang)},
            _("People: %(count)s") % {"count": len(found)},
        ),
        head=(_("Certificate"), _("Name"), _("Certified that day"), _("Known since")),
        rows=tuple(
            (one.number, one.name or "–", _word(one), words.moment(one.known_since, lang) if one.known_since else "–")
            for one in found
        ),
    )


def _asked(form: AsOfForm) -> tuple[date, datetime]:
    """The day and the moment of knowledge: the end of the day given, or now where that is earlier or none was given."""
    known_on, moment = form.cleaned_data["known_on"], now()
    return form.cleaned_data["on"], min(end_of(known_on), moment) if known_on else moment


def _word(one: AsOf) -> str:
    return _("certified") if one.is_certified else _("not certified")
