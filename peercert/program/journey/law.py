"""Asking the law about a case: gathers what every room knows into facts, and asks.

What an officer has not looked at is not yet known, whatever the applicant says of it; what the applicant says against
themselves counts at once. A mark becomes `review`: evidence that failed a check does not count; whether the person can
still mend it is for the law, which knows what was asked for and answered with "nothing more".
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_type_hints
from uuid import UUID

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Clock, Hold, RequestItem
from peercert.program.determinations.models import Determination
from peercert.program.exams import queries as exams
from peercert.program.money.models import Due
from peercert.program.money.queries import covering, due_for
from peercert.program.review.models import Mark
from peercert.program.review.queries import check_of_item, has_unanswered_match, id_reading
from peercert.program.review.reasons import reason
from peercert.program.training.models import ProviderApproval
from peercert.rules import facts as law
from peercert.rules.days import day_of
from peercert.rules.decide import decide
from peercert.rules.reasons import Finding

#: What the application calls an education, where the law has another word.
EDUCATION = {
    "hiset": "ged",
    "high_school_transcript": "transcript",
    "college_degree": "degree",
    "college_transcript": "transcript",
}
#: The same for identity documents.
IDENTITY = {"passport_card": "us_passport", "consular_card": "consular_id"}

#: What a mark says, by check and row: true, false, or None for a failure that can be mended; no mark, no entry.
Marks = dict[tuple[str, UUID | None], bool | None]


def ask_law(case: Case, question: law.Question, *, on: date | None = None, now: datetime) -> Finding:
    """The law's answer about this case.

    `apply` is governed by the day of submission, `sit` by the day of asking, `certify` by the day of the sitting that
    was passed; `on` overrides.
    """
    return decide(facts_for(case, question, on=on, now=now), on)


def facts_for(case: Case, question: law.Question, *, on: date | None = None, now: datetime) -> law.Facts:
    """Everything that is known about the case and that the law may ask, as of `now`."""
    application = Application.objects.select_related("person__self_assessment").get(case=case)
    marks = _marks(case)
    gathered = _common(case, application, marks, question, now=now) | _PATHWAYS[application.pathway](application, marks)
    return law.PATHWAYS[application.pathway](**gathered)


def _common(case: Case, application: Application, marks: Marks, question: str, *, now: datetime) -> dict[str, Any]:
    approved, sat = _approval(case), list(exams.results(case))
    return {
        "question": question,
        "submitted_on": case.received_on,
        "asked_on": day_of(now) if question != "apply" else None,
        "orientation_done_on": _orientation(application, "orientation_done_at"),
        "self_assessment_done_on": _orientation(application, "assessed_at"),
        "born_on": application.born_on,
        "name": _name(application.first_name, application.middle_name, application.last_name),
        "identity": _identity(case),
        "education": _education(application, marks),
        "lived_experience": _lived_experience(application),
        "is_willing_to_share": application.is_willing_to_share,
        "is_dedicated": application.is_dedicated,
        "ethics": _ethics(application),
        "application_fee": _paid(due_for(case, "application")),
        "has_unanswered_match": has_unanswered_match(case),
        "approved_on": day_of(approved.decided_at) if approved else None,
        "approval_days_given": _days_given(case),
        **_exam_fee(case, sum(one.uses_attempt is True for one in sat)),
        # Kept with no determination: asked where leave to sit is, and nowhere else.
        "accommodation": _accommodation(case) if question == "sit" else None,
        "sittings": tuple(law.Sitting(sat_on=one.sat_on, result=_word(one.result)) for one in sat),
        "is_on_hold": Hold.objects.filter(case=case, lifted_at=None).exists(),
        "nothing_more": _nothing_more(case),
        "accepted": _accepted(approved),
    }


def _initial(application: Application, marks: Marks) -> dict[str, Any]:
    return {"trainings": tuple(_training(row) for row in application.trainings.select_related("provider"))}


def _experienced(application: Application, marks: Marks) -> dict[str, Any]:
    employment = tuple(
        law.Employment(
            employer=row.employer[:200],
            from_on=row.started_on,
            to_on=row.ended_on,
            is_current=row.is_current,
            hours_per_week=_hours(row.hours_per_week),
            hours_total=_hours(row.hours_total),
            is_paid=row.is_paid,
            review=_review(marks, ("employment_span", row.uuid)),
        )
        for row in application.employments.order_by("pk")
    )
    education = tuple(
        law.ContinuingEducation(
            title=row.title[:200],
            hours=_hours(row.hours) or 0,
            law_and_ethics_hours=min(_hours(row.law_and_ethics_hours) or 0, _hours(row.hours) or 0),
            completed_on=row.completed_on,
            review=_review(marks, ("continuing_education_row", row.uuid)),
        )
        for row in application.continuing_education.order_by("pk")
    )
    letters = tuple(
        law.Letter(
            kind=_word(row.kind),
            is_on_letterhead=row.is_on_letterhead,
            dated_on=row.dated_on,
            review=_review(marks, (f"letter_{row.kind}", None)),
        )
        for row in application.letters_of_support.order_by("pk")
    )
    return {"employment": employment, "continuing_education": education, "letters": letters}


def _reciprocity(application: Application, marks: Marks) -> dict[str, Any]:
    return {"other_certificate": _other_certificate(application, marks), **_experienced(application, marks)}


def _portability(application: Application, marks: Marks) -> dict[str, Any]:
    shown = marks.get(("orders_shown", None))
    orders: tuple[law.Orders, ...] = ()
    if application.orders_kind in {"orders", "commander_letter"}:
        orders = (
            law.Orders(
                evidence=application.orders_kind,  # type: ignore[arg-type]
                from_on=application.orders_from,
                until_on=application.orders_until,
                to_california=shown,
                review=_review(marks, ("orders_shown", None)),
            ),
        )
    return {
        "service": application.service_role or None,
        "orders": orders,
        "other_certificate": _other_certificate(application, marks),
    }


_PATHWAYS = {
    "initial": _initial,
    "grandparenting": _experienced,
    "reciprocity": _reciprocity,
    "portability": _portability,
}


def _marks(case: Case) -> Marks:
    rows = Mark.objects.filter(check_row__case=case, replaced_at=None).select_related("check_row")
    return {(row.check_row.code, row.check_row.about): _accepts(row) for row in rows}


def _accepts(mark: Mark) -> bool | None:
    if mark.result != "fail":
        return True
    return None if all(reason(code).is_mendable for code in mark.reasons) else False


def _review(marks: Marks, key: tuple[str, UUID | None]) -> Literal["waiting", "accepted", "refused"]:
    """What an officer says of a piece of evidence: it waits until there is a mark."""
    if key not in marks:
        return "waiting"
    return "accepted" if marks[key] else "refused"


def _approval(case: Case) -> Determination | None:
    """The approval that stands, if the latest determination of the application is one."""
    latest = Determination.objects.filter(case=case, question="apply", superseded_by=None).first()
    return latest if latest and latest.outcome == "approve" else None


def _accepted(approved: Determination | None) -> tuple[law.Acceptance, ...]:
    """What the approving officer took as fulfilled where the machine could not say so."""
    if approved is None:
        return ()
    decided_on = day_of(approved.decided_at)
    return tuple(
        law.Acceptance(code=one["code"], on=decided_on) for one in approved.finding["reasons"] if one["met"] is not True
    )


def _days_given(case: Case) -> int:
    clock = Clock.objects.filter(case=case, kind="approval").order_by("-pk").first()
    return clock.extended_days + clock.paused_days if clock else 0


def _orientation(application: Application, column: str) -> date | None:
    own = getattr(application.person, "self_assessment", None)
    moment = getattr(own, column, None)
    return day_of(moment) if moment else None


def _name(first: str | None, middle: str | None, last: str | None) -> law.Name | None:
    return law.Name(first=first, last=last, middle=middle or "") if first and last else None


def _identity(case: Case) -> tuple[law.IdentityDocument, ...]:
    read = id_reading(case)
    if read is None:
        return ()
    return (
        law.IdentityDocument(
            kind=_known(law.IdentityDocument, IDENTITY.get(read.kind, read.kind)),
            name=_name(read.first, read.middle, read.last),
            born_on=read.born_on,
            expires_on=read.expires_on,
            never_expires=read.expires_on is None,
            has_photo=read.has_photo,
        ),
    )


def _education(application: Application, marks: Marks) -> tuple[law.Education, ...]:
    kind = application.education_kind
    if not kind:
        return ()
    review = _review(marks, ("education_shown", None))
    return (law.Education(kind=_known(law.Education, EDUCATION.get(kind, kind)), review=review),)


def _known(part: type[Any], kind: str) -> Any:
    """The kind as the law names it, or "other"."""
    return kind if kind in get_args(get_type_hints(part)["kind"]) else "other"


def _lived_experience(application: Application) -> law.LivedExperience | None:
    attested_at = application.lived_experience_attested_at
    if attested_at is None:
        return None
    role = application.lived_experience_role
    return law.LivedExperience(
        attested_on=day_of(attested_at),
        wording=application.lived_experience_wording,
        role=role if role in {"consumer", "parent", "family", "caregiver"} else None,  # type: ignore[arg-type]
        is_attested=True,
    )


def _ethics(application: Application) -> tuple[law.Agreement, ...]:
    if not application.ethics_version or application.ethics_agreed_at is None:
        return ()
    return (law.Agreement(version=application.ethics_version, agreed_on=day_of(application.ethics_agreed_at)),)


def _other_certificate(application: Application, marks: Marks) -> law.OtherCertificate | None:
    if not application.other_state:
        return None
    verified = marks.get(("other_certificate_verified", None))
    clean = marks.get(("other_discipline", None))
    return law.OtherCertificate(
        state=application.other_state,
        number=application.other_number,
        issued_on=application.other_issued_on,
        expires_on=application.other_expires_on,
        never_expires=application.other_expires_on is None or None,
        in_good_standing=_told(application.other_in_good_standing, verified),
        has_pending_discipline=_against(application.other_has_pending_discipline, clean),
        has_open_complaint=_against(application.other_has_open_complaint, clean),
    )


def _told(says: bool | None, verified: bool | None) -> bool | None:
    """A favourable statement counts once an officer verified it, an adverse one at once."""
    return False if says is False else verified


def _against(says: bool | None, clean: bool | None) -> bool | None:
    """An adverse fact counts at once; that there is none, once an officer looked."""
    if says:
        return True
    return None if clean is None else not clean


def _training(row: Any) -> law.Training:
    approvals = ProviderApproval.objects.filter(
        provider=row.provider_id, taken_back_at=None, contract_executed_on__isnull=False
    )
    spans = tuple(
        law.Authorisation(
            type=one.type,
            language=one.language,
            from_on=max(one.approved_on, one.contract_executed_on or one.approved_on),
            until_on=one.until_on,
        )
        for one in approvals
        if one.until_on is None or one.until_on >= max(one.approved_on, one.contract_executed_on or one.approved_on)
    )
    return law.Training(
        provider=str(row.provider or row.provider_name)[:200] or None,
        type=row.type,
        language=row.language or None,
        hours=_hours(row.hours),
        started_on=row.started_on,
        completed_on=row.completed_on,
        authorisations=spans if row.provider_id else None,
        review="accepted" if row.accepted_at else "refused" if row.refused_at else "waiting",
    )


def _word(value: str) -> Any:
    """A column's choice where the facts name the same words as a Literal."""
    return value


def _hours(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _paid(due: Due | None) -> tuple[law.Paid, ...]:
    if due is None or due.released_at is not None:
        return ()
    payer = covering(due)
    if payer is not None:
        return (law.Paid(payer=_word(payer.kind), reference=payer.number),)
    if due.settled_at is None:
        rows = due.payments.filter(returned_on=None)
        return tuple(law.Paid(cents=row.amount_cents, paid_on=row.received_on) for row in rows)
    return (law.Paid(cents=due.amount_cents, paid_on=day_of(due.settled_at)),)


def _exam_fee(case: Case, attempts: int) -> dict[str, Any]:
    """What was paid for the next sitting and since when it is owed: the first one's exam fee, then retake fees."""
    sitting = attempts + 1
    due = due_for(case, "exam" if sitting == 1 else "retake", sitting)
    return {"exam_fee": _paid(due), "exam_fee_owed_on": due.owed_on if due else None}


def _accommodation(case: Case) -> str | None:
    answer = exams.accommodation(case)
    if answer is None:
        return None
    return (answer.outcome or "asked") if answer.is_needed else "not_needed"


def _nothing_more(case: Case) -> tuple[str, ...]:
    """Requirements that were asked for and to which the person has nothing more to give."""
    items: Iterable[RequestItem] = RequestItem.objects.filter(
        request__case=case, request__outcome="answered", cannot_give=True
    ).select_related("request")
    return tuple(sorted({check.requirement for item in items if (check := check_of_item(item))}))
