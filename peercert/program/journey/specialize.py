"""Areas of specialization: recorded and ended by a manager, shown to others as the holder chooses."""

from datetime import date, datetime

from peercert.program.access import require
from peercert.program.casework.moves import tell
from peercert.program.certificates import actions, queries
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.journey.maintain import locked
from peercert.program.journey.standing_changed import announce
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.rules.days import day_of
from peercert.rules.figures import figure


@step
def record_specialization(
    certificate_id: int, area: str, first_on: date, because: str, *, actor: Actor, now: datetime
) -> Certificate:
    """Record that an area of specialization belongs to the certificate from `first_on` on; `because`: what shows it.

    Raises Refused: `reason_needed`, `no_such_area` (not one of the figure's that day), `day_in_future`,
    `outside_the_terms`, `area_stands_already`.
    """
    certificate, case = locked(certificate_id)
    require(actor, "record_specialization", case)
    if not because.strip():
        raise Refused("reason_needed")
    if first_on > day_of(now):
        raise Refused("day_in_future")
    last_on = queries.term_of(certificate).last_on
    if not certificate.issued_on <= first_on <= last_on:
        raise Refused("outside_the_terms", issued_on=certificate.issued_on, last_on=last_on)
    if area not in figure("specializations", first_on).value:
        raise Refused("no_such_area")
    spans = [row.valid for row in queries.specializations_of(certificate) if row.area == area]
    if any(span.upper is None or span.upper > first_on for span in spans):
        raise Refused("area_stands_already")
    actions.add_area(certificate, area, first_on, actor=actor, now=now)
    tell(
        case, "specialization_recorded", actor=actor, now=now, area=area, first_on=first_on.isoformat(),
        because=because.strip(),
    )  # fmt: skip
    _tell_holder(certificate, "specialization_recorded", area, first_on, now=now)
    announce(certificate, "specialization", actor=actor, now=now, area=area, first_on=first_on.isoformat())
    return certificate


@step
def end_specialization(
    certificate_id: int, area: str, from_on: date, because: str, *, actor: Actor, now: datetime
) -> Certificate:
    """Record that an area belongs to the certificate no more from `from_on` on; from its first day: it never did.

    Raises Refused: `reason_needed`, `day_in_future`, `area_not_held`.
    """
    certificate, case = locked(certificate_id)
    require(actor, "record_specialization", case)
    if not because.strip():
        raise Refused("reason_needed")
    if from_on > day_of(now):
        raise Refused("day_in_future")
    held = [row for row in queries.specializations_of(certificate) if row.area == area and row.valid.upper is None]
    if not held or from_on < held[0].valid.lower:
        raise Refused("area_not_held")
    actions.end_area(held[0], from_on, actor=actor, now=now)
    tell(
        case, "specialization_ended", actor=actor, now=now, area=area, from_on=from_on.isoformat(),
        because=because.strip(),
    )  # fmt: skip
    _tell_holder(certificate, "specialization_ended", area, from_on, now=now)
    announce(certificate, "specialization", actor=actor, now=now, area=area, until_on=from_on.isoformat())
    return certificate


@step
def show_areas(certificate_id: int, shows: bool, *, actor: Actor, now: datetime) -> Certificate:
    """The holder lets strangers see the areas, on the register and in what is signed, or keeps them to themselves."""
    certificate, case = locked(certificate_id)
    require(actor, "choose_areas_shown", case)
    if certificate.shows_areas != shows:
        certificate.shows_areas = shows
        certificate.save(update_fields=["shows_areas"])
        tell(case, "areas_shown" if shows else "areas_hidden", actor=actor, now=now)
        announce(certificate, "specialization", actor=actor, now=now)
    return certificate


def _tell_holder(certificate: Certificate, code: str, area: str, on: date, *, now: datetime) -> None:
    write_letter(
        certificate.case, code, key=f"{code}:{certificate.pk}:{area}:{now.isoformat()}", now=now,
        values={"certificate": certificate.number, "area": ("casework", f"provider_{area}"), "on": on},
    )  # fmt: skip
