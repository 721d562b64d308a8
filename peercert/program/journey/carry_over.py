"""What goes along when one certificate answers for another: areas of specialization, whether they are shown, the NPI.

Nothing that was so on either record is lost. Where the two contradict each other, whoever proposes the merge says which
is right, and the second person agrees to that, too; a machine never chooses. `Choices` are `stays`, `goes` (the record
that is right) or, of an area, `both` (every day that either has it), by what they are about: an area's code, or NPI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from peercert.program.casework.moves import tell
from peercert.program.certificates import queries
from peercert.program.certificates.actions import correct_area
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.journey.standing_changed import announce
from peercert.program.people.actor import Actor
from peercert.program.rosters import actions
from peercert.program.rosters.models import Npi
from peercert.rules.days import add_days

NPI = "npi"
Choices = Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """Where two records contradict each other: the days of an area on each, or the NPIs whose days overlap."""

    what: str
    goes: list[Any]
    stays: list[Any]

    @property
    def answers(self) -> tuple[str, ...]:
        """What may be chosen."""
        return ("goes", "stays") if self.what == NPI else ("goes", "stays", "both")


def differences(goes: Certificate, stays: Certificate) -> list[Difference]:
    """What somebody has to decide before the one answers for the other."""
    theirs, ours = _areas(goes), _areas(stays)
    areas = [
        Difference(area, theirs[area], ours[area])
        for area in sorted(theirs.keys() & ours.keys())
        if theirs[area] != ours[area]
    ]
    leaving, kept = _rivals(goes, stays)
    return areas + ([Difference(NPI, leaving, kept)] if leaving else [])


def planned(goes: Certificate, stays: Certificate, choices: Choices) -> dict[str, Any]:
    """What will be on record of `stays`, as JSON, for both people to see. Raises Refused("merge_undecided")."""
    areas = {area: _told(spans) for area, spans in _areas_after(goes, stays, choices).items()}
    npis = sorted([one.npi, *_told([one.days])[0]] for one in _npis_after(goes, stays, choices))
    return {"areas": areas, "npis": npis, "shows": goes.shows_areas and stays.shows_areas}


def carry_over(goes: Certificate, stays: Certificate, choices: Choices, *, actor: Actor, now: datetime) -> None:
    """Let `stays` have what was planned, from what is known now. Both cases are locked."""
    _carry_areas(goes, stays, choices, actor=actor, now=now)
    wanted, before = _npis_after(goes, stays, choices), _npis(goes, stays)
    for wrong in (one for one in before if one not in wanted):
        actions.end_npi(wrong, add_days(wrong.days.lower, -1), by=actor.person, now=now)
    moved = [one for one in wanted if one.person_id != stays.person_id]
    for one in moved:
        actions.move_npi(one, stays.person)
    if moved:
        tell(stays.case, "npi_carried_over", actor=actor, now=now, number=goes.number)


def _carry_areas(goes: Certificate, stays: Certificate, choices: Choices, *, actor: Actor, now: datetime) -> None:
    before, after = _areas(stays), _areas_after(goes, stays, choices)
    changed = {area: spans for area, spans in after.items() if spans != before.get(area)}
    hides = stays.shows_areas and not goes.shows_areas
    if hides:  # what either record kept from others is shown by none
        stays.shows_areas = False
        stays.save(update_fields=["shows_areas"])
        tell(stays.case, "areas_hidden", actor=actor, now=now)
    for area, spans in changed.items():
        correct_area(stays, area, spans, actor=actor, now=now)
        tell(stays.case, "specialization_carried_over", actor=actor, now=now, area=area, number=goes.number)
    for area, spans in changed.items():
        until = {"until_on": spans[-1].upper} if spans[-1].upper else {}
        announce(stays, "specialization", actor=actor, now=now, area=area, first_on=spans[-1].lower, **until)
    if hides and not changed:
        announce(stays, "specialization", actor=actor, now=now)


def _areas(certificate: Certificate) -> dict[str, list[DateRange]]:
    """The days of each area as known now."""
    found: dict[str, list[DateRange]] = {}
    for row in queries.specializations_of(certificate):
        found.setdefault(row.area, []).append(row.valid)
    return found


def _areas_after(goes: Certificate, stays: Certificate, choices: Choices) -> dict[str, list[DateRange]]:
    theirs, ours = _areas(goes), _areas(stays)
    after = {**theirs, **ours}
    for one in differences(goes, stays):
        if one.what != NPI:
            chosen = _chosen(one, choices)
            both = _together([*theirs[one.what], *ours[one.what]])
            after[one.what] = {"goes": theirs[one.what], "stays": ours[one.what], "both": both}[chosen]
    return dict(sorted(after.items()))


def _npis(goes: Certificate, stays: Certificate) -> list[Npi]:
    """Every span of whoever has either certificate that was not taken back."""
    people = (goes.person_id, stays.person_id)
    return list(Npi.objects.filter(person__in=people, taken_back_at=None).order_by("person", "days"))


def _rivals(goes: Certificate, stays: Certificate) -> tuple[list[Npi], list[Npi]]:
    """Spans of both people that cannot be one person's, since their days overlap."""
    every = _npis(goes, stays)
    ours = [one for one in every if one.person_id == stays.person_id]
    theirs = [one for one in every if one.person_id != stays.person_id]
    leaving = [one for one in theirs if any(_overlap(one.days, other.days) for other in ours)]
    kept = [one for one in ours if any(_overlap(one.days, other.days) for other in theirs)]
    return leaving, kept


def _npis_after(goes: Certificate, stays: Certificate, choices: Choices) -> list[Npi]:
    leaving, kept = _rivals(goes, stays)
    wrong: list[Npi] = []
    if leaving:
        wrong = kept if _chosen(Difference(NPI, leaving, kept), choices) == "goes" else leaving
    return [one for one in _npis(goes, stays) if one not in wrong]


def _chosen(one: Difference, choices: Choices) -> str:
    chosen = choices.get(one.what, "")
    if chosen not in one.answers:
        raise Refused("merge_undecided")
    return chosen


def _overlap(one: DateRange, other: DateRange) -> bool:
    return (other.upper is None or one.lower < other.upper) and (one.upper is None or other.lower < one.upper)


def _together(spans: list[DateRange]) -> list[DateRange]:
    """Every day of any of these spans, as few spans as there need be."""
    whole: list[DateRange] = []
    for span in sorted(spans, key=lambda one: one.lower):
        last = whole[-1] if whole else None
        if last is None or (last.upper is not None and last.upper < span.lower):
            whole.append(span)
        else:
            upper = None if None in (last.upper, span.upper) else max(last.upper, span.upper)
            whole[-1] = DateRange(last.lower, upper)
    return whole


def _told(spans: list[DateRange]) -> list[list[str | None]]:
    """First and last day of each span; None where it has no end."""
    return [[span.lower.isoformat(), _last(span.upper)] for span in spans]


def _last(upper: date | None) -> str | None:
    return None if upper is None else add_days(upper, -1).isoformat()
