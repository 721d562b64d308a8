"""Being watched: holders are told by whom and why that is allowed, may object, and an officer decides; their NPI."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from peercert.program.access import require, require_unbound
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, tell
from peercert.program.certificates.models import Certificate
from peercert.program.certificates.queries import certificates_of, standing_on
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.program.people.organisations import Agreement
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters import actions, queries
from peercert.program.rosters.models import Npi, Objection, Watch
from peercert.rules import npi as law
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure

#: Watches told of in one transaction.
BATCH = 100
#: How an officer decides an objection: the ends of a task `objection`.
UPHELD, NOT_UPHELD = "objection_upheld", "objection_not_upheld"


def tell_holders(*, now: datetime) -> int:
    """Write to every holder who was not told yet that an organisation watches, or was told another reason; how many.

    Safe to repeat.
    """
    told = 0
    while count := _tell_some(now=now) or _tell_other_reason(now=now):
        told += count
    return told


@step
def _tell_some(*, now: datetime) -> int:
    untold = Watch.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(told_at=None)
    watches = list(
        untold.select_related("organisation", "certificate__case__person", "certificate__person").order_by("pk")[:BATCH]
    )
    for watch in watches:
        if watch.until_at is None:
            _tell(watch, now)
    Watch.objects.filter(pk__in=[watch.pk for watch in watches]).update(told_at=now)
    return len(watches)


@step
def _tell_other_reason(*, now: datetime) -> int:
    """Those who were told under an agreement that another one follows: why they are watched is another reason now."""
    before = queries.told_another_reason(day_of(now), BATCH)
    agreements = Agreement.objects.in_bulk(before.values())
    watches = Watch.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=before, until_at=None)
    found = list(watches.select_related("organisation", "certificate__case__person", "certificate__person"))
    for watch in found:
        _tell(watch, now, before=agreements[before[watch.pk]])
    Watch.objects.filter(pk__in=[watch.pk for watch in found]).update(told_at=now)
    return len(found)


def _tell(watch: Watch, now: datetime, before: Agreement | None = None) -> None:
    """Who watches and why that is allowed; `before` is the agreement whose reason they were told earlier."""
    certificate, today = watch.certificate, day_of(now)
    agreement = agreement_in_force(watch.organisation, today)
    row = standing_on(certificate, today)
    if agreement is None or (row is not None and row.state == "ended_by_death"):
        return
    lang = certificate.person.language
    values = {
        "organisation": watch.organisation.name, "certificate": certificate.number, "why": agreement.text(lang),
        "days": int(figure("objection_answer_days", today).value),
    }  # fmt: skip
    code, key = "watched", f"watched:{watch.pk}"
    if before is not None:
        code, key = "watched_for_another_reason", f"{key}:{agreement.pk}"
        values |= {
            "purpose": ("organisations", f"purpose_{agreement.purpose}"), "from_on": agreement.from_on,
            "purpose_before": ("organisations", f"purpose_{before.purpose}"), "before": before.text(lang),
        }  # fmt: skip
    write_letter(certificate.case, code, key=key, now=now, person=certificate.person, values=values)


@step
def object_to_watch(watch_id: int, text: str, *, actor: Actor, now: datetime) -> Objection:
    """The holder asks for a watch to end, with or without saying why; a task asks an officer. One at a time.

    Raises Refused: `watch_ended`, `objected_already`.
    """
    case = _case_of(Watch.objects.values_list("certificate_id", flat=True).get(pk=watch_id))
    require(actor, "object_to_watch", case)
    watch = Watch.objects.select_for_update(of=("self",), no_key=True).select_related("organisation").get(pk=watch_id)
    if watch.until_at is not None:
        raise Refused("watch_ended")
    if Objection.objects.filter(watch=watch, decided_at=None).exists():
        raise Refused("objected_already")
    due_on = add_days(day_of(now), int(figure("objection_answer_days", day_of(now)).value))
    made = Objection.objects.create(watch=watch, made_at=now, text=text.strip(), due_on=due_on)
    values = {"objection": made.pk, "organisation": watch.organisation.name}
    Task.objects.create(case=case, kind="objection", opened_at=now, due_on=due_on, values=values)
    tell(case, "watch_objected", actor=actor, now=now, organisation=watch.organisation.name)
    return made


def decide_objection(task: Task, outcome: str, *, actor: Actor, now: datetime) -> Objection:
    """What closing an objection's task does, in its transaction: the watch ends or goes on, and the holder is told.

    An upheld objection holds for good and for whatever certificate the holder has: no later roster of that organisation
    begins the watch again.
    """
    made = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("watch__organisation")
        .get(pk=task.values["objection"])
    )
    require_unbound(actor, "decide_objection", made.watch.organisation)
    made.decided_at, made.decided_by, made.is_upheld = now, actor.person, outcome == UPHELD
    made.because = task.because
    made.save(update_fields=["decided_at", "decided_by", "is_upheld", "because"])
    if made.is_upheld:
        # Also what was begun in its place, after a merge or for another certificate of theirs.
        organisation = locked(made.watch.organisation_id)
        for watch in queries.open_watches(organisation).filter(certificate__in=queries.barred(organisation)):
            actions.end_watch(watch, "objection", now=now)
    agreement = agreement_in_force(made.watch.organisation, day_of(now))
    write_letter(
        task.case, outcome, key=f"objection:{made.pk}", now=now,
        values={
            "organisation": made.watch.organisation.name,
            "why": agreement.text(task.case.person.language) if agreement else "",
        },
    )  # fmt: skip
    return made


@step
def enter_npi(person_id: int, typed: str, first_on: date, *, actor: Actor, now: datetime) -> Npi | None:
    """A holder enters an NPI, theirs from that day on; None where somebody else has it and an officer looks at it.

    One that was entered before ends the day before; the same again changes nothing. Raises Refused: `npi_mistyped`,
    `npi_no_number`, `day_in_future`, `npi_overlaps`, `npi_looked_at`, `not_yours`.
    """
    case = _newest_case(person_id, actor)
    require(actor, "enter_npi", case)
    try:
        npi = law.read(typed)
    except law.TypingMistake:
        raise Refused("npi_mistyped") from None
    except law.NotAnNpi:
        raise Refused("npi_no_number") from None
    today = day_of(now)
    if first_on > today:
        raise Refused("day_in_future")
    assert actor.person is not None
    before = queries.npi_on(actor.person, today)
    if before is not None and before.npi == npi:
        return before
    if Task.objects.filter(case=case, kind="npi_claimed", closed_at=None).exists():
        raise Refused("npi_looked_at")
    if queries.people_by_npi(npi, today).exists():
        # Nobody learns here who has it: they are told that it is looked at, and cannot try another meanwhile.
        Task.objects.create(case=case, kind="npi_claimed", opened_at=now, due_on=today, values={"npi": npi})
        tell(case, "npi_claimed", actor=actor, now=now)
        return None
    try:
        with transaction.atomic():
            if before is not None:
                actions.end_npi(before, add_days(first_on, -1), by=actor.person, now=now)
            made = actions.record_npi(actor.person, npi, first_on, by=actor.person, now=now)
    except IntegrityError:
        raise Refused("npi_overlaps") from None
    tell(case, "npi_entered", actor=actor, now=now, first_on=first_on.isoformat())
    return made


@step
def end_npi(npi_id: int, last_on: date, *, actor: Actor, now: datetime) -> Npi:
    """An NPI is theirs through that day: said by the holder, or by an officer who mends what was entered wrongly.

    A last day before its first says that it never was theirs. Raises Refused: `day_in_future`, `npi_ended`.
    """
    person_id = Npi.objects.values_list("person_id", flat=True).get(pk=npi_id)
    case = _newest_case(person_id, actor)
    require(actor, "enter_npi" if actor.role == "applicant" else "end_npi", case)
    npi = Npi.objects.select_for_update(of=("self",)).select_related("person").get(pk=npi_id)
    if npi.taken_back_at is not None or npi.days.upper is not None:
        raise Refused("npi_ended")
    if last_on > day_of(now):
        raise Refused("day_in_future")
    actions.end_npi(npi, last_on, by=actor.person, now=now)
    tell(case, "npi_ended", actor=actor, now=now, last_on=last_on.isoformat())
    return npi


def _newest_case(person_id: int, actor: Actor) -> Case:
    """The case of the person's newest certificate, locked: an NPI is a holder's matter."""
    if actor.role == "applicant" and (actor.person is None or actor.person.pk != person_id):
        raise Refused("not_yours")
    newest = certificates_of(Person.objects.get(pk=person_id)).first()
    if newest is None:
        raise Refused("not_yours")
    return lock(newest.case_id)


def _case_of(certificate_id: int) -> Case:
    return lock(Certificate.objects.values_list("case_id", flat=True).get(pk=certificate_id))
