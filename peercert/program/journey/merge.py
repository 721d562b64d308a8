"""Records that were made twice, or should never have been: one answers for the other, or none does.

A manager proposes it, and a second person who looked at it agrees, by closing the task (oversee.close_task): what is
taken off the register answers for nobody any more. What either record knew of areas and NPI goes along (carry_over).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Q

from peercert.program.access import require
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, tell
from peercert.program.certificates.actions import correct_standing
from peercert.program.certificates.models import Certificate, OldNumber, Term
from peercert.program.certificates.queries import standing_on
from peercert.program.errors import Refused
from peercert.program.journey.carry_over import Choices, carry_over, planned
from peercert.program.journey.maintain import tell_holder
from peercert.program.journey.standing_changed import announce
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.rules.days import day_of

#: What a second person agrees to, as kinds of tasks.
MERGE, RETIRE = "merge_certificate", "retire_certificate"
#: Where both records say the same, nothing is to be chosen.
NOTHING: Choices = MappingProxyType({})


@step
def propose_merge(
    certificate_id: int, into_id: int, because: str, *, choices: Choices = NOTHING, actor: Actor, now: datetime
) -> Task:
    """Propose that `into` answer for a certificate recorded twice: its number, and every older one, will lead there.

    Merging changes no answer: every day on which the one stood must stand the same in the other, or a manager corrects
    the standing first. `choices` say which record is right where their areas or NPIs contradict each other
    (carry_over.differences). Raises Refused: `merged_with_itself`, `merge_undecided` and what `_refuse` and
    `_refuse_merge` say.
    """
    if certificate_id == into_id:
        raise Refused("merged_with_itself")
    certificate, into = _locked(certificate_id, into_id)
    for one in (certificate, into):
        require(actor, "retire_certificate", one.case)
        _refuse(one)
    _refuse_merge(certificate, into)
    chosen = {"choices": dict(choices), "planned": planned(certificate, into, choices)}
    return _proposed(MERGE, certificate, because, actor=actor, now=now, into=into, also=chosen)


@step
def propose_retirement(certificate_id: int, because: str, *, actor: Actor, now: datetime) -> Task:
    """Propose to take a certificate that should never have been recorded off the register. Raises as `_refuse` says."""
    (certificate,) = _locked(certificate_id)
    require(actor, "retire_certificate", certificate.case)
    _refuse(certificate)
    return _proposed(RETIRE, certificate, because, actor=actor, now=now)


def proposal_about(certificate: Certificate) -> Task | None:
    """The open proposal that would take this certificate, or another for it, off the register."""
    open_ones = Task.objects.filter(kind__in=(MERGE, RETIRE), closed_at=None)
    return open_ones.filter(Q(values__certificate=certificate.pk) | Q(values__into=certificate.pk)).first()


def certificates_of(task: Task) -> list[Certificate]:
    """What a proposal is about: the certificate that goes and, of a merge, the one that stays."""
    found = Certificate.objects.select_related("case", "person__account").in_bulk(
        [task.values[name] for name in ("certificate", "into") if name in task.values]
    )
    return [found[task.values[name]] for name in ("certificate", "into") if name in task.values]


def lock_cases(task: Task) -> Case:
    """The task's case, locked; of a merge both, in the order in which they are locked everywhere."""
    others = Certificate.objects.filter(pk=task.values.get("into")).values_list("case_id", flat=True)
    locked = {case_id: lock(case_id) for case_id in sorted({task.case_id, *others})}
    return locked[task.case_id]


def carry_out(task: Task, *, actor: Actor, now: datetime) -> None:
    """What a second person agreed to, where nothing has come between. The cases are locked.

    Raises Refused as the proposal did: days, tasks and records may have changed since; `merge_changed` where another
    area or NPI than both people saw would stand.
    """
    certificate, *others = _locked(*(one.pk for one in certificates_of(task)))
    for one in (certificate, *others):
        require(actor, "agree_to_retirement", one.case)
        _refuse(one, but=task)
    if others:
        _refuse_merge(certificate, others[0])
        choices = task.values.get("choices", NOTHING)
        if task.values.get("planned") != planned(certificate, others[0], choices):
            raise Refused("merge_changed")
        carry_over(certificate, others[0], choices, actor=actor, now=now)
        _merge(certificate, others[0], task.values["because"], actor=actor, now=now)
    else:
        _retire(certificate, task.values["because"], actor=actor, now=now)


def _merge(certificate: Certificate, into: Certificate, because: str, *, actor: Actor, now: datetime) -> None:
    certificate.retired_at, certificate.merged_into = now, into
    certificate.save(update_fields=["retired_at", "merged_into"])
    Certificate.objects.filter(merged_into=certificate).update(merged_into=into)
    OldNumber.objects.filter(certificate=certificate).update(certificate=into)
    values = {"number": certificate.number, "into": into.number, "because": because}
    tell(certificate.case, "certificate_merged", actor=actor, now=now, **values)
    tell(into.case, "certificate_merged", actor=actor, now=now, **values)
    announce(certificate, "merged", actor=actor, now=now, into=into.number)
    _tell_of_merge(certificate, into, now=now)


def _tell_of_merge(certificate: Certificate, into: Certificate, *, now: datetime) -> None:
    """Which number lives on: to whoever has either record, once where both are one person's."""
    row = standing_on(into, day_of(now))
    if row is not None and row.state == "ended_by_death":
        return
    for one in {one.person_id: one for one in (certificate, into)}.values():
        write_letter(
            one.case, "certificate_merged", key=f"certificate_merged:{certificate.pk}:{one.person_id}", now=now,
            person=one.person, values={"old": certificate.number, "certificate": into.number},
        )  # fmt: skip


def _retire(certificate: Certificate, because: str, *, actor: Actor, now: datetime) -> None:
    """No day of it was ever certified; a holder who thought otherwise is told, and how to appeal."""
    before = standing_on(certificate, day_of(now))
    certificate.retired_at = now
    certificate.save(update_fields=["retired_at"])
    first = Term.objects.filter(certificate=certificate).earliest("first_on").first_on
    correct_standing(certificate, None, first, None, cause="retired", actor=actor, now=now)
    tell(certificate.case, "certificate_retired", actor=actor, now=now, number=certificate.number, because=because)
    announce(certificate, "corrected", actor=actor, now=now)
    tell_holder(certificate.case, certificate, before, now=now)


def _proposed(
    kind: str, certificate: Certificate, because: str, *, actor: Actor, now: datetime, into: Certificate | None = None,
    also: Mapping[str, Any] = MappingProxyType({}),
) -> Task:  # fmt: skip
    if not because.strip():
        raise Refused("reason_needed")
    values = {"certificate": certificate.pk, "because": because.strip(), **also} | ({"into": into.pk} if into else {})
    told = {"number": certificate.number} | ({"into": into.number} if into else {})
    tell(certificate.case, f"{kind}_proposed", actor=actor, now=now, **told)
    return Task.objects.create(
        case=certificate.case, kind=kind, values=values, opened_at=now, needs_two=True, first_by=actor.person,
        first_at=now,
    )  # fmt: skip


def _locked(*keys: int) -> list[Certificate]:
    """These certificates, read once their cases are locked, in one order everywhere."""
    for (case_id,) in Certificate.objects.filter(pk__in=keys).order_by("case_id").values_list("case_id"):
        lock(case_id)
    found = Certificate.objects.select_related("case").in_bulk(keys)
    return [found[key] for key in keys]


def _refuse(certificate: Certificate, but: Task | None = None) -> None:
    """Raises Refused: `record_retired`, `retirement_proposed` (another is open), `certificate_has_tasks`."""
    if certificate.retired_at is not None:
        raise Refused("record_retired", number=certificate.number)
    other = proposal_about(certificate)
    if other is not None and other != but:
        raise Refused("retirement_proposed", number=certificate.number)
    tasks = Task.objects.filter(case=certificate.case_id, closed_at=None)
    if any(task != but for task in tasks):
        raise Refused("certificate_has_tasks", number=certificate.number)


def _refuse_merge(certificate: Certificate, into: Certificate) -> None:
    """Raises Refused: `merge_changes_days`."""
    changed = _day_that_differs(certificate, into)
    if changed is not None:
        raise Refused("merge_changes_days", on=changed, number=into.number)


def _day_that_differs(certificate: Certificate, into: Certificate) -> object:
    """The first day on which `certificate` has a standing that `into` has not; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(lower(days)) FROM (
                SELECT unnest(range_agg(one.valid) - coalesce(
                    (SELECT range_agg(valid) FROM program_standing
                     WHERE certificate_id = %s AND upper_inf(known) AND state = one.state), '{}')) AS days
                FROM program_standing one WHERE certificate_id = %s AND upper_inf(known) GROUP BY state) AS rest
            """,
            [into.pk, certificate.pk],
        )
        row = cursor.fetchone()
    return row[0] if row else None
