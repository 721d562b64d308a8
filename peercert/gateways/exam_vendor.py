"""The exam vendor's three files as text: what we tell, what comes in, and everything as the vendor holds it.

docs/exam-files.md is the definition; its examples are read by the tests. Nothing here knows a case or decides
anything: text in, typed lines out, and the other way round.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DELIMITER = "|"
EXAM = "PSSC"
#: A file of a year's exams fits many times over; anything larger is a mistake.
MOST_LINES = 50_000

#: The eight content areas of the exam, in the order of the files.
AREAS = (
    "administrative_responsibilities",
    "behavioral_health_foundations",
    "interpersonal_skills",
    "recovery_support",
    "advocacy",
    "community_inclusion",
    "resource_linkage",
    "crisis_management",
)
MOST_SCORE = 999

AUTHORISATIONS = (
    "ACTION", "AUTHORISATION", "CANDIDATE_ID", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EXAM", "SITTING",
    "VALID_FROM", "VALID_THROUGH", "ACCOMMODATIONS", "CHANGED_AT",
)  # fmt: skip
SITTINGS = (
    "APPOINTMENT", "AUTHORISATION", "CANDIDATE_ID", "STATE", "STARTS_AT", "PLACE",
    *(area.upper() for area in AREAS), "AS_OF",
)  # fmt: skip
HOLDINGS = (
    "AUTHORISATION", "CANDIDATE_ID", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "VALID_FROM", "VALID_THROUGH",
    "ACCOMMODATIONS", "CONDITION", "APPOINTMENT", "STATE", "STARTS_AT",
)  # fmt: skip
HEADERS = {"authorisations": AUTHORISATIONS, "sittings": SITTINGS, "holdings": HOLDINGS}

ACTIONS = ("NEW", "CHANGED", "CANCELLED")
CONDITIONS = ("OPEN", "CLOSED", "CANCELLED")
#: States of an appointment from the weakest to the strongest word at one and the same moment.
STATES = ("BOOKED", "CANCELLED", "NO_SHOW", "VENDOR_FAILURE", "FAIL", "PASS")
#: States that say what happened; the others only say what was planned.
OUTCOMES = frozenset({"NO_SHOW", "VENDOR_FAILURE", "FAIL", "PASS"})
RESULTS = frozenset({"PASS", "FAIL"})

_NAME_MOST = 40
_SAFE = re.compile(r"[A-Za-z0-9._:/-]+")
_CODE = re.compile(r"[A-Z0-9_-]{1,30}")
_PACIFIC = ZoneInfo("America/Los_Angeles")


class BadFile(Exception):
    """A file that cannot be taken as a whole: `code`, and `line` or `found` where they help to mend it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class BadLine(Exception):
    """One line that cannot be read: `code` says why, `column` where."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(f"{code} {column}".strip())
        self.code, self.column = code, column


@dataclass(frozen=True, slots=True)
class AuthorisationLine:
    """What the vendor is told about one authorisation."""

    action: str
    authorisation: str
    candidate_id: str
    first: str
    middle: str
    last: str
    sitting: int
    valid_from: date
    valid_through: date
    accommodations: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SittingLine:
    """What the vendor says about one appointment at one moment. Scores only with a pass or a fail, as told."""

    appointment: str
    authorisation: str
    candidate_id: str
    state: str
    starts_at: datetime
    place: str
    scores: tuple[int | None, ...]
    as_of: datetime

    @property
    def weight(self) -> tuple[bool, datetime, int, datetime, str, tuple[int, ...]]:
        """Of two lines about one appointment the heavier one stands, whichever arrived first.

        What happened outweighs what was planned; then the later moment; then the order of `STATES`. The rest only
        makes the choice between two lines of one moment the same in any order of arrival.
        """
        scores = tuple(-1 if score is None else score for score in self.scores)
        return (self.state in OUTCOMES, self.as_of, STATES.index(self.state), self.starts_at, self.place, scores)


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """One authorisation as the vendor holds it, with its newest appointment."""

    authorisation: str
    candidate_id: str
    first: str
    middle: str
    last: str
    valid_from: date
    valid_through: date
    accommodations: tuple[str, ...]
    condition: str
    appointment: str
    state: str
    starts_at: datetime | None


def write_authorisations(lines: Sequence[AuthorisationLine]) -> str:
    """The file for the vendor: header, one line each in the order given, and the closing line with their count."""
    body = [
        DELIMITER.join(
            (
                line.action, line.authorisation, line.candidate_id, plain(line.first), plain(line.middle),
                plain(line.last), EXAM, str(line.sitting), line.valid_from.isoformat(),
                line.valid_through.isoformat(), ";".join(line.accommodations), _moment_text(line.changed_at),
            )
        )
        for line in lines
    ]  # fmt: skip
    return "\n".join([DELIMITER.join(AUTHORISATIONS), *body, f"END{DELIMITER}{len(body)}", ""])


def plain(name: str) -> str:
    """A name as a field of the file: the delimiter, line ends and control characters become a space."""
    kept = "".join(" " if character == DELIMITER or not character.isprintable() else character for character in name)
    return " ".join(kept.split())


def decode(content: bytes) -> str:
    """The file's text. Raises BadFile("not_text") for anything but UTF-8 (a byte-order mark is passed over)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("not_text") from None
    if "\x00" in text:
        raise BadFile("not_text")
    return text


def kind_and_lines(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Which of the three files this is, and its lines with their numbers in the file (the header is line 1).

    Raises BadFile: "empty_file", "unknown_header" (found), "cut_off" (no closing line), "wrong_count" (said, found),
    "too_many_lines" (most).
    """
    numbered = [(number, line) for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1) if line.strip()]
    if not numbered:
        raise BadFile("empty_file")
    header = tuple(column.strip() for column in numbered[0][1].split(DELIMITER))
    kind = next((kind for kind, columns in HEADERS.items() if columns == header), None)
    if kind is None:
        raise BadFile("unknown_header", found=numbered[0][1][:60])
    closing = re.fullmatch(r"END\|(\d{1,9})", numbered[-1][1].strip())
    if closing is None or len(numbered) < 2:
        raise BadFile("cut_off")
    lines = numbered[1:-1]
    if int(closing[1]) != len(lines):
        raise BadFile("wrong_count", said=int(closing[1]), found=len(lines))
    if len(lines) > MOST_LINES:
        raise BadFile("too_many_lines", most=MOST_LINES)
    return kind, lines


def read_authorisation(line: str) -> AuthorisationLine:
    """One line of the file we send, as the vendor reads it; raises BadLine."""
    cells = _cells(line, AUTHORISATIONS)
    if cells["EXAM"] != EXAM:
        raise BadLine("unknown_word", "EXAM")
    return AuthorisationLine(
        action=_word(cells, "ACTION", ACTIONS),
        authorisation=_token(cells, "AUTHORISATION"),
        candidate_id=_token(cells, "CANDIDATE_ID"),
        first=cells["FIRST_NAME"],
        middle=cells["MIDDLE_NAME"],
        last=cells["LAST_NAME"],
        sitting=_number(cells, "SITTING", 9) or 0,
        valid_from=_day(cells, "VALID_FROM"),
        valid_through=_day(cells, "VALID_THROUGH"),
        accommodations=_codes(cells, "ACCOMMODATIONS"),
        changed_at=_moment(cells, "CHANGED_AT"),
    )


def read_sitting(line: str) -> SittingLine:
    """One line of the file of appointments and results; raises BadLine.

    An outcome stands at or after the start it speaks of, and only a pass or a fail carries scores.
    """
    cells = _cells(line, SITTINGS)
    state = _word(cells, "STATE", STATES)
    starts_at, as_of = _moment(cells, "STARTS_AT"), _moment(cells, "AS_OF")
    scores = tuple(_number(cells, area.upper(), MOST_SCORE) for area in AREAS)
    if state not in RESULTS and any(score is not None for score in scores):
        raise BadLine("scores_without_result", "STATE")
    if state in OUTCOMES - {"VENDOR_FAILURE"} and as_of < starts_at:
        raise BadLine("outcome_before_start", "AS_OF")
    return SittingLine(
        appointment=_token(cells, "APPOINTMENT"),
        authorisation=_token(cells, "AUTHORISATION"),
        candidate_id=_token(cells, "CANDIDATE_ID"),
        state=state,
        starts_at=starts_at,
        place=cells["PLACE"][:100],
        scores=scores,
        as_of=as_of,
    )


def read_holding(line: str) -> HoldingLine:
    """One line of the file of everything the vendor holds; raises BadLine."""
    cells = _cells(line, HOLDINGS)
    state = _word(cells, "STATE", STATES) if cells["STATE"] else ""
    if bool(state) != bool(cells["APPOINTMENT"]):
        raise BadLine("missing", "APPOINTMENT" if state else "STATE")
    return HoldingLine(
        authorisation=_token(cells, "AUTHORISATION"),
        candidate_id=_token(cells, "CANDIDATE_ID"),
        first=cells["FIRST_NAME"],
        middle=cells["MIDDLE_NAME"],
        last=cells["LAST_NAME"],
        valid_from=_day(cells, "VALID_FROM"),
        valid_through=_day(cells, "VALID_THROUGH"),
        accommodations=_codes(cells, "ACCOMMODATIONS"),
        condition=_word(cells, "CONDITION", CONDITIONS),
        appointment=_token(cells, "APPOINTMENT") if state else "",
        state=state,
        starts_at=_moment(cells, "STARTS_AT") if state else None,
    )


def read_codes(text: str) -> tuple[str, ...]:
    """The vendor's accommodation codes as typed, in any case, divided by spaces, commas or semicolons.

    Each once, in alphabetical order, so that the same set is always the same text. Raises BadLine("bad_code").
    """
    codes = sorted({code.upper() for code in re.split(r"[\s,;]+", text) if code})
    if any(_CODE.fullmatch(code) is None for code in codes):
        raise BadLine("bad_code", "ACCOMMODATIONS")
    return tuple(codes)


def _cells(line: str, columns: Iterable[str]) -> dict[str, str]:
    columns = tuple(columns)
    cells = [cell.strip() for cell in line.split(DELIMITER)]
    if len(cells) != len(columns):
        raise BadLine("wrong_number_of_fields")
    if not line.isprintable():
        raise BadLine("control_character")
    return dict(zip(columns, cells, strict=True))


def _token(cells: dict[str, str], column: str) -> str:
    text = cells[column]
    if not text:
        raise BadLine("missing", column)
    if len(text) > _NAME_MOST or _SAFE.fullmatch(text) is None:
        raise BadLine("bad_number", column)
    return text


def _word(cells: dict[str, str], column: str, words: Sequence[str]) -> str:
    if not cells[column]:
        raise BadLine("missing", column)
    if cells[column] not in words:
        raise BadLine("unknown_word", column)
    return cells[column]


def _number(cells: dict[str, str], column: str, most: int) -> int | None:
    text = cells[column]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= most):
        raise BadLine("bad_score", column)
    return int(text)


def _codes(cells: dict[str, str], column: str) -> tuple[str, ...]:
    return read_codes(cells[column])


def _day(cells: dict[str, str], column: str) -> date:
    text = cells[column]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None:
        raise BadLine("bad_day", column)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadLine("bad_day", column) from None


def _moment(cells: dict[str, str], column: str) -> datetime:
    text = cells[column]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})", text) is None:
        raise BadLine("bad_moment", column)
    try:
        moment = datetime.fromisoformat(text)
        # A moment at the edge of the calendar cannot be turned into another zone later on.
        moment.astimezone(_PACIFIC) + timedelta(days=2)
    except (ValueError, OverflowError):
        raise BadLine("bad_moment", column) from None
    return moment


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(_PACIFIC).isoformat(timespec="seconds")
