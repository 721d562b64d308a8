"""From approval to the exam and the certificate: who may sit, and who is certified."""

from typing import Any

from peercert.rules import days
from peercert.rules.asked import Asked
from peercert.rules.facts import Sitting
from peercert.rules.figures import Figure
from peercert.rules.floor import STATUTE, STEPS
from peercert.rules.reasons import Reason

EXAM = "Program page, Exam"
ACCOMMODATION = "Accommodation request form"


def approval_through(asked: Asked[Any]) -> tuple[Any, Figure]:
    """The last day of the approval, or None without one; with the figure that says how long it lasts."""
    approved_on = asked.facts.approved_on
    figure = asked.figure("approval_months", approved_on or asked.on)
    if approved_on is None:
        return None, figure
    last = days.add_months(approved_on, figure.value)
    return days.add_days(last, asked.facts.approval_days_given), figure


def application_approved(asked: Asked[Any]) -> Reason:
    """The application was approved."""
    approved_on = asked.facts.approved_on
    if approved_on is None or approved_on > asked.on:
        return asked.others("application_approved", "unknown", asked.on, STEPS)
    return asked.met("application_approved", "met", asked.on, STEPS, None, {"approved_on": approved_on})


def within_approval(asked: Asked[Any]) -> Reason:
    """The day lies inside the months that an approval lasts."""
    through, figure = approval_through(asked)
    if through is None:
        return asked.others("within_approval", "unknown", asked.on, STEPS, figure, {"months": figure.value})
    values = {"approved_on": asked.facts.approved_on, "through": through, "months": figure.value}
    if asked.on > through:
        return asked.unmet("within_approval", "ended", asked.on, STEPS, figure, values)
    return asked.met("within_approval", "met", asked.on, STEPS, figure, values)


def accommodation(asked: Asked[Any]) -> Reason:
    """Whether an accommodation is needed was asked, and a yes was decided before leave to sit is given."""
    state = asked.facts.accommodation
    why = {None: "unknown", "asked": "waiting"}.get(state, state)
    met = None if state in (None, "asked") else True
    return Reason(code="accommodation", met=met, on=asked.on, source=ACCOMMODATION, why=str(why))


def sittings_used(asked: Asked[Any]) -> tuple[list[Sitting], list[Sitting]]:
    """The sittings of this approval that used an attempt for sure, and those that only an unconfirmed figure counts."""
    approved_on = asked.facts.approved_on
    sure: list[Sitting] = []
    maybe: list[Sitting] = []
    for sitting in asked.facts.sittings:
        if sitting.sat_on > asked.on or (approved_on is not None and sitting.sat_on < approved_on):
            continue
        if sitting.result in ("pass", "fail"):
            sure.append(sitting)
        elif sitting.result == "no_show":
            uses = asked.figure("no_show_uses_sitting", sitting.sat_on)
            if uses.value:
                (maybe if uses.certainty == "unconfirmed" else sure).append(sitting)
    return sure, maybe


def sittings_left(asked: Asked[Any]) -> Reason:
    """A sitting is left. Those cancelled in time and the vendor's failures use none."""
    code, figure = "sittings_left", asked.figure("sittings_allowed", asked.on)
    sure, maybe = sittings_used(asked)
    values = {"used": len(sure), "allowed": figure.value, "counted": len(sure) + len(maybe)}
    if len(sure) >= figure.value:
        return asked.unmet(code, "used_up", asked.on, EXAM, figure, values)
    if len(sure) + len(maybe) >= figure.value:
        no_show = asked.figure("no_show_uses_sitting", maybe[0].sat_on)
        return asked.unmet(code, "no_shows", asked.on, EXAM, no_show, values)
    return asked.met(code, "met", asked.on, EXAM, figure, values)


def exam_passed(asked: Asked[Any]) -> Reason:
    """The exam was passed on a day inside the approval, whenever the result arrives."""
    code = "exam_passed"
    through, figure = approval_through(asked)
    own = asked.figure("portability_exam_required", asked.applied_on) if asked.facts.pathway == "portability" else None
    if own and not own.value:
        return asked.met(code, "not_asked", asked.on, own.source, own)
    approved_on = asked.facts.approved_on
    passes = sorted(each.sat_on for each in asked.facts.sittings if each.result == "pass" and each.sat_on <= asked.on)
    inside = [day for day in passes if through is not None and approved_on <= day <= through]
    values: dict[str, Any] = {"through": through, "months": figure.value}
    if inside:
        return asked.met(code, "met", inside[0], STATUTE, own or figure, {**values, "sat_on": inside[0]})
    if through is None:
        return asked.others(code, "unknown" if not passes else "approval_unknown", asked.on, STATUTE)
    if asked.on > through:
        return asked.unmet(code, "ended", asked.on, STATUTE, own or figure, values)
    if passes:  # all of them before the approval
        early = {"sat_on": passes[-1], "approved_on": approved_on}
        return asked.officer(code, "outside", asked.on, STATUTE, own, early)
    sure, maybe = sittings_used(asked)
    allowed = asked.figure("sittings_allowed", asked.on)
    counts = {"used": len(sure), "allowed": allowed.value}
    if len(sure) >= allowed.value:
        return asked.unmet(code, "used_up", asked.on, STATUTE, own or allowed, {**values, **counts})
    if sure or maybe:
        return Reason(code=code, met=None, on=asked.on, source=STATUTE, why="not_yet", figure=own, values=counts)
    return Reason(code=code, met=None, on=asked.on, source=STATUTE, why="unknown", figure=own)


def no_hold(asked: Asked[Any]) -> Reason:
    """No hold stands on the case."""
    held = asked.facts.is_on_hold
    why = {None: "unknown", True: "held", False: "met"}[held]
    return Reason(code="no_hold", met=True if held is False else None, on=asked.on, source="Program rule", why=why)
