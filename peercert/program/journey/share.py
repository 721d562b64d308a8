"""Sharing: a holder makes a link that shows their certificate until a day of their choice, and may end it before."""

from datetime import date, datetime
from uuid import UUID

from peercert.program.access import require
from peercert.program.casework.moves import tell
from peercert.program.certificates import share_links
from peercert.program.certificates.models import ShareLink
from peercert.program.errors import Refused
from peercert.program.journey.maintain import locked
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure

#: Links of one certificate that work at the same time.
MOST_LINKS = 20


def latest_day(today: date) -> date:
    """The last day that a link made today may have."""
    return add_days(today, int(figure("share_link_days", today).value))


@step
def make_link(certificate_id: int, last_on: date, label: str, *, actor: Actor, now: datetime) -> ShareLink:
    """Make a link. `label` says for whom, in the holder's own words and for their eyes alone.

    Raises Refused: `share_day_wrong`, `too_many_share_links`.
    """
    certificate, case = locked(certificate_id)
    require(actor, "share", case)
    today = day_of(now)
    if not today <= last_on <= latest_day(today):
        raise Refused("share_day_wrong", last_on=latest_day(today))
    if (share_links.links_of(certificate) & share_links.links_that_work(today)).count() >= MOST_LINKS:
        raise Refused("too_many_share_links", most=MOST_LINKS)
    link = share_links.make_link(certificate, label=label.strip(), last_on=last_on, now=now)
    tell(case, "share_link_made", actor=actor, now=now, last_on=last_on.isoformat())
    return link


@step
def end_link(certificate_id: int, link: UUID, *, actor: Actor, now: datetime) -> None:
    """End a link before its day; nothing happens where it has ended already. Raises Refused: `not_yours`."""
    certificate, case = locked(certificate_id)
    require(actor, "share", case)
    found = share_links.links_of(certificate).filter(uuid=link).first()
    if found is None:
        raise Refused("not_yours")
    if share_links.end_link(found, now=now):
        tell(case, "share_link_ended", actor=actor, now=now)
