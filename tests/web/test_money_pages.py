"""The pages about payments, as finance officers and everyone else meet them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from peercert.program.casework.models import Case, Task
from peercert.program.journey import apply
from peercert.program.money.models import Coverage, Payment
from peercert.program.money.queries import balance, due_for
from peercert.rules.days import day_of
from tests.stories import Story, submitted

pytestmark = pytest.mark.django_db
OFFICERS = ("ana", "tom", "li", "grace", "sam", "pat", "robin")


@pytest.fixture
def story() -> Story:
    return Story(now=timezone.now())


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Addresses are English unless a test says otherwise; a page in Spanish leaves its language behind."""
    with translation.override("en"):
        yield


def signed_in(story: Story, who: str) -> Client:
    client = Client()
    client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def typed(**changes: Any) -> dict[str, Any]:
    today = day_of(timezone.now())
    return {
        "number": "", "means": "check", "reference": "1001", "amount": "$100.00", "payer_name": "M. Garcia",
        "received_on_month": today.month, "received_on_day": today.day, "received_on_year": today.year, "note": "",
        **changes,
    }  # fmt: skip


def test_a_payment_typed_as_people_type_begins_the_review(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    number = str(case.number).lower().replace("-", " ")
    answer = grace.post(reverse("staff:money_record"), typed(number=number, amount=" $ 1,00.00".replace(",", "")))
    payment = Payment.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("staff:money_payment", args=[payment.uuid])
    assert payment.amount_cents == 10000
    assert Case.objects.get(pk=case.pk).stage == "review"
    page = grace.get(answer["Location"])
    assert case.number in page.content.decode()
    assert "$100.00" in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount": "a hundred"}, "Write the amount in dollars and cents"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "-5"}, "more than zero"),
        ({"number": "A-1111-1111"}, "mistyped or missing"),
        ({"number": "hello"}, "mistyped or missing"),
        ({"reference": ""}, "Answer this question"),
        ({"received_on_year": "2996"}, "still to come"),
        ({"means": "gold"}, "Choose one of the answers"),
    ],
)
def test_a_mistake_is_explained_and_what_was_typed_stays(story: Story, changes: dict[str, Any], says: str) -> None:
    answer = signed_in(story, "grace").post(reverse("staff:money_record"), typed(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "M. Garcia" in page
    assert not Payment.objects.exists()


def test_the_same_paper_typed_twice_is_told_and_not_recorded_again(story: Story) -> None:
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed())
    answer = grace.post(reverse("staff:money_record"), typed())
    assert answer.status_code == 422
    assert "already recorded" in answer.content.decode()
    assert Payment.objects.count() == 1


def test_an_unmatched_payment_is_found_by_its_writers_name_and_matched(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(payer_name="Maria Garcia Lopez"))
    payment = Payment.objects.get()
    assert "1 payment waits" in grace.get(reverse("staff:money")).content.decode()
    page = grace.get(reverse("staff:money_payment", args=[payment.uuid])).content.decode()
    assert str(case.number) in page
    assert "$100.00 owed" in page
    grace.post(reverse("staff:money_match", args=[payment.uuid]), {"number": case.number})
    payment.refresh_from_db()
    assert payment.case_id == case.pk
    again = grace.post(reverse("staff:money_match", args=[payment.uuid]), {"number": case.number}, follow=True)
    assert "already belongs to a case" in again.content.decode()


def test_a_payment_that_came_back_is_recorded_on_its_page(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number))
    payment = Payment.objects.get()
    today = day_of(timezone.now())
    given = {
        "because": "insufficient_funds", "returned_on_month": today.month, "returned_on_day": today.day,
        "returned_on_year": today.year,
    }  # fmt: skip
    page = grace.post(reverse("staff:money_payment", args=[payment.uuid]), given, follow=True).content.decode()
    assert "owed again" in page
    assert "Not enough money in the account" in page
    assert Case.objects.get(pk=case.pk).stage == "submitted"


def test_a_payer_is_recorded_and_taken_back_on_the_cases_page(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    here = reverse("staff:money_case", args=[case.number])
    due = due_for(case, "application")
    assert due is not None
    empty = grace.post(here, {"due": str(due.uuid), "kind": "county", "number": ""})
    assert empty.status_code == 422
    page = grace.post(here, {"due": str(due.uuid), "kind": "county", "number": "ALA-7"}, follow=True).content.decode()
    assert "ALA-7" in page
    assert balance(due) == 0
    coverage = Coverage.objects.get()
    back = reverse("staff:money_take_back", args=[case.number, coverage.pk])
    assert grace.get(back).status_code == 200
    grace.post(back, {"because": "recorded by mistake"})
    assert balance(due) == 10000


@pytest.mark.parametrize("who", OFFICERS)
def test_every_role_gets_the_right_answer(story: Story, who: str) -> None:
    case = submitted(story)
    signed_in(story, "grace").post(reverse("staff:money_record"), typed(number=case.number))
    payment = Payment.objects.get()
    client = signed_in(story, who)
    sees = 200 if who in {"ana", "tom", "grace", "sam", "pat"} else 403
    records = 200 if who == "grace" else 403
    assert client.get(reverse("staff:money")).status_code == sees
    assert client.get(reverse("staff:money_payment", args=[payment.uuid])).status_code == sees
    assert client.get(reverse("staff:money_case", args=[case.number])).status_code == sees
    assert client.get(reverse("staff:money_record")).status_code == records
    today = day_of(timezone.now())
    given = {"because": "other", "returned_on_month": today.month, "returned_on_day": today.day,
             "returned_on_year": today.year}  # fmt: skip
    if who != "grace":
        refused = client.post(reverse("staff:money_payment", args=[payment.uuid]), given)
        assert refused.status_code == 403
        refused = client.post(reverse("staff:money_case", args=[case.number]), {"kind": "county", "number": "1"})
        assert refused.status_code in {403, 422}
        payment.refresh_from_db()
        assert payment.returned_on is None
        assert not Coverage.objects.exists()


def test_an_applicant_sees_no_officers_page_and_a_stranger_is_asked_to_sign_in(story: Story) -> None:
    submitted(story)
    assert signed_in(story, "maria").get(reverse("staff:money")).status_code == 403
    answer = Client().get(reverse("staff:money"))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_applicant_sees_what_is_owed_and_then_the_receipt(story: Story, language: str) -> None:
    case = submitted(story)
    maria = signed_in(story, "maria")
    with translation.override(language):
        here, letters = reverse("applicant:fees", args=[case.uuid]), reverse("applicant:letters")
    before = maria.get(here).content.decode()
    assert "$100.00" in before
    assert str(case.number) in before
    signed_in(story, "grace").post(reverse("staff:money_record"), typed(number=case.number))
    after = maria.get(here).content.decode()
    assert letters in after
    assert "1001" in after
    assert signed_in(story, "devon").get(here).status_code == 403


def test_officers_pages_are_complete_in_spanish(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number))
    payment = Payment.objects.get()
    with translation.override("es"):
        pages = [
            reverse("staff:money"),
            reverse("staff:money_record"),
            reverse("staff:money_payment", args=[payment.uuid]),
            reverse("staff:money_case", args=[case.number]),
        ]
    for here in pages:
        page = grace.get(here)
        assert page.status_code == 200
        assert 'lang="es"' in page.content.decode()


def test_the_ledger_is_shown_when_asked_for_and_adds_up(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number, amount="120"))
    page = grace.get(reverse("staff:money"), {"show": "ledger"}).content.decode()
    assert "$120.00" in page
    assert "$20.00" in page
    assert "<dl" not in grace.get(reverse("staff:money")).content.decode()


def sent_back(**changes: Any) -> dict[str, Any]:
    today = day_of(timezone.now())
    return {
        "step": "send_back", "reference": "C-17", "sent_on_month": today.month, "sent_on_day": today.day,
        "sent_on_year": today.year, **changes,
    }  # fmt: skip


def test_an_unmatched_payment_is_sent_back_with_a_note_for_its_envelope(story: Story) -> None:
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(payer_name="Nobody Known", amount="42"))
    here = reverse("staff:money_payment", args=[Payment.objects.get().uuid])
    page = grace.get(here).content.decode()
    assert "Send $42.00 back" in page
    assert "Note for the envelope" not in page
    assert grace.post(here, sent_back(reference="")).status_code == 422
    page = grace.post(here, sent_back(), follow=True).content.decode()
    assert "could not tell whose fee it is for" in page
    assert "no pudimos saber a qué cuota corresponde" in page
    assert "Send $42.00 back" not in page
    assert "Whose is it?" not in page
    assert "0 payments wait" in grace.get(reverse("staff:money")).content.decode()
    assert "C-17" in page


def test_credit_is_sent_back_from_its_payment_and_the_person_sees_it(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number, amount="130"))
    here = reverse("staff:money_payment", args=[Payment.objects.get().uuid])
    for who in ("sam", "pat", "ana"):
        assert signed_in(story, who).post(here, sent_back()).status_code == 403
    page = grace.post(here, sent_back(), follow=True).content.decode()
    assert "$30.00 on" in page
    case_page = grace.get(reverse("staff:money_case", args=[case.number])).content.decode()
    assert "$30.00 sent back" in case_page
    assert "more was paid than owed" not in case_page
    assert (
        "$30.00 sent back on"
        in signed_in(story, "maria").get(reverse("applicant:fees", args=[case.uuid])).content.decode()
    )
    listed = grace.get(reverse("staff:money"), {"show": "sent_back"}).content.decode()
    assert "1001" in listed


def test_credit_of_a_case_that_is_over_is_listed_to_be_sent_back(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number, amount="130"))
    to_send = {"show": "idle"}
    assert "1001" not in grace.get(reverse("staff:money"), to_send).content.decode()
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    listed = grace.get(reverse("staff:money"), to_send).content.decode()
    assert "1001" in listed
    assert "$30.00" in listed


def test_a_fee_paid_for_nothing_is_released_on_the_cases_page_and_no_other_is(story: Story) -> None:
    case = submitted(story)
    grace = signed_in(story, "grace")
    grace.post(reverse("staff:money_record"), typed(number=case.number))
    due = due_for(case, "application")
    assert due is not None
    here, release = (
        reverse("staff:money_case", args=[case.number]), reverse("staff:money_release", args=[case.number, due.pk])
    )  # fmt: skip
    assert "Release this fee" not in grace.get(here).content.decode()
    assert "This fee stands" in grace.post(release, {"because": "x"}, follow=True).content.decode()
    Task.objects.create(case=case, kind="paid_after_closing", opened_at=story.now)
    assert release in grace.get(here).content.decode()
    assert grace.post(release, {"because": ""}).status_code == 422
    page = grace.post(release, {"because": "It came too late."}, follow=True).content.decode()
    assert "Not owed after all" in page
    assert signed_in(story, "sam").get(release).status_code == 403
