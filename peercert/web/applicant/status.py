"""Where an application stands: the one line, who acts next and by when, what happened, what comes, what is in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert import words
from peercert.program.applications.models import Application
from peercert.program.applications.queries import documents_of, open_application
from peercert.program.casework.models import Case, Task
from peercert.program.journey.whereabouts import Whereabouts, steps_of, whereabouts
from peercert.program.money.queries import balance, covering, dues_of, payments_of
from peercert.program.notices.queries import letters_of
from peercert.web.applicant.groups import PAPERS
from peercert.web.applicant.own import own_application
from peercert.web.applicant.papers import STATES
from peercert.web.doors import now, signed_in
from peercert.web.ui.parts import Event, Kind, Step, steps_until

#: What a person sees of their timeline: what concerns them, never an officer's work in between.
SHOWN = frozenset(
    {
        "submitted", "withdrawn", "review_begun", "review_suspended", "asked_for_more", "request_answered",
        "request_taken_back", "request_expired", "closed_as_not_completed", "reopened", "approved", "denied",
        "training_given", "training_accepted", "ethics_agreed_again", "accommodation_answered",
        "accommodation_decided", "retake_asked", "authorised_to_test", "authorisation_cancelled",
        "appointment_told", "result_recorded", "certified", "approval_ended", "approval_revived",
        "superseded_with_denial", "superseded_with_approval", "appeal_received", "payment_recorded",
        "payment_returned", "payment_sent_back", "fee_released",
        "payer_recorded", "payer_taken_back", "document_given", "document_refused",
        "document_destroyed", "question_asked", "question_answered",
    }
)  # fmt: skip

#: Where the button under "what you must do now" leads; `{letters}` and `{certificate}` are worked out.
DO: dict[str, str] = {
    "answer": "applicant:request", "answer_one": "applicant:request", "answer_training": "applicant:request",
    "answer_training_one": "applicant:request", "not_completed": "applicant:request",
    "training": "applicant:training", "training_again": "applicant:training", "ethics": "applicant:agree_to_ethics",
    "accommodation": "applicant:accommodation", "accommodation_more": "applicant:accommodation",
    "book": "applicant:exam", "booked": "applicant:exam",
    "retake": "applicant:exam",
}  # fmt: skip
#: Codes whose step is to pay: how stands on the page of fees.
PAY = frozenset({"pay", "fee", "fee_again", "retake_fee", "not_completed_unpaid"})
#: Who acts → the colour of the large answer.
KINDS: dict[str, Kind] = {"person": "yours", "us": "waiting", "vendor": "waiting", "nobody": "neutral"}


@signed_in
def status(request: HttpRequest, case: UUID) -> HttpResponse:
    """The status page of one's own application; a draft goes to its task list."""
    application = own_application(request, case)
    if application.submitted_at is None:
        return redirect(
            reverse("applicant:tasks", args=[case]) if application.case.stage == "draft" else "applicant:home"
        )
    return render(request, "applicant/status.html", _given(application))


def _given(application: Application) -> dict[str, Any]:
    case, lang = application.case, (get_language() or "en")[:2]
    where = whereabouts(case, now=now())
    letters = list(letters_of(case))
    return {
        "application": application,
        "case": case,
        "where": where,
        "kind": "done" if where.code == "certified" else KINDS[where.who],
        "is_theirs": where.who == "person",
        "says": where.says(lang),
        "next": where.next(lang),
        "do": where.do(lang),
        "do_url": _do_url(case, where, letters),
        "steps": _steps(case, where) if application.closed_at is None or case.stage == "certified" else [],
        "events": _events(case, lang),
        "dues": [(due, balance(due), covering(due)) for due in dues_of(case)],
        "payments": payments_of(case),
        "sheets": [(_title(one.kind), one, *STATES[one.state]) for one in documents_of(application)],
        "letters": letters,
        "questions": case.questions.order_by("-asked_at", "-pk"),
        "notice": Task.objects.filter(case=case, closed_at=None, noticed_at__isnull=False).first(),
        "may_withdraw": case.stage in {"submitted", "review", "recommended", "approved"},
        "may_begin_again": application.closed_at is not None
        and application.pathway != "grandparenting"
        and case.stage != "certified"
        and open_application(application.person, application.pathway) is None,
        "may_ask": case.stage != "draft",
    }


def _title(kind: str) -> str:
    return str(PAPERS[kind][0]) if kind in PAPERS else ""


def _steps(case: Case, where: Whereabouts) -> list[Step]:
    labels = {
        "application": _("Application"),
        "fee": _("Fee"),
        "review": _("Review"),
        "training": _("Training"),
        "exam": _("Exam"),
        "certificate": _("Certificate"),
    }
    steps = steps_of(case)
    at = len(steps) if where.code == "certified" else steps.index(where.step) if where.step in steps else 0
    return steps_until([labels[step] for step in steps], at)


def _events(case: Case, lang: str) -> list[Event]:
    rows = case.timeline.filter(verb__in=SHOWN).order_by("-at", "-pk")[:60]
    return [
        Event(row.at, words.fill("timeline", row.verb, lang=lang), detail=_title(row.values.get("kind", "")))
        for row in rows
    ]


def _do_url(case: Case, where: Whereabouts, letters: list[Any]) -> str:
    if where.code in PAY:
        return reverse("applicant:fees", args=[case.uuid])
    if where.code == "denied":
        told = next((one for one in letters if one.code.startswith("denied")), None)
        return reverse("applicant:letter", args=[told.uuid]) if told else reverse("applicant:letters")
    try:
        if where.code == "certified":
            return reverse("applicant:certificate", args=[where.values["certificate"]])
        return reverse(DO[where.code], args=[case.uuid]) if where.code in DO else ""
    except NoReverseMatch:
        return ""
