"""Records that were made twice, or should never have been: one answers for the other, or none does."""

from datetime import datetime

from django.db import connection

from peercert.program.access import require
from peercert.program.casework.moves import lock, tell
from peercert.program.certificates.actions import correct_standing
from peercert.program.certificates.models import Certificate, OldNumber, Term
from peercert.program.errors import Refused
from peercert.program.journey.standing_changed import announce
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor


@step
def merge(certificate_id: int, into_id: int, because: str, *, actor: Actor, now: datetime) -> Certificate:
    """Let `into` answer for a certificate that was recorded twice: its number, and every older one, leads there.

    Merging changes no answer: every day on which the one stood must stand the same in the other, or a manager corrects
    the standing first. Raises Refused: `reason_needed`, `merged_with_itself`, `record_retired`, `merge_changes_days`.
    """
    if certificate_id == into_id:
        raise Refused("merged_with_itself")
    for case_id in Certificate.objects.filter(pk__in=[certificate_id, into_id]).order_by("case_id").values_list("case"):
        require(actor, "retire_certificate", lock(*case_id))
    into = _still_answers(into_id, because)
    certificate = _still_answers(certificate_id, because)
    changed = _day_that_differs(certificate, into)
    if changed is not None:
        raise Refused("merge_changes_days", on=changed, number=into.number)
    certificate.retired_at, certificate.merged_into = now, into
    certificate.save(update_fields=["retired_at", "merged_into"])
    Certificate.objects.filter(merged_into=certificate).update(merged_into=into)
    OldNumber.objects.filter(certificate=certificate).update(certificate=into)
    values = {"number": certificate.number, "into": into.number, "because": because.strip()}
    tell(certificate.case, "certificate_merged", actor=actor, now=now, **values)
    tell(into.case, "certificate_merged", actor=actor, now=now, **values)
    announce(certificate, "merged", actor=actor, now=now, into=into.number)
    return into


@step
def retire(certificate_id: int, because: str, *, actor: Actor, now: datetime) -> Certificate:
    """Take a certificate that should never have been recorded off the register: no day of it was ever certified.

    Raises Refused: `reason_needed`, `record_retired`.
    """
    case = lock(Certificate.objects.values_list("case_id", flat=True).get(pk=certificate_id))
    require(actor, "retire_certificate", case)
    certificate = _still_answers(certificate_id, because)
    certificate.retired_at = now
    certificate.save(update_fields=["retired_at"])
    first = Term.objects.filter(certificate=certificate).earliest("first_on").first_on
    correct_standing(certificate, None, first, None, cause="retired", actor=actor, now=now)
    tell(case, "certificate_retired", actor=actor, now=now, number=certificate.number, because=because.strip())
    announce(certificate, "corrected", actor=actor, now=now)
    return certificate


def _still_answers(certificate_id: int, because: str) -> Certificate:
    """The certificate, read once its case is locked."""
    if not because.strip():
        raise Refused("reason_needed")
    certificate = Certificate.objects.select_related("case").get(pk=certificate_id)
    if certificate.retired_at is not None:
        raise Refused("record_retired", number=certificate.number)
    return certificate


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
