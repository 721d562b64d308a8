"""Facts for certificates that are older than the log: one for each moment at which what is known of them changed."""

from datetime import timedelta

from django.db import transaction

from peercert.program.certificates import facts, log
from peercert.program.certificates.log_models import LogFact
from peercert.program.certificates.models import Certificate

_CHUNK = 500
#: Changes of one step follow each other by microseconds: the last one's moment is the fact's.
_SAME_STEP = timedelta(minutes=1)


@transaction.atomic
def backfill() -> int:
    """Write the facts of every certificate while the log has none at all; answers how many.

    Never again afterwards: a certificate without a fact beside others that have theirs is a finding of the audit.
    """
    if LogFact.objects.exists():
        return 0
    last = count = 0
    while chunk := list(Certificate.objects.filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        last = chunk[-1].pk
        rows = facts.rows_of(chunk)
        made = [fact for certificate in chunk for fact in _facts(certificate, rows[certificate.pk])]
        LogFact.objects.bulk_create(made)
        count += len(made)
    return count


def _facts(certificate: Certificate, rows: facts.Rows) -> list[LogFact]:
    moments = facts.moments(certificate, rows)
    followed = zip(moments, [*moments[1:], None], strict=True)
    ends = [at for at, after in followed if after is None or after - at > _SAME_STEP]
    name = rows.name_of(certificate)
    made: list[LogFact] = []
    for at in ends:
        then = facts.known(certificate, rows, at, name=name, shows_areas=certificate.shows_areas)
        made.append(log.bound("corrected" if made else "issued", then))
    return made
