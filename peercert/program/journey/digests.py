"""The daily summary: on days after something changed, a message to each member who wants it. A count, never a name."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from peercert.program.journey.organisations import locked
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_to_address
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import confirmed_address
from peercert.program.people.queries import agreement_in_force, open_membership
from peercert.program.rosters.models import DigestReader, Reach
from peercert.rules.days import add_days, day_of, start_of


def send_digests(*, now: datetime) -> int:
    """Write the summary of what happened through yesterday to whoever was not told yet; how many. Safe to repeat.

    After an outage one message covers all the days since the last one.
    """
    yesterday = add_days(day_of(now), -1)
    late = Q(told_through=None) | Q(told_through__lt=yesterday)
    due = DigestReader.objects.filter(late).order_by("organisation", "pk")
    return sum(_send(organisation, pk, now=now) for organisation, pk in list(due.values_list("organisation", "pk")))


@step
def _send(organisation_id: int, reader_id: int, *, now: datetime) -> bool:
    organisation, today = locked(organisation_id), day_of(now)
    reader = DigestReader.objects.select_related("person").filter(pk=reader_id).first()
    through = add_days(today, -1)
    if reader is None or (reader.told_through is not None and reader.told_through >= through):
        return False
    if open_membership(organisation, reader.person) is None:
        reader.delete()
        return False
    address = confirmed_address(reader.person)
    if address is None or agreement_in_force(organisation, today) is None:
        return False
    since = start_of(add_days(reader.told_through, 1)) if reader.told_through else reader.since_at
    count = Reach.objects.filter(organisation=organisation, at__gte=since, at__lt=start_of(today)).count()
    key = f"digest:{organisation.pk}:{through}:{reader.person_id}"
    if count and not Letter.objects.filter(key=key).exists():
        language = "/es" if reader.person.language == "es" else ""
        link = f"{settings.ENVIRONMENT.origin}{language}/partner/{organisation.uuid}/changes/"
        values = {"count": count, "through": through, "link": link, "organisation": organisation.name}
        write_to_address(reader.person, "roster_digest", to_address=address, key=key, now=now, values=values)
    reader.told_through = through
    reader.save(update_fields=["told_through"])
    return bool(count)
