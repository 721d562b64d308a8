"""The queue: which cases an officer sees, in which order, and the next page of them.

One table, one index, no offset: a page begins after the last case of the page before (its sort value and its id), so
that cases that move meanwhile are neither lost nor shown twice. Counts stop at COUNT_MOST.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from peercert.program.casework.models import STAGES, Case, Hold, Question, Request
from peercert.program.people.models import Person

PAGE = 50
COUNT_MOST = 1_000
#: An export stops here and says so.
EXPORT_MOST = 20_000
#: Days ahead in which a promise counts as at risk.
AT_RISK = 3

OPEN = ("submitted", "review", "recommended", "approved")
STAGE_NAMES = tuple(name for name, _ in STAGES if name != "draft")
TOPICS = ("initial", "grandparenting", "reciprocity", "portability")
#: Sort → column. `due` first: overdue cases stand at the top by themselves.
SORTS = {"due": "next_due_on", "received": "received_on", "name": "sort_name"}
ACTS = ("us", "person")
DUES = ("overdue", "at_risk")
FLAGS = ("question", "held")


@dataclass(frozen=True)
class Wanted:
    """What an officer asked the queue for. Every field but `people` stands in the address."""

    stage: str = "open"
    topic: str = ""
    acts: str = ""
    due: str = ""
    assigned: str = ""
    flag: str = ""
    sort: str = "due"
    is_descending: bool = False
    text: str = ""
    people: tuple[int, ...] | None = None
    numbers: tuple[str, ...] | None = None

    def query(self, **changes: Any) -> dict[str, str]:
        """The address's parameters for this, with changes; what is as usual is left out."""
        asked = replace(self, **changes)
        usual = Wanted()
        given = {
            "stage": asked.stage, "topic": asked.topic, "acts": asked.acts, "due": asked.due,
            "assigned": asked.assigned, "flag": asked.flag, "sort": asked.sort,
            "order": "desc" if asked.is_descending else "", "q": asked.text,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value and value != getattr(usual, name, "")}


def wanted(given: dict[str, str]) -> Wanted:
    """What the address asks for; anything it cannot mean is taken as not said."""
    return Wanted(
        stage=_one_of(given.get("stage", ""), ("open", "closed", "all", *STAGE_NAMES), "open"),
        topic=_one_of(given.get("topic", ""), TOPICS, ""),
        acts=_one_of(given.get("acts", ""), ACTS, ""),
        due=_one_of(given.get("due", ""), DUES, ""),
        assigned=_assigned(given.get("assigned", "")),
        flag=_one_of(given.get("flag", ""), FLAGS, ""),
        sort=_one_of(given.get("sort", ""), tuple(SORTS), "due"),
        is_descending=given.get("order") == "desc",
        text=given.get("q", "").replace("\x00", "").strip()[:200],
    )


def cases_wanted(asked: Wanted, *, me: Person, today: date) -> QuerySet[Case]:
    """Every case that is asked for, in no order. Drafts, discarded ones too, are nobody's business and left out."""
    rows = Case.objects.exclude(stage="draft").filter(number__isnull=False)
    if asked.stage == "open":
        rows = rows.filter(stage__in=OPEN)
    elif asked.stage == "closed":
        rows = rows.exclude(stage__in=OPEN)
    elif asked.stage != "all":
        rows = rows.filter(stage=asked.stage)
    if asked.topic:
        rows = rows.filter(topic=asked.topic)
    if asked.people is not None:
        # A thousand keys travel as one value.
        rows = rows.filter(person__in=RawSQL("SELECT unnest(%s::bigint[])", [list(asked.people)]))
    if asked.numbers is not None:
        rows = rows.filter(number__in=asked.numbers)
    return _worked(rows, asked, me=me, today=today)


def _worked(rows: QuerySet[Case], asked: Wanted, *, me: Person, today: date) -> QuerySet[Case]:
    if asked.due == "overdue":
        rows = rows.filter(next_due_on__lt=today)
    elif asked.due == "at_risk":
        rows = rows.filter(next_due_on__range=(today, today + timedelta(days=AT_RISK)))
    if asked.assigned == "me":
        rows = rows.filter(assigned_to=me)
    elif asked.assigned == "nobody":
        rows = rows.filter(assigned_to=None)
    elif asked.assigned:
        rows = rows.filter(assigned_to=int(asked.assigned))
    if asked.acts == "person":
        asks = Request.objects.filter(case=OuterRef("pk"), closed_at=None)
        rows = rows.filter(Q(stage="submitted") | Q(Exists(asks)) | Q(stage="approved", next_due_on=None))
    elif asked.acts == "us":
        rows = rows.filter(next_due_on__isnull=False)
    if asked.flag == "question":
        rows = rows.filter(Exists(Question.objects.filter(case=OuterRef("pk"), answered_at=None)))
    elif asked.flag == "held":
        rows = rows.filter(Exists(Hold.objects.filter(case=OuterRef("pk"), lifted_at=None)))
    return rows


@dataclass(frozen=True)
class Listed:
    """One page, and the cursor of the next ("" at the end)."""

    cases: list[Case]
    next: str


def page_of(rows: QuerySet[Case], asked: Wanted, *, after: str = "", size: int = PAGE) -> Listed:
    """The page after the cursor `after`; a cursor that is none begins at the start."""
    column = SORTS[asked.sort]
    ordered = in_order(rows, asked)
    if (cursor := _read(after, asked.sort)) is not None:
        ordered = ordered.filter(_beyond(column, *cursor, is_descending=asked.is_descending))
    found = list(ordered[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Listed(found[:size], _cursor(last, column) if last else "")


def in_order(rows: QuerySet[Case], asked: Wanted) -> QuerySet[Case]:
    """Rows in the order asked for. Cases without a day come last, whichever way the days go."""
    column = SORTS[asked.sort]
    place: F | Func = F(column)
    if asked.people is not None:
        # The same value, but of no index: those whom a name may mean have few cases, and all of theirs are found and
        # sorted faster than the queue is walked until enough of theirs were met.
        place = Func(place, function="GREATEST")
    if not asked.is_descending:
        return rows.order_by(place.asc(), "id")
    # Every case has a name: without a word about empty ones the index is read backwards.
    return rows.order_by(place.desc() if column == "sort_name" else place.desc(nulls_last=True), "-id")


def counted(rows: QuerySet[Case]) -> tuple[int, bool]:
    """How many cases there are, counted up to COUNT_MOST, and whether there are more."""
    count = rows.order_by()[: COUNT_MOST + 1].count()
    return min(count, COUNT_MOST), count > COUNT_MOST


def _beyond(column: str, value: Any, pk: int, *, is_descending: bool) -> Q:
    """What stands behind this place in the order."""
    later = "lt" if is_descending else "gt"
    if value is None:
        return Q(**{f"{column}__isnull": True, f"id__{later}": pk})
    beyond = Q(**{f"{column}__{later}": value}) | Q(**{column: value, f"id__{later}": pk})
    if column == "next_due_on":
        return beyond | Q(**{f"{column}__isnull": True})
    # Says nothing new, but lets the index begin at the cursor instead of at its start.
    return Q(**{f"{column}__{later}e": value}) & beyond


def _cursor(case: Case, column: str) -> str:
    value = getattr(case, column)
    return f"{'' if value is None else value}~{case.pk}"


def _read(after: str, sort: str) -> tuple[Any, int] | None:
    value, mark, pk = after.rpartition("~")
    if not mark or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
        return None
    if sort == "name":
        return value, int(pk)
    try:
        return (date.fromisoformat(value) if value else None), int(pk)
    except ValueError:
        return None


def _one_of(value: str, allowed: Sequence[str], usual: str) -> str:
    return value if value in allowed else usual


def _assigned(value: str) -> str:
    return value if value in {"me", "nobody"} or (value.isascii() and value.isdigit() and len(value) < 18) else ""
