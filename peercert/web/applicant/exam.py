"""The exam, for the person: where it stands, how to book, what to bring, what counts, and another sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert import words
from peercert.gateways.exam_vendor import AREAS
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Sitting
from peercert.program.exams.progress import Progress, progress
from peercert.program.journey import sit
from peercert.program.journey.whereabouts import whereabouts
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.parts import Kind, Row, Task
from peercert.web.ui.templatetags.ui import day_words

#: A result's colour; its word stands in words/exams.toml.
RESULT_KINDS: dict[str, Kind] = {"pass": "done", "fail": "neutral", "no_show": "neutral", "vendor_failure": "neutral"}


#: Steps of the person's that have a page of their own.
DO = {
    "ethics": "applicant:agree_to_ethics",
    "accommodation": "applicant:accommodation",
    "accommodation_more": "applicant:accommodation",
    "training": "applicant:training",
    "answer_training": "applicant:request",
    "answer_training_one": "applicant:request",
}


@dataclass(frozen=True)
class Result:
    """One sitting in words, with the scores of the eight areas as told."""

    sitting: Sitting
    kind: Kind
    word: str
    counts: bool
    scores: list[tuple[str, int]]


@signed_in
def exam(request: HttpRequest, case: UUID) -> HttpResponse:
    """Where the exam of one's own application stands."""
    application = own_application(request, case)
    return render(request, "applicant/exam.html", _given(application.case))


@signed_in
def retake(request: HttpRequest, case: UUID) -> HttpResponse:
    """Ask for another sitting; what is refused is said on the exam page."""
    application = own_application(request, case)
    if request.method == "POST":
        try:
            sit.ask_for_retake(application.case_id, actor=as_applicant(request), now=now())
        except Refused as why:
            given = {**_given(application.case), "refused": said(why)}
            return render(request, "applicant/exam.html", given, status=409)
        messages.success(request, _("You asked for another sitting."))
    return redirect(reverse("applicant:exam", args=[case]))


def _given(case: Case) -> dict[str, Any]:
    at = now()
    on, found, where = day_of(at), progress(case, now=at), whereabouts(case, now=at)
    fee = figure("retake_fee", on)
    return {
        "case": case,
        "found": found,
        "step": found.step,
        "says": where.says(_lang()),
        "next": where.next(_lang()),
        "do": where.do(_lang()),
        "do_url": _do_url(case, where.code),
        "before": _before(case, found) if case.stage == "approved" and found.authorisation is None else [],
        "authorisation": _authorisation(found),
        "results": [_result(one) for one in reversed(found.results)],
        "no_show_counts": queries.no_show_counts(on),
        "retake_fee": round(fee.value * 100) if fee.certainty == "confirmed" else None,
        "minutes": figure("exam_minutes", on).value,
        "items": figure("exam_items", on).value,
        "is_on": case.stage == "approved",
        "can_change_answer": found.step not in {"passed", "result"} and case.stage == "approved",
    }


def _do_url(case: Case, code: str) -> str:
    """Where the person's next step is taken, if not on this page."""
    if code in DO:
        return reverse(DO[code], args=[case.uuid])
    return reverse("applicant:status", args=[case.uuid]) + "#pay" if code in {"fee", "retake_fee"} else ""


def _before(case: Case, found: Progress) -> list[Task]:
    """What is still open before one may book, the person's own steps and ours."""
    tasks = []
    if found.must_agree_again:
        tasks.append(Task(_("Agree to the code of ethics, which changed"), "yours", _("Yours to do"),
                          reverse("applicant:agree_to_ethics", args=[case.uuid])))  # fmt: skip
    if found.training != "not_needed":
        tasks.append(_training(case, found))
    tasks.append(_accommodation(case, found))
    if found.used and found.step == "retake":
        return tasks
    if found.fee_cents:
        tasks.append(Task(_("Pay the exam fee") if not found.used else _("Pay the fee for the next sitting"), "yours",
                          _("Yours to do"), reverse("applicant:status", args=[case.uuid]) + "#pay"))  # fmt: skip
    elif found.training in {"missing", "given"} and not found.used:
        hint = _("It falls due once your training certificate is accepted.")
        tasks.append(Task(_("Pay the exam fee"), "neutral", _("Later"), hint=hint))
    else:
        tasks.append(Task(_("Pay the exam fee"), "done", _("Done")))
    return tasks


def _training(case: Case, found: Progress) -> Task:
    label, url = _("Give your training certificate"), reverse("applicant:training", args=[case.uuid])
    if found.training == "accepted":
        return Task(label, "done", _("Accepted"))
    if found.training == "given":
        return Task(label, "waiting", _("With us"), url)
    return Task(label, "yours", _("Yours to do"), url)


def _accommodation(case: Case, found: Progress) -> Task:
    label, url = _("Tell us whether you need an accommodation"), reverse("applicant:accommodation", args=[case.uuid])
    answer = found.accommodation
    if answer is None:
        return Task(
            label, "yours", _("Yours to do"), url, _("Takes a minute. You can answer it now, whatever else is open.")
        )
    if answer.is_needed and not answer.outcome:
        return Task(label, "waiting", _("With us"), url)
    return Task(label, "done", _("Done"), url)


def _authorisation(found: Progress) -> list[Row]:
    held = found.authorisation
    if held is None:
        return []
    rows = [
        Row(_("Candidate ID"), held.candidate_id),
        Row(_("Good"), _("%(first)s through %(last)s") % {
            "first": day_words(held.valid_from), "last": day_words(held.valid_through)}),
        Row(_("Sitting"), _("%(sitting)d of %(allowed)d") % {"sitting": held.sitting, "allowed": found.allowed}),
        Row(_("Name on your ID"), f"{held.first} {held.last}",
            hint=_("First and last name must be the same on the ID you bring.")),
    ]  # fmt: skip
    if held.vendor_codes:
        codes = held.vendor_codes.replace(";", ", ")
        rows.append(Row(_("Accommodation"), codes, hint=_("Granted; these are the exam vendor's names for it.")))
    return rows


def _result(one: Sitting) -> Result:
    scores = [(words.fill("exams", area, lang=_lang()), getattr(one, area)) for area in AREAS]
    return Result(
        sitting=one,
        kind=RESULT_KINDS[one.result],
        word=words.fill("exams", one.result, lang=_lang()),
        counts=bool(one.uses_attempt),
        scores=[(name, score) for name, score in scores if score is not None],
    )


def _lang() -> str:
    return (get_language() or "en")[:2]
