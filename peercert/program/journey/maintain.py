"""Keeping a certificate true: standing corrected, surrendered, ended by death; the name printed; who may find it."""

from collections.abc import Callable
from datetime import date, datetime

from peercert.program.access import require
from peercert.program.casework.actions import keep_sort_name
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, lock_with_others, tell
from peercert.program.certificates import actions, credentials, queries
from peercert.program.certificates.models import Certificate, Standing
from peercert.program.errors import Refused
from peercert.program.journey.certify import print_later
from peercert.program.journey.standing_changed import announce, kind_today, name_changed
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actions import set_legal_name
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.program.people.queries import current_name
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure

#: States that a manager may record by a correction.
CORRECTIONS = ("in_force", "suspended", "revoked", "not_certified")


def locked(certificate_id: int, by: Callable[[int], Case] = lock) -> tuple[Certificate, Case]:
    """The certificate with its case locked: the same order everywhere."""
    case = by(Certificate.objects.values_list("case_id", flat=True).get(pk=certificate_id))
    certificate = Certificate.objects.select_related("person").get(pk=certificate_id)
    certificate.case = case
    return certificate, case


@step
def correct_standing(
    certificate_id: int,
    state: str,
    first_on: date,
    last_on: date | None,
    because: str,
    *,
    actor: Actor,
    now: datetime,
) -> Certificate:
    """A manager corrects where a certificate stands on a run of days; what was known before stays on record.

    `state` "not_certified" takes the standing off those days. Raises Refused: `reason_needed`, `no_such_standing`,
    `last_day_needed` (only a revocation runs on for good), `outside_the_terms`, `stands_so_already`, and what
    `certificates.actions.correct_standing` raises.
    """
    certificate, case = locked(certificate_id)
    require(actor, "correct_standing", case)
    if not because.strip():
        raise Refused("reason_needed")
    if state not in CORRECTIONS:
        raise Refused("no_such_standing")
    if last_on is None and state != "revoked":
        raise Refused("last_day_needed")
    end = queries.term_of(certificate).last_on
    if first_on < certificate.issued_on or (last_on is not None and last_on > end):
        raise _outside(certificate)
    if state != "not_certified" and queries.stands_so(certificate, state, first_on, last_on):
        raise Refused("stands_so_already")
    before = queries.standing_on(certificate, day_of(now))
    stands = None if state == "not_certified" else state
    actions.correct_standing(certificate, stands, first_on, last_on, cause="corrected", actor=actor, now=now)
    if last_on == end and queries.standing_on(certificate, add_days(end, 1)) is not None:
        # What ran on for good (a revocation, a surrender, a death) was wrong: nothing of it is left after the term.
        actions.correct_standing(certificate, None, add_days(end, 1), None, cause="corrected", actor=actor, now=now)
    days = {"first_on": first_on.isoformat(), "last_on": last_on.isoformat() if last_on else ""}
    tell(case, "standing_corrected", actor=actor, now=now, state=state, because=because.strip(), **days)
    announce(certificate, _kind(certificate, before, now=now), actor=actor, now=now)
    tell_holder(case, certificate, before, now=now)
    return certificate


@step
def record_surrender(certificate_id: int, from_on: date, *, actor: Actor, now: datetime) -> Certificate:
    """Record that the holder gave the certificate up. It ends the standing with that word, never as discipline."""
    certificate, case = locked(certificate_id)
    require(actor, "correct_standing", case)
    _end(certificate, case, "surrendered", from_on, actor=actor, now=now)
    write_letter(
        case, "surrendered", key=f"surrendered:{certificate.pk}:{from_on}", now=now,
        values={"certificate": certificate.number, "from_on": from_on},
    )  # fmt: skip
    announce(certificate, "surrendered", actor=actor, now=now)
    return certificate


@step
def record_death(certificate_id: int, from_on: date, *, actor: Actor, now: datetime) -> Certificate:
    """Record that the holder died. Nobody is written to; the name is no longer found by name."""
    certificate, case = locked(certificate_id)
    require(actor, "correct_standing", case)
    _end(certificate, case, "ended_by_death", from_on, actor=actor, now=now)
    Person.objects.filter(pk=certificate.person_id).update(is_left_out_of_name_search=True)
    announce(certificate, "ended", actor=actor, now=now)
    return certificate


@step
def correct_name(
    certificate_id: int, first: str, middle: str, last: str, because: str, *, actor: Actor, now: datetime
) -> Certificate:
    """Correct the holder's legal name (`because`: correction, marriage, court_order, spelling) and print it anew.

    Number, days and standing stay as they are; the name before stays on record and is never shown or searched.
    """
    certificate, case = locked(certificate_id, lock_with_others)
    require(actor, "correct_name", case)
    if not first.strip() or not last.strip():
        raise Refused("name_needed")
    before = current_name(certificate.person)
    name = set_legal_name(certificate.person, first, middle, last, now=now, because=because)
    keep_sort_name(certificate.person)
    if not actions.print_name(certificate, name):
        raise Refused("name_is_so_already")
    tell(case, "name_corrected", actor=actor, now=now, because=because)
    Task.objects.filter(case=case, kind="print_certificate", closed_at=None).update(
        closed_at=now, closed_by=actor.person, outcome="done"
    )
    write_letter(
        case, "name_corrected", key=f"name_corrected:{certificate.pk}:{name.pk}", now=now,
        values={"certificate": certificate.number, "printed_name": name.full},
    )  # fmt: skip
    announce(certificate, "name", actor=actor, now=now)
    if before != name:
        name_changed(queries.certificates_of(certificate.person).exclude(pk=certificate.pk), actor=actor, now=now)
    return certificate


@step
def leave_out_of_name_search(case_id: int, leave_out: bool, *, actor: Actor, now: datetime) -> Person:
    """Leave the holder out of the public search by name, or take them in again. No proof is asked, of anyone.

    The holder does it themselves, or a manager for them. The number still verifies.
    """
    case = lock(case_id)
    require(actor, "choose_name_search" if actor.role == "applicant" else "leave_out_of_name_search", case)
    person = Person.objects.select_for_update().get(pk=case.person_id)
    if person.is_left_out_of_name_search != leave_out:
        person.is_left_out_of_name_search = leave_out
        person.save(update_fields=["is_left_out_of_name_search"])
        tell(case, "left_out_of_name_search" if leave_out else "taken_into_name_search", actor=actor, now=now)
    return person


@step
def cannot_print(certificate_id: int, *, actor: Actor, now: datetime) -> None:
    """The printed name holds a letter that no font of ours has: one task asks an officer for its Latin spelling."""
    certificate, case = locked(certificate_id)
    if not Task.objects.filter(case=case, kind="print_certificate", closed_at=None).exists():
        values = {"certificate": certificate.number}
        Task.objects.create(case=case, kind="print_certificate", opened_at=now, due_on=day_of(now), values=values)
        tell(case, "certificate_not_printed", actor=actor, now=now)


@step
def print_again(certificate_id: int, *, actor: Actor, now: datetime) -> Certificate:
    """Queue the signing or the printing where the worker has not done it; asked for by the holder's page."""
    certificate, _ = locked(certificate_id)
    if credentials.follow(certificate, now=now) is not None and queries.newest_file(certificate) is None:
        print_later(certificate)
    return certificate


def _end(certificate: Certificate, case: Case, state: str, from_on: date, *, actor: Actor, now: datetime) -> None:
    if from_on > day_of(now):
        raise Refused("day_in_future")
    if from_on < certificate.issued_on:
        raise _outside(certificate)
    if queries.stands_so(certificate, state, from_on, None):
        raise Refused("stands_so_already")
    actions.correct_standing(certificate, state, from_on, None, cause=state, actor=actor, now=now)
    tell(case, state, actor=actor, now=now, from_on=from_on.isoformat())


def _outside(certificate: Certificate) -> Refused:
    term = queries.term_of(certificate)
    return Refused("outside_the_terms", issued_on=certificate.issued_on, last_on=term.last_on)


def _kind(certificate: Certificate, before: Standing | None, *, now: datetime) -> str:
    """What a correction means to strangers: a change of where the certificate stands today, or of the past alone."""
    today = queries.standing_on(certificate, day_of(now))
    was, stands = (row.state if row else "not_certified" for row in (before, today))
    return "corrected" if was == stands else kind_today(certificate, now=now)


def tell_holder(case: Case, certificate: Certificate, before: Standing | None, *, now: datetime) -> None:
    """A letter where today's standing is another than `before`: sealed, since it may be about conduct."""
    today = queries.standing_on(certificate, day_of(now))
    was, stands = (row.state if row else "not_certified" for row in (before, today))
    if was != stands:
        write_letter(
            case, f"standing_{stands}", key=f"standing:{certificate.pk}:{now.isoformat()}", now=now,
            values={
                "certificate": certificate.number, "on": day_of(now), "address": ("letter_frame", "postal_address"),
                "appeal_days": int(figure("appeal_days", day_of(now)).value),
            },
        )  # fmt: skip
