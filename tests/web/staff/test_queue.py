"""The queue: every filter and order, paging that loses nothing, search, assignment, views, export."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.program.casework import listing
from peercert.program.casework.listing import Wanted, cases_wanted, page_of, wanted
from peercert.program.casework.models import AuditEntry, Case, SavedView
from peercert.program.journey import answer, apply, review
from peercert.program.people.models import DeclaredInterest, Person
from peercert.rules import numbers
from peercert.rules.days import day_of
from tests import stories

pytestmark = pytest.mark.django_db
At = Callable[[str], Client]


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"/staff/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def rows(story: stories.Story, count: int) -> list[Case]:
    """Many cases at once: rows of the queue alone, without the lives behind them."""
    person = story.person("devon")
    today = day_of(story.now)
    return Case.objects.bulk_create(
        Case(
            topic="initial", number=numbers.make("A"), person=person, stage="review", opened_at=story.now,
            received_on=today - timedelta(days=at % 40), sort_name=f"name {at % 7}",
            next_due_on=None if at % 9 == 0 else today + timedelta(days=at % 11 - 5),
        )
        for at in range(count)
    )  # fmt: skip


def test_a_draft_is_nobodys_business(story: stories.Story, at: At) -> None:
    stories.drafted(story)
    assert "No case fits" in shown(at("ana"), "stage=all")


def test_a_draft_that_was_thrown_away_is_not_shown_either(story: stories.Story, at: At) -> None:
    case = stories.drafted(story)
    apply.discard(case.pk, actor=story.actor("maria"), now=story.now)
    for stage in ("withdrawn", "closed", "all"):
        assert "No case fits" in shown(at("ana"), f"stage={stage}")


def test_what_is_open_is_shown_first_and_each_filter_narrows(story: stories.Story, at: At) -> None:
    one, other = stories.in_review(story), stories.submitted(story, "devon", "reciprocity")
    ana = at("ana")
    assert one.number in shown(ana)
    assert other.number in shown(ana)
    for query, here, gone in [
        ("stage=review", one, other),
        ("stage=submitted", other, one),
        ("topic=reciprocity", other, one),
        ("acts=us", one, other),
        ("acts=person", other, one),
    ]:
        page = shown(ana, query)
        assert here.number in page, query
        assert gone.number not in page, query


def test_overdue_at_risk_assigned_held_and_asked(story: stories.Story, at: At) -> None:
    case = stories.in_review(story)
    ana = at("ana")
    today = day_of(story.now) + timedelta(days=10)
    for due, query in ((today - timedelta(days=1), "due=overdue"), (today + timedelta(days=1), "due=at_risk")):
        Case.objects.filter(pk=case.pk).update(next_due_on=due)
        assert case.number in shown(ana, query)
    assert case.number in shown(ana, "assigned=nobody")
    review.assign(case.pk, story.person("ana"), actor=story.actor("ana"), now=story.now)
    assert case.number in shown(ana, "assigned=me")
    assert case.number not in shown(ana, "assigned=nobody")
    assert case.number not in shown(ana, "flag=question")
    answer.ask_question(case.pk, "When?", language="en", actor=story.actor("maria"), now=story.now)
    assert case.number in shown(ana, "flag=question")
    assert case.number not in shown(ana, "flag=held")
    review.hold(case.pk, "one_person_two_records", "Looking into it.", actor=story.actor("ana"), now=story.now)
    assert case.number in shown(ana, "flag=held")


@pytest.mark.parametrize("text", ["garcia lopez", "García-López", "GARZIA lopez", "maria@example.com"])
def test_a_case_is_found_by_name_or_address_however_it_is_typed(story: stories.Story, at: At, text: str) -> None:
    case = stories.in_review(story)
    other = stories.in_review(story, "devon")
    page = at("ana").get("/staff/", {"q": text}).content.decode()
    assert case.number in page
    assert other.number not in page


def test_a_number_typed_loosely_is_understood_and_a_typing_mistake_is_told_as_one(story: stories.Story, at: At) -> None:
    case = stories.in_review(story)
    assert case.number
    ana = at("ana")
    loose = case.number.lower().replace("-", " ").replace("0", "o")
    assert case.number in ana.get("/staff/", {"q": loose}).content.decode()
    wrong = case.number[:-1] + ("1" if case.number[-1] != "1" else "2")
    assert "one character is mistyped" in ana.get("/staff/", {"q": wrong}).content.decode()


def test_a_number_typed_without_a_digit_is_understood(story: stories.Story, at: At) -> None:
    case = stories.in_review(story)
    Case.objects.filter(pk=case.pk).update(number="A-JY0Q-WZEY")
    assert "A-JY0Q-WZEY" in at("ana").get("/staff/", {"q": "a jyoq wzey"}).content.decode()


@settings(max_examples=25)
@given(
    sort=st.sampled_from(sorted(listing.SORTS)), is_descending=st.booleans(), size=st.integers(1, 17),
    moved=st.integers(0, 30), is_searched=st.booleans(),
)  # fmt: skip
def test_paging_loses_and_repeats_no_case_that_stays(
    story: stories.Story, sort: str, is_descending: bool, size: int, moved: int, is_searched: bool
) -> None:
    Case.objects.all().delete()
    cases = rows(story, 40)
    asked = Wanted(sort=sort, is_descending=is_descending, people=_those_of(story, is_searched))
    me = story.person("ana")
    seen: list[int] = []
    after, first = "", True
    while first or after:
        listed = page_of(cases_wanted(asked, me=me, today=day_of(story.now)), asked, after=after, size=size)
        seen += [case.pk for case in listed.cases]
        after = listed.next
        if first:
            # Somebody else takes a case out of the queue while this officer turns the page.
            Case.objects.filter(pk=cases[moved].pk).update(stage="withdrawn", closed_at=story.now)
        first = False
    assert len(seen) == len(set(seen))
    assert {case.pk for case in cases} - set(seen) <= {cases[moved].pk}


def _those_of(story: stories.Story, is_searched: bool) -> tuple[int, ...] | None:
    """Whom a search found: the person of `rows`; None where nobody was searched for."""
    return (story.person("devon").pk,) if is_searched else None


@pytest.mark.parametrize("is_searched", [False, True])
def test_the_order_is_the_one_that_the_heading_says(story: stories.Story, is_searched: bool) -> None:
    rows(story, 40)
    me = story.person("ana")
    for sort, column in listing.SORTS.items():
        for is_descending in (False, True):
            asked = Wanted(sort=sort, is_descending=is_descending, people=_those_of(story, is_searched))
            listed = page_of(cases_wanted(asked, me=me, today=day_of(story.now)), asked)
            values = [getattr(case, column) for case in listed.cases]
            known = [value for value in values if value is not None]
            assert known == sorted(known, reverse=is_descending)
            assert values == known + [None] * (len(values) - len(known))


@pytest.mark.database("program/casework/listing.py")
@pytest.mark.parametrize("sort", listing.SORTS)
@pytest.mark.parametrize("is_searched", [False, True])
def test_the_queue_is_walked_in_its_order_and_never_for_the_few_that_a_search_found(
    story: stories.Story, sort: str, is_searched: bool
) -> None:
    asked = Wanted(stage="all", sort=sort, people=_those_of(story, is_searched))
    found = listing.in_order(cases_wanted(asked, me=story.person("ana"), today=day_of(story.now)), asked)[:51]
    with connection.cursor() as cursor:  # sorting only where no index has the order
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    assert ("Sort" in found.explain()) == is_searched


def test_a_page_takes_the_same_queries_however_long_the_queue(story: stories.Story, at: At) -> None:
    ana = at("ana")
    counts = []
    for more in (5, 400):
        rows(story, more)
        shown(ana)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(ana)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_counts_stop_at_a_thousand(story: stories.Story, at: At) -> None:
    rows(story, 1_005)
    assert "1,000+" in shown(at("ana"))


def test_chosen_cases_are_assigned_and_what_is_refused_is_told(story: stories.Story, at: At) -> None:
    one, other = stories.in_review(story), stories.in_review(story, "devon")
    DeclaredInterest.objects.create(officer=story.person("ana"), about=other.person, declared_at=story.now)
    page = at("ana").post(
        "/staff/queue/assign/", {"case": [one.number, other.number], "to": "me", "query": "stage=review"}, follow=True
    )
    assert page.redirect_chain[-1][0].endswith("?stage=review")
    assert f"{other.number}:" in page.content.decode()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.assigned_to, other.assigned_to) == (story.person("ana"), None)


def test_nothing_chosen_is_told(story: stories.Story, at: At) -> None:
    stories.in_review(story)
    page = at("ana").post("/staff/queue/assign/", {"to": "me"}, follow=True)
    assert "Choose at least one case first." in page.content.decode()


def test_a_view_is_kept_opened_and_forgotten(story: stories.Story, at: At) -> None:
    ana = at("ana")
    ana.post("/staff/queue/views/", {"name": "Late", "query": "due=overdue&stage=review&evil=%22"})
    view = SavedView.objects.get()
    assert (view.person, set(view.query.split("&"))) == (story.person("ana"), {"due=overdue", "stage=review"})
    assert "Late" in shown(ana)
    assert "Late" not in shown(at("tom"))
    ana.post("/staff/queue/views/", {"forget": "Late"})
    assert not SavedView.objects.exists()


def exported(client: Client, query: str = "") -> list[list[str]]:
    answer: Any = client.post("/staff/queue/export/", {"query": query})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_export_holds_what_is_shown_is_recorded_and_runs_no_formula(story: stories.Story, at: At) -> None:
    from peercert.program.people.actions import set_legal_name

    case = stories.in_review(story)
    stories.submitted(story, "devon")
    set_legal_name(Person.objects.get(pk=case.person_id), "=cmd", "", "+1", now=story.now)
    _head, *lines = exported(at("ana"), "stage=review")
    assert [line[0] for line in lines] == [case.number]
    assert lines[0][1] == "'=cmd +1"
    entry = AuditEntry.objects.get(verb="queue_exported")
    assert (entry.actor, entry.values["filters"]) == (story.person("ana"), {"stage": "review"})


@pytest.mark.parametrize(
    ("who", "queue", "assign", "export"),
    [
        ("ana", 200, 302, 200), ("tom", 200, 302, 200), ("li", 200, 403, 200), ("grace", 200, 403, 200),
        ("sam", 200, 302, 200), ("pat", 200, 403, 403), ("robin", 403, 403, 403), ("maria", 403, 403, 403),
    ],
)  # fmt: skip
def test_each_role_may_what_its_role_may(
    story: stories.Story, at: At, who: str, queue: int, assign: int, export: int
) -> None:
    client = at(who)
    assert client.get("/staff/").status_code == queue
    assert client.post("/staff/queue/assign/", {"to": "me"}).status_code == assign
    assert client.post("/staff/queue/export/", {}).status_code == export


def test_a_name_is_never_markup(story: stories.Story, at: At) -> None:
    stories.in_review(story, first_name="<b>Eve</b>")
    page = shown(at("ana"))
    assert "<b>Eve" not in page
    assert "&lt;b&gt;Eve" in page


@given(
    text=st.dictionaries(
        st.sampled_from(["stage", "topic", "due", "sort", "order", "after", "assigned", "q"]), st.text(max_size=30)
    )
)
@settings(max_examples=40)
def test_no_address_breaks_the_page(story: stories.Story, text: dict[str, str]) -> None:
    asked = wanted({name: value.replace("\x00", "") for name, value in text.items()})
    rows_wanted = cases_wanted(asked, me=story.person("ana"), today=day_of(story.now))
    page_of(rows_wanted, asked, after=text.get("after", ""))


def test_a_number_without_a_digit_is_found_like_any_other(story: stories.Story, at: At) -> None:
    case = stories.in_review(story)
    drawn = (numbers.make("A", Random(seed)) for seed in range(1_000))
    number = next(each for each in drawn if not any(letter.isdigit() for letter in each))
    Case.objects.filter(pk=case.pk).update(number=number)
    for typed in (number, number.lower()):
        assert f"/{number}/" in shown(at("ana"), f"q={typed}")
        assert f"/{number}/" in at("grace").get("/staff/money/", {"q": typed}).content.decode()
