"""Status lists as anyone may fetch them: signed, rebuilt when a bit was set, kept in the cache in between.

Bits are read from the credentials. Since none is ever cleared, the number of those that are set names a state of the
list; what was signed for that state, that day and that key is signed once for every process. While a signer is down,
yesterday's list of the same state does: it is still good, and says the same.
"""

from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet

from peercert.gateways.signer import canonical, did, status
from peercert.gateways.signer.keys import SignerDown
from peercert.program.certificates import signing
from peercert.program.certificates.models import Credential, StatusList
from peercert.rules import days

#: How long a signed list is good: to the end of the day after the one on which it was signed.
_GOOD_DAYS = 1
_KEPT_SECONDS = 2 * 24 * 3600


def list_address(number: int) -> str:
    """Where a status list is fetched. It is part of what is signed, so it never changes."""
    return f"{settings.ENVIRONMENT.origin}/status/{number}"


def signed_list(number: int, *, now: datetime) -> str | None:
    """The status list as a signed credential, with every bit that is set now; None where there is no such list.

    Raises keys.SignerDown where it cannot be signed now.
    """
    found = StatusList.objects.filter(number=number).first()
    if found is None:
        return None
    today = days.day_of(now)
    key, *_ = signing.public_keys("credential") or [signing.signer_for("credential")]
    state = f"status-list:{list_address(number)}:{_set(found).count()}:{key.kid}"
    kept: str | None = cache.get(f"{state}:{today}")
    if kept is not None:
        return kept
    try:
        # Whoever is first has the word, so that every process answers with the same bytes.
        kept = cache.get_or_set(f"{state}:{today}", lambda: _sign(found, now), _KEPT_SECONDS)
    except SignerDown:
        kept = cache.get(f"{state}:{days.add_days(today, -_GOOD_DAYS)}")
        if kept is None:
            raise
    return kept


def bits_of(status_list: StatusList) -> bytearray:
    """The bits as they are now."""
    bits = status.empty(StatusList.LENGTH)
    for place in _set(status_list).values_list("status_index", flat=True).iterator(chunk_size=20_000):
        status.set_bit(bits, place)
    return bits


def _sign(found: StatusList, now: datetime) -> str:
    today = days.day_of(now)
    document = status.document(
        list_address(found.number), did.of(settings.ENVIRONMENT.origin), bits_of(found),
        valid_from=days.start_of(today), valid_until=days.end_of(days.add_days(today, _GOOD_DAYS)),
    )  # fmt: skip
    return signing.sign(document, canonical.status_list, now=now).text


def _set(status_list: StatusList) -> QuerySet[Credential]:
    return Credential.objects.filter(status_list=status_list, superseded_at__isnull=False)
