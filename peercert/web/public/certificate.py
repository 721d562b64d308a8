"""One certificate, as anyone may see it: certified or not, today or on a past day. Nothing else."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert.program.certificates import log, queries
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate
from peercert.rules.days import day_of
from peercert.web.doors import now, public
from peercert.web.public import throttle
from peercert.web.public.file_form import FileForm
from peercert.web.public.printed_code import code_words
from peercert.web.public.verify import NameForm, NumberForm, noindex, read_number
from peercert.web.standing import area_words, standing_word
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words


class DayForm(forms.Form):
    """Which day is asked about."""

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.fields["on"] = DayField(
            label=gettext_lazy("Day"),
            latest=today,
            latest_words=gettext_lazy("That day has not come yet. Ask about today or an earlier day."),
        )


@public
@never_cache
@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """The answer for a number; `?on=YYYY-MM-DD` asks about a past day."""
    moment = now()
    if throttle.is_too_much(request, throttle.kind_of(number), moment):
        return throttle.wait_page(request)
    try:
        written = read_number(number)
    except ValidationError as wrong:
        return _not_found(request, number, str(wrong.message))
    if written != number:
        asked = request.META.get("QUERY_STRING", "")
        address = reverse("public:certificate", args=[written])
        return redirect(f"{address}?{asked}" if asked else address)
    located = locate(written)
    if located.how == "retired":
        says = _("This certificate was recorded by mistake and was taken off the register. It certifies nobody.")
        return _not_found(request, number, says, status=410)
    found = located.certificate
    if found is None:
        return _not_found(request, number, _("No certificate has this number. Compare it with the certificate."))
    today = day_of(moment)
    asks = any(key == "on" or key.startswith("on_") for key in request.GET)
    form = DayForm(request.GET if asks else None, today=today)
    if asks and not form.is_valid():
        return noindex(render(request, "public/certificate.html", {"form": form, "number": written}, status=422))
    on = form.cleaned_data["on"] if asks else today
    if asks and (request.GET.get("on") != on.isoformat() or on == today):
        address = reverse("public:certificate", args=[written])
        return redirect(address if on == today else f"{address}?on={on.isoformat()}")
    shown = {"form": form, **told(found, on, today, moment)}
    if _is_for_a_script(request):
        return noindex(render(request, "public/_answer.html", {**shown, "level": 2}))
    proof = log.proof_of(found, today=today)
    return noindex(render(request, "public/certificate.html", {**shown, **code_words(), "proof": proof}))


def told(found: Certificate, on: date, today: date, moment: datetime) -> dict[str, Any]:
    """What the answer of the register is drawn from."""
    answer = queries.public_answer(found, on, today=today)
    rows = _rows(answer)
    if answer.areas:
        rows.append(Row(_("Areas of specialization"), "; ".join(area_words(answer.areas))))
    return {"answer": answer, "heading": _heading(on, today, answer.is_certified), "rows": rows,
            "moment": moment, "number": answer.number,
            "origin": settings.ENVIRONMENT.origin}  # fmt: skip


def _is_for_a_script(request: HttpRequest) -> bool:
    """Whether the page that checks a printed code asks for the answer alone."""
    return request.headers.get("HX-Request") == "true"


def _heading(on: date, today: date, certified: bool) -> str:
    if on == today:
        return _("Certified today") if certified else _("Not certified today")
    says = _("Certified on %(day)s") if certified else _("Not certified on %(day)s")
    return says % {"day": day_words(on)}


def _rows(answer: queries.Answer) -> list[Row]:
    rows = [Row(_("Name"), answer.name), Row(_("Certificate number"), answer.number)]
    if answer.is_past:
        return [*rows, Row(_("Day you asked about"), day_words(answer.on))]
    standing = standing_word(answer.standing)
    rows += [Row(_("Standing"), standing.word, hint=standing.hint), Row(_("Issued"), day_words(answer.issued_on))]
    if answer.standing in {"in_force", "suspended", "expired"}:
        rows.append(Row(_("Good through"), day_words(answer.last_on)))
    elif answer.since is not None:
        rows.append(Row(_("Since"), day_words(answer.since)))
    rows += [Row(_("Suspended"), f"{day_words(first)} – {day_words(last)}") for first, last in answer.suspensions]
    return rows


def _not_found(request: HttpRequest, typed: str, says: str, status: int = 404) -> HttpResponse:
    """The search page with what was typed and the sentence beside it; for a script the sentence alone."""
    if _is_for_a_script(request):
        return noindex(render(request, "public/_no_answer.html", {"says": says}, status=status))
    form = NumberForm({"number": typed[:60]}, auto_id="number_%s")
    form.errors["number"] = form.error_class([says], renderer=form.renderer)
    context = {"number_form": form, "name_form": NameForm(auto_id="name_%s"), "file_form": FileForm(auto_id="file_%s")}
    return noindex(render(request, "public/verify.html", context, status=status))
