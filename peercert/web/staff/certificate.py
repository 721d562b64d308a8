"""The certificate of a case: certify where the program did not by itself, and keep what was certified true."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from peercert.program.casework.models import Case
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate, Standing
from peercert.program.errors import Refused
from peercert.program.journey import certify as certifying
from peercert.program.journey import maintain, merge, specialize, watched
from peercert.program.people.queries import current_name
from peercert.program.rosters.queries import npi_on, watchers
from peercert.rules.days import add_days, day_of, end_of
from peercert.rules.figures import figure
from peercert.web.applicant.certificate import send_document
from peercert.web.applicant.npi import npi_rows
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, named, the_case
from peercert.web.staff.certificate_forms import (
    AreaEndForm,
    AreaForm,
    CertifyForm,
    CorrectForm,
    EndForm,
    EndNpiForm,
    LegalNameForm,
    PastForm,
)
from peercert.web.staff.law_words import proposal
from peercert.web.standing import area_words, standing_word
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words


@officer("see_case")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """What stands, over both times, and every step this officer may take; one is posted at a time (`step`)."""
    case = the_case(request, number)
    found = Certificate.objects.filter(case=case).select_related("person").first()
    if found is None and not certifying.has_passed(case):
        raise Http404
    steps = _steps(request, case, found)
    refusal = ""
    if request.method == "POST":
        wanted = request.POST.get("step", "")
        if wanted not in steps:
            raise Http404
        if steps[wanted].is_valid():
            try:
                TAKE[wanted](request, case, found, steps[wanted].cleaned_data)
            except Refused as refused:
                refusal = sentence(refused)
            else:
                return redirect("staff:certificate", number=case.number)
    bad = any(form.errors for form in steps.values())
    context = frame(request, case, "certificate") | _shown(request, case, found) | {"forms": steps, "refusal": refusal}
    return render(request, "staff/certificate.html", context, status=409 if refusal else 422 if bad else 200)


@officer("see_case")
@require_safe
def certificate_file(request: HttpRequest, number: str) -> HttpResponse:
    """The printed document."""
    found = Certificate.objects.filter(case=the_case(request, number)).first()
    if found is None:
        raise Http404
    return send_document(found)


def _steps(request: HttpRequest, case: Case, found: Certificate | None) -> dict[str, forms.Form]:
    posted = request.POST.get("step") if request.method == "POST" else None

    def bound(name: str) -> Any:
        return request.POST if posted == name else None

    today = day_of(now())
    steps: dict[str, forms.Form] = {}
    if found is None:
        if case.stage == "approved" and can(request, "certify", case):
            steps["certify"] = CertifyForm(bound("certify"))
        return steps
    if can(request, "correct_standing", case):
        steps["correct"] = CorrectForm(bound("correct"), prefix="correct")
        steps["end"] = EndForm(bound("end"), prefix="end", today=today)
    if can(request, "correct_name", case):
        name = current_name(found.person)
        given = {"first": name.first, "middle": name.middle, "last": name.last} if name else {}
        steps["name"] = LegalNameForm(bound("name"), prefix="name", initial=given)
    if can(request, "end_npi", case) and npi_on(found.person, today) is not None:
        steps["npi"] = EndNpiForm(bound("npi"), prefix="npi", today=today)
    if can(request, "record_specialization", case):
        held = queries.areas_on(found, today)
        others = [area for area in figure("specializations", today).value if area not in held]
        if others:
            steps["area"] = AreaForm(bound("area"), prefix="area", areas=others, today=today)
        if held:
            steps["area_end"] = AreaEndForm(bound("area_end"), prefix="area_end", areas=held, today=today)
    if can(request, "leave_out_of_name_search", case):
        steps["search"] = forms.Form(bound("search"))
    return steps


def _shown(request: HttpRequest, case: Case, found: Certificate | None) -> dict[str, Any]:
    moment = now()
    if found is None:
        ready = certifying.readiness(case, now=moment)
        obstacles = [sentence(Refused(code)) for code in ready.obstacles]
        return {"certificate": None, "law": proposal(ready.finding), "obstacles": obstacles}
    answer = queries.public_answer(found, day_of(moment), today=day_of(moment))
    return {
        "certificate": found,
        "answer": answer,
        "standing": standing_word(answer.standing),
        "rows": _rows(found, answer),
        "history": [_line(row) for row in queries.standing_history(found)],
        "file": queries.newest_file(found),
        "credential": queries.current_credential(found),
        "left_out": found.person.is_left_out_of_name_search,
        "npis": npi_rows(found),
        "watchers": watchers(found, day_of(moment)),
        "proposal": merge.proposal_about(found),
        "may_take_off": found.retired_at is None and can(request, "retire_certificate", case),
        **_past(request, found, day_of(moment)),
    }


def _rows(found: Certificate, answer: queries.Answer) -> list[Row]:
    areas = area_words(queries.areas_on(found, answer.today))
    return [
        Row(_("Name printed"), found.printed_name),
        Row(_("Issued"), day_words(found.issued_on)),
        Row(_("Good through"), day_words(answer.last_on)),
        Row(
            _("Areas of specialization"), "; ".join(areas) or _("None"),
            hint="" if found.shows_areas or not areas else _("The holder does not show them to others."),
        ),
    ]  # fmt: skip


def _line(row: Standing) -> dict[str, Any]:
    causes = {"issued": _("issued"), "corrected": _("corrected"), "surrendered": _("surrendered"),
              "ended_by_death": _("death recorded"), "taken_over": _("imported")}  # fmt: skip
    upper = row.valid.upper
    return {
        "standing": standing_word(row.state),
        "first_on": row.valid.lower,
        "last_on": date.fromordinal(upper.toordinal() - 1) if upper else None,
        "known_from": row.known.lower,
        "known_until": row.known.upper,
        "cause": causes.get(row.cause, row.cause),
        "who": named(row.actor),
    }


def _past(request: HttpRequest, found: Certificate, today: date) -> dict[str, Any]:
    """The answer for a day as known on another, where it was asked."""
    asked = any(key.startswith("past-") for key in request.GET)
    form = PastForm(request.GET if asked else None, prefix="past", today=today)
    if not asked or not form.is_valid():
        return {"past": form}
    on, known_on = form.cleaned_data["on"], form.cleaned_data["known_on"]
    row = queries.standing_on(found, on, min(end_of(known_on), now()))
    word = standing_word(row.state if row else "not_certified")
    return {"past": form, "past_answer": {"on": on, "known_on": known_on, "word": word}}


def _correct(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    maintain.correct_standing(
        found.pk, given["state"], given["first_on"], given["last_on"], given["because"], actor=request.actor, now=now()
    )


def _end(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    take = maintain.record_surrender if given["how"] == "surrendered" else maintain.record_death
    take(found.pk, given["from_on"], actor=request.actor, now=now())


def _name(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    maintain.correct_name(
        found.pk, given["first"], given["middle"], given["last"], given["because"], actor=request.actor, now=now()
    )


def _area(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    specialize.record_specialization(
        found.pk, given["area"], given["first_on"], given["because"], actor=request.actor, now=now()
    )


def _area_end(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    specialize.end_specialization(
        found.pk, given["area"], given["from_on"], given["because"], actor=request.actor, now=now()
    )


def _search(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    leave_out = request.POST.get("leave_out") == "yes"
    maintain.leave_out_of_name_search(case.pk, leave_out, actor=request.actor, now=now())


def _npi(request: HttpRequest, case: Case, found: Certificate, given: dict[str, Any]) -> None:
    npi = npi_on(found.person, day_of(now()))
    if npi is None:
        raise Refused("npi_ended")
    last_on = add_days(npi.days.lower, -1) if given["how"] == "never" else given["last_on"]
    watched.end_npi(npi.pk, last_on, actor=request.actor, now=now())


def _certify(request: HttpRequest, case: Case, found: Certificate | None, given: dict[str, Any]) -> None:
    certifying.certify(case.pk, given["because"], actor=request.actor, now=now())


#: What each posted step does.
TAKE: dict[str, Callable[..., None]] = {
    "certify": _certify, "correct": _correct, "end": _end, "name": _name, "search": _search, "npi": _npi,
    "area": _area, "area_end": _area_end,
}  # fmt: skip
