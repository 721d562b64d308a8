"""Links by which holders show their credential: made, opened, ended. What opens one is never kept, only its digest."""

import base64
import hashlib
from datetime import date, datetime

from django.db.models import F, Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from peercert.program.certificates.models import Certificate, ShareLink


def make_link(certificate: Certificate, *, label: str, last_on: date, now: datetime) -> ShareLink:
    """A link that works through `last_on`."""
    link = ShareLink(certificate=certificate, label=label, made_at=now, last_on=last_on)
    link.digest = _digest(_token(link))
    link.save(force_insert=True)
    return link


def token_of(link: ShareLink) -> str:
    """What opens the link, for its holder to copy; blank where the site's secret has changed since it was made.

    It is made from the link's random id with the site's secret: whoever reads the database cannot open the link.
    """
    token = _token(link)
    return token if constant_time_compare(_digest(token), link.digest) else ""


def opened_by(token: str, today: date) -> ShareLink | None:
    """The link that this token opens today."""
    return links_that_work(today).select_related("certificate__merged_into").filter(digest=_digest(token)).first()


def links_that_work(today: date) -> QuerySet[ShareLink]:
    """Links that were not ended and whose last day has not passed."""
    return ShareLink.objects.filter(ended_at=None, last_on__gte=today)


def links_of(certificate: Certificate) -> QuerySet[ShareLink]:
    """Every link that shows a certificate, the newest first: also those of records that were merged into it."""
    shows_it = Q(certificate=certificate) | Q(certificate__merged_into=certificate)
    return ShareLink.objects.filter(shows_it).order_by("-made_at", "-pk")


def record_look(link: ShareLink, *, now: datetime) -> None:
    """Count that the link was opened; by whom is not known and not kept."""
    ShareLink.objects.filter(pk=link.pk).update(looks=F("looks") + 1, last_looked_at=now)


def end_link(link: ShareLink, *, now: datetime) -> bool:
    """End the link; false where it was ended already."""
    return ShareLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=now) > 0


def _token(link: ShareLink) -> str:
    made = salted_hmac("peercert.share_link", str(link.uuid), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
