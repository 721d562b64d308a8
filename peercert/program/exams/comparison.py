"""Both sides compared: what we hold about authorisations and sittings, and what the vendor says that it holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from peercert.gateways import exam_vendor
from peercert.gateways.exam_vendor import BadFile, BadLine, HoldingLine
from peercert.program.errors import Refused
from peercert.program.exams.models import ExamAuthorisation
from peercert.rules import days

#: No file of the vendor is larger.
MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """One point on which we and the vendor differ about an authorisation. `wins` says whose word stands: us, vendor.

    Points: unknown_to_us, unknown_to_vendor, candidate_id, name, valid_from, valid_through, accommodations, condition,
    appointment, starts_at, state.
    """

    number: str
    authorisation: ExamAuthorisation | None
    point: str
    ours: str
    theirs: str
    wins: str


def read_file(content: bytes) -> tuple[str, list[tuple[int, str]], str]:
    """A vendor file's kind, its numbered lines and its text.

    Raises Refused for what cannot be taken as a whole: "exam_file_" and the code of the gateway's BadFile.
    """
    if len(content) > MOST_BYTES:
        raise Refused("exam_file_too_large")
    try:
        text = exam_vendor.decode(content)
        return *exam_vendor.kind_and_lines(text), text
    except BadFile as wrong:
        raise Refused(f"exam_file_{wrong.code}", **wrong.values) from None


def compare(content: bytes) -> tuple[int, list[Difference]]:
    """How many authorisations the vendor's file holds, and every point on which it differs from us; changes nothing.

    Raises Refused as `read_file`, "exam_file_is_not_holdings", and "exam_file_bad_line" (line, column).
    """
    kind, lines, _ = read_file(content)
    if kind != "holdings":
        raise Refused("exam_file_is_not_holdings")
    theirs: dict[str, HoldingLine] = {}
    for number, text in lines:
        try:
            holding = exam_vendor.read_holding(text)
        except BadLine as wrong:
            raise Refused("exam_file_bad_line", line=number, column=wrong.column or "-") from None
        theirs[holding.authorisation] = holding
    return len(theirs), list(_differences(theirs))


def _differences(theirs: dict[str, HoldingLine]) -> Iterator[Difference]:
    told = ExamAuthorisation.objects.exclude(told="").select_related("case")
    ours = {one.number: one for one in told.prefetch_related("appointments", "sittings").order_by("pk")}
    for number in sorted(theirs.keys() - ours.keys()):
        yield Difference(number, None, "unknown_to_us", "", theirs[number].candidate_id, "us")
    for number, authorisation in ours.items():
        holding = theirs.get(number)
        if holding is None:
            if authorisation.used_at is None and authorisation.cancelled_at is None:
                yield Difference(number, authorisation, "unknown_to_vendor", authorisation.candidate_id, "", "us")
            continue
        here, there = _as_we_hold(authorisation), _as_they_hold(holding)
        for point, ours_said in here.items():
            if ours_said != there[point]:
                wins = "vendor" if point in {"appointment", "starts_at", "state"} else "us"
                yield Difference(number, authorisation, point, ours_said, there[point], wins)


def _as_we_hold(authorisation: ExamAuthorisation) -> dict[str, str]:
    newest = max(authorisation.appointments.all(), key=lambda one: (one.starts_at, one.pk), default=None)
    standing = {one.vendor_number: one.result for one in authorisation.sittings.all() if one.replaced_at is None}
    said = {
        "candidate_id": authorisation.candidate_id,
        "name": _name(authorisation.first, authorisation.middle, authorisation.last),
        "valid_from": authorisation.valid_from.isoformat(),
        "valid_through": authorisation.valid_through.isoformat(),
        "accommodations": authorisation.vendor_codes,
        "condition": "cancelled" if authorisation.cancelled_at is not None else "open",
        "appointment": "",
        "starts_at": "",
        "state": "",
    }
    if newest is not None:
        said["appointment"] = newest.vendor_number
        said["starts_at"] = newest.starts_at.astimezone(days.PACIFIC).isoformat(timespec="minutes")
        said["state"] = standing.get(newest.vendor_number, newest.state)
    return said


def _as_they_hold(holding: HoldingLine) -> dict[str, str]:
    starts_at = holding.starts_at.astimezone(days.PACIFIC).isoformat(timespec="minutes") if holding.starts_at else ""
    return {
        "candidate_id": holding.candidate_id,
        "name": _name(holding.first, holding.middle, holding.last),
        "valid_from": holding.valid_from.isoformat(),
        "valid_through": holding.valid_through.isoformat(),
        "accommodations": ";".join(holding.accommodations),
        "condition": "cancelled" if holding.condition == "CANCELLED" else "open",
        "appointment": holding.appointment,
        "starts_at": starts_at,
        "state": holding.state.lower(),
    }


def _name(*parts: str) -> str:
    return " ".join(part for part in map(exam_vendor.plain, parts) if part)
