"""What the application says, group by group, each with the documents given for it.

Who sees what: officers who weigh a case see all of it; an auditor all but evidence and letters; other officers only
who the person is and how to reach them. Demographics, self-assessment and accommodation needs are read by none of this.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from peercert import words
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Document
from peercert.program.notices.queries import confirmed_address
from peercert.program.review.queries import id_reading
from peercert.rules.days import day_of
from peercert.web.applicant.forms import choices
from peercert.web.staff.case_frame import language, said
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words

LETTERS = frozenset({"letter_supervisor", "letter_colleague", "letter_self"})


@dataclass(frozen=True)
class Group:
    """One group of facts with its documents."""

    slug: str
    heading: str
    rows: list[Row]
    documents: list[Document] = field(default_factory=list)


def groups(case: Case, *, sees_evidence: bool, sees_facts: bool) -> list[Group]:
    """The groups of this application that the officer may see, in the order in which it was filled in."""
    application = case.application
    documents: dict[str, list[Document]] = {}
    for one in Document.objects.filter(case=case, replaced_at=None).prefetch_related("pages").order_by("received_at"):
        documents.setdefault(one.kind, []).append(one)
    found = [Group("person", _("The person"), _person(case, application, sees_facts))]
    if not sees_facts:
        return found
    for slug, heading, kinds, rows in _GROUPS:
        # An auditor opens evidence for a purpose, one document at a time; who wrote which letter is not listed.
        drawn = rows(case, application) if sees_evidence or not set(kinds) & LETTERS else []
        given = [one for kind in kinds for one in documents.get(kind, [])]
        if drawn or given:
            found.append(Group(slug, heading(), drawn, given))
    return found


def _person(case: Case, application: Application, sees_facts: bool) -> list[Row]:
    person = case.person
    rows = [Row(_("Legal name"), application.full_name)]
    if person.chosen_name:
        rows.append(Row(_("Chosen name"), person.chosen_name, hint=_("Use it in every greeting.")))
    if sees_facts and application.born_on:
        rows.append(Row(_("Birth date"), day_words(application.born_on)))
    rows.append(Row(_("Writes"), said(f"language_{person.language}")))
    rows.append(Row(_("E-mail"), confirmed_address(person) or _("none confirmed")))
    rows.append(Row(_("Phone"), person.phone or _("not given")))
    place = ", ".join(filter(None, (person.street, person.city, person.state, person.postal_code)))
    rows.append(Row(_("Address"), place or _("no fixed address")))
    if sees_facts:
        home = _("outside California") if application.lives_outside_california else application.county_of_residence
        work = (
            _("not working")
            if application.is_not_working
            else _("outside California")
            if application.works_outside_california
            else application.county_of_work
        )
        rows.append(Row(_("County of residence"), str(home or _("not given"))))
        rows.append(Row(_("County of work"), str(work or _("not given"))))
    return rows


def _photo_id(case: Case, application: Application) -> list[Row]:
    rows = [Row(_("Kind"), _kind("id", application.id_kind))]
    if application.id_expires_on:
        rows.append(Row(_("Expires, as the person says"), day_words(application.id_expires_on)))
    read = id_reading(case)
    if read is not None:
        name = " ".join(filter(None, (read.first, read.middle, read.last)))
        rows.append(Row(_("Name read on the ID"), name))
        rows.append(Row(_("Birth date read"), day_words(read.born_on) if read.born_on else _("not shown")))
        rows.append(Row(_("Expires, as read"), day_words(read.expires_on) if read.expires_on else _("does not expire")))
        rows.append(Row(_("Photo"), _("yes") if read.has_photo else _("no")))
    return rows


def _education(case: Case, application: Application) -> list[Row]:
    return [Row(_("Kind"), _kind("education", application.education_kind))]


def _lived_experience(case: Case, application: Application) -> list[Row]:
    at = application.lived_experience_attested_at
    return [
        Row(_("Attested as"), _kind("lived_experience", application.lived_experience_role)),
        Row(_("Attested on"), day_words(day_of(at)) if at else "", hint=_("The story is never asked.")),
        Row(_("Willing to share it"), _yes(application.is_willing_to_share)),
        Row(_("Dedicated to recovery"), _yes(application.is_dedicated)),
    ]


def _ethics(case: Case, application: Application) -> list[Row]:
    at = application.ethics_agreed_at
    return [
        Row(_("Signed as"), application.ethics_name or ""),
        Row(_("Signed on"), day_words(day_of(at)) if at else ""),
        Row(_("Version"), application.ethics_version or ""),
    ]


def _other_state(case: Case, application: Application) -> list[Row]:
    if not application.other_state:
        return []
    return [
        Row(_("State"), application.other_state),
        Row(_("Number"), application.other_number or _("not given")),
        Row(_("Issued"), day_words(application.other_issued_on) if application.other_issued_on else _("not given")),
        Row(_("Expires"), day_words(application.other_expires_on) if application.other_expires_on else _("not given")),
        Row(_("In good standing"), _yes(application.other_in_good_standing)),
        Row(_("Discipline pending"), _yes(application.other_has_pending_discipline)),
        Row(_("Complaint unresolved"), _yes(application.other_has_open_complaint)),
    ]


def _service(case: Case, application: Application) -> list[Row]:
    if not application.service_role:
        return []
    from_on, until = application.orders_from, application.orders_until
    return [
        Row(_("Who serves"), _("the applicant") if application.service_role == "member" else _("the spouse")),
        Row(_("Shown by"), _("orders") if application.orders_kind == "orders" else _("a commander's letter")),
        Row(_("From"), day_words(from_on) if from_on else _("not given")),
        Row(_("Until"), day_words(until) if until else _("not given")),
    ]


def _work(case: Case, application: Application) -> list[Row]:
    rows = []
    for job in application.employments.order_by("pk"):
        until = _("today") if job.is_current else day_words(job.ended_on) if job.ended_on else "?"
        span = _("%(from)s to %(until)s") % {
            "from": day_words(job.started_on) if job.started_on else "?",
            "until": until,
        }
        hours = (
            _("%(hours)s hours a week") % {"hours": _number(job.hours_per_week)}
            if job.hours_per_week is not None
            else _("%(hours)s hours in all") % {"hours": _number(job.hours_total)}
        )
        paid = _("paid") if job.is_paid else _("unpaid")
        who = ", ".join(filter(None, (job.supervisor_name, job.supervisor_contact)))
        rows.append(Row(job.employer, " · ".join(filter(None, (job.role, span, hours, paid))), hint=who))
    return rows


def _continuing_education(case: Case, application: Application) -> list[Row]:
    return [
        Row(
            row.title,
            _("%(hours)s hours, %(ethics)s of them law and ethics")
            % {"hours": _number(row.hours), "ethics": _number(row.law_and_ethics_hours or 0)},
            hint=day_words(row.completed_on) if row.completed_on else "",
        )
        for row in application.continuing_education.order_by("pk")
    ]


def _letters(case: Case, application: Application) -> list[Row]:
    return [
        Row(
            said(f"document_letter_{row.kind}"),
            row.writer or _("not given"),
            hint=" · ".join(
                filter(
                    None,
                    (
                        day_words(row.dated_on) if row.dated_on else "",
                        _("on letterhead") if row.is_on_letterhead else "",
                    ),
                )
            ),
        )
        for row in application.letters_of_support.order_by("pk")
    ]


def _training(case: Case, application: Application) -> list[Row]:
    rows = []
    for row in application.trainings.select_related("provider").order_by("pk"):
        span = _("%(from)s to %(until)s") % {
            "from": day_words(row.started_on) if row.started_on else "?",
            "until": day_words(row.completed_on) if row.completed_on else "?",
        }
        hours = _("%(hours)s hours") % {"hours": _number(row.hours)} if row.hours is not None else ""
        state = _("accepted") if row.accepted_at else ""
        spoken = said(f"language_{row.language}") if row.language in {"en", "es"} else row.language
        rows.append(Row(str(row.provider or row.provider_name), " · ".join(filter(None, (span, hours, spoken, state)))))
    return rows


def _answers(case: Case, application: Application) -> list[Row]:
    """What the person answered to requests in their own words, the latest request first."""
    rows = []
    for request in case.requests.order_by("-asked_at").prefetch_related("items"):
        for item in request.items.all():
            if item.answered_at is None:
                continue
            text = item.answer or (_("They cannot give this.") if item.cannot_give else _("A document"))
            asked = words.fill("review_reasons", item.reason, lang=language(), part="officer")
            rows.append(Row(asked, text, hint=day_words(day_of(item.answered_at))))
    return rows


def _kind(what: str, code: str | None) -> str:
    """A kind in the words in which the applicant chose it."""
    return str(dict(_KINDS[what]).get(code, code)) if code else ""


def _yes(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _number(value: Any) -> str:
    return "?" if value is None else number_format(value.normalize() if hasattr(value, "normalize") else value)


_KINDS = {"id": choices.ID_KINDS, "education": choices.EDUCATION, "lived_experience": choices.ROLES}
Rows = Callable[[Case, Application], list[Row]]
_GROUPS: Iterable[tuple[str, Callable[[], str], tuple[str, ...], Rows]] = (
    ("photo-id", lambda: _("Photo ID"), ("photo_id",), _photo_id),
    ("education", lambda: _("Education"), ("education",), _education),
    ("other-state", lambda: _("Certificate of another state"), ("other_certificate",), _other_state),
    ("service", lambda: _("Military service"), ("military_orders",), _service),
    ("work", lambda: _("Peer work"), ("employment_verification",), _work),
    ("continuing-education", lambda: _("Continuing education"), ("continuing_education",), _continuing_education),
    ("letters", lambda: _("Letters"), ("letter_supervisor", "letter_colleague", "letter_self"), _letters),
    ("training", lambda: _("Core training"), ("training_certificate",), _training),
    ("lived-experience", lambda: _("Lived experience"), (), _lived_experience),
    ("ethics", lambda: _("Code of ethics"), (), _ethics),
    ("answers", lambda: _("Answers to requests"), ("answer",), _answers),
)
