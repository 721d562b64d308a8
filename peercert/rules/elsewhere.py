"""A certificate of another state, and military moves (reciprocity and portability)."""

from datetime import date
from typing import Any

from peercert.rules import days
from peercert.rules.asked import Asked
from peercert.rules.experience import RECIPROCITY, seen
from peercert.rules.facts import Portability, Reciprocity
from peercert.rules.reasons import Reason

PORTABILITY = "50 USC 4025a"
BEYOND = "Program's own steps; 50 USC 4025a leaves them open"


def _source(asked: Asked[Reciprocity | Portability]) -> str:
    return RECIPROCITY if asked.facts.pathway == "reciprocity" else PORTABILITY


def other_certificate(asked: Asked[Reciprocity | Portability]) -> Reason:
    """A certificate of another state, current and in good standing on the day of submission."""
    on, code, source = asked.applied_on, "other_certificate", _source(asked)
    given = asked.facts.other_certificate
    if given is None:
        return asked.unknown(code, "unknown", on, source)
    values = {"state": given.state or "", "issued_on": given.issued_on, "expires_on": given.expires_on}
    if given.review == "refused":
        return asked.short(code, "refused", on, source, None, values)
    if given.expires_on is not None and given.expires_on < on:
        return asked.unmet(code, "expired", on, source, None, values)
    if given.issued_on is not None and given.issued_on > on:
        return asked.unmet(code, "issued_later", on, source, None, values)
    if given.in_good_standing is False:
        return asked.unmet(code, "not_in_good_standing", on, source, None, values)
    if given.issued_on is None or (given.expires_on is None and not given.never_expires):
        return asked.unknown(code, "days_unknown", on, source, None, values)
    if given.in_good_standing is None:
        return asked.others(code, "standing_unknown", on, source, None, values)
    if given.review == "waiting":
        return asked.others(code, "waiting", on, source, None, values)
    return asked.met(code, "met" if given.expires_on else "met_for_ever", on, source, None, values)


def other_discipline(asked: Asked[Reciprocity | Portability]) -> Reason:
    """No discipline is pending in the other state."""
    given = asked.facts.other_certificate
    return _clear(asked, "other_discipline", given.has_pending_discipline if given else None)


def other_complaint(asked: Asked[Reciprocity | Portability]) -> Reason:
    """No complaint is unresolved in the other state."""
    given = asked.facts.other_certificate
    return _clear(asked, "other_complaint", given.has_open_complaint if given else None)


def _clear(asked: Asked[Reciprocity | Portability], code: str, answer: bool | None) -> Reason:
    on, source = asked.applied_on, _source(asked)
    if answer is None:
        return asked.others(code, "unknown", on, source)
    if not answer:
        return asked.met(code, "met", on, source)
    if asked.facts.pathway == "portability":  # the statute asks good standing, and says nothing of open matters
        return asked.officer(code, "pending", on, source)
    return asked.unmet(code, "pending", on, source)


def military_service(asked: Asked[Portability]) -> Reason:
    """A service member, or the spouse of one."""
    on, service = asked.applied_on, asked.facts.service
    if service is None:
        return asked.unknown("military_service", "unknown", on, PORTABILITY)
    if service == "neither":
        return asked.unmet("military_service", "neither", on, PORTABILITY)
    return asked.met("military_service", service, on, PORTABILITY)


def military_orders(asked: Asked[Portability]) -> Reason:
    """Orders that bring the person to California, shown by what the statute of the day allows."""
    on, code = asked.applied_on, "military_orders"
    figure = asked.figure("portability_evidence", on)
    given = [each for each in asked.facts.orders if each.review != "refused"]
    if not given:
        why = "refused" if asked.facts.orders else "unknown"
        return asked.unknown(code, why, on, PORTABILITY, figure)
    fitting = [each for each in given if each.evidence in figure.value]
    if not fitting:
        return asked.short(code, "other_evidence", on, figure.source, figure, {"evidence": given[0].evidence})
    running = [each for each in fitting if each.until_on is None or each.until_on >= on]
    if not running:
        ended_on = max(each.until_on for each in fitting if each.until_on is not None)
        return asked.short(code, "ended", on, PORTABILITY, figure, {"until_on": ended_on})
    coming = [each for each in running if each.to_california is not False]
    if not coming:
        return asked.short(code, "elsewhere", on, PORTABILITY, figure)
    sure = [each for each in seen(coming) if each.to_california]
    if sure:
        return asked.met(code, "met", on, PORTABILITY, figure, {"evidence": min(each.evidence for each in sure)})
    if any(each.review == "waiting" for each in coming):
        return asked.others(code, "waiting", on, PORTABILITY, figure)
    return asked.unknown(code, "place_unknown", on, PORTABILITY, figure)


def recent_use(asked: Asked[Portability]) -> Reason:
    """The certificate was used in the years before the move; asked from January 2023 to December 22, 2024.

    The move is the first day of the orders. Where that is not known, use in the years before the application shows it,
    and longer ago says nothing yet.
    """
    on, code = asked.applied_on, "recent_use"
    figure = asked.figure("portability_recent_use_years", on)
    used_on = asked.facts.other_certificate.last_used_on if asked.facts.other_certificate else None
    starts = [each.from_on for each in asked.facts.orders if each.review != "refused"]
    moved_on = min((each for each in starts if each is not None and each <= on), default=on)
    first_on = days.add_years(moved_on, -figure.value)
    values = {"used_on": used_on, "first_on": first_on}
    if used_on is None:
        return asked.unknown(code, "unknown", on, PORTABILITY, figure, values)
    if used_on >= first_on:
        return asked.met(code, "met", on, PORTABILITY, figure, values)
    if None in starts or not starts:
        return asked.unknown(code, "move_unknown", on, PORTABILITY, figure, values)
    return asked.unmet(code, "long_ago", on, PORTABILITY, figure, values)


def recent_use_no_more(asked: Asked[Portability]) -> Reason:
    """The amendment of December 23, 2024 took the recent-use test away."""
    on = asked.applied_on
    return asked.met("recent_use", "not_asked", on, "50 USC 4025a as amended 2024-12-23", None, {"since": AMENDED})


AMENDED = date(2024, 12, 23)

#: The rule changed its shape: the function in force from each day. Old ones stay, with their tests.
RECENT_USE = ((date.min, recent_use), (AMENDED, recent_use_no_more))


def portability_by_officer(asked: Asked[Portability]) -> Reason:
    """Whether the scope of practice is similar, and every step beyond the statute: an officer decides."""
    on = asked.applied_on
    figure = asked.figure("portability_by_officer", on)
    if not figure.value:
        return asked.met("portability_by_officer", "not_asked", on, BEYOND, figure)
    return asked.officer("portability_by_officer", "officer", on, BEYOND, figure)


def beyond_statute(asked: Asked[Any], reason: Reason) -> Reason:
    """A requirement of the floor as portability asks it: by a figure that nobody confirmed, so it denies nothing."""
    if reason.met is not False:
        return reason
    return asked.short(
        reason.code,
        reason.why,
        reason.on,
        reason.source,
        asked.figure("portability_asks", asked.applied_on),
        reason.values,
    )
