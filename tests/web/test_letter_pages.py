"""The pages about letters: the person's own, the officers', and the demonstration's."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from peercert.program.journey import notice, oversee
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from peercert.web.staff.case_frame import happened
from tests.stories import Story, submitted

pytestmark = pytest.mark.django_db
OFFICERS = ("ana", "tom", "li", "grace", "sam", "pat")


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


def receipt(story: Story) -> Letter:
    return Letter.objects.get(case=submitted(story), code="receipt")


def failed(story: Story) -> Letter:
    letter = receipt(story)
    notice.not_sent(letter.pk, failure="550 no such mailbox", is_final=True, now=story.now)
    letter.refresh_from_db()
    return letter


def posting(**changes: Any) -> dict[str, Any]:
    today = day_of(timezone.now())
    return {
        "what": "post", "address": "1 First Street\nOakland", "posted_on_month": today.month,
        "posted_on_day": today.day, "posted_on_year": today.year, **changes,
    }  # fmt: skip


def test_opening_a_letter_in_the_account_is_kept_as_notice_once(story: Story) -> None:
    letter = receipt(story)
    maria = signed_in(story, "maria")
    assert "Aún no" not in maria.get(reverse("applicant:letters")).content.decode()
    page = maria.get(reverse("applicant:letter", args=[letter.uuid]))
    letter.refresh_from_db()
    first = letter.opened_at
    assert page.status_code == 200
    assert letter.subject in page.content.decode()
    assert first is not None
    assert letter.reached_on == day_of(first)
    maria.get(reverse("applicant:letter", args=[letter.uuid]))
    letter.refresh_from_db()
    assert letter.opened_at == first


def test_nobody_reads_another_persons_letter(story: Story) -> None:
    letter = receipt(story)
    here = reverse("applicant:letter", args=[letter.uuid])
    assert signed_in(story, "devon").get(here).status_code == 403
    assert signed_in(story, "sam").get(here).status_code == 403
    assert Client().get(here).status_code == 302
    letter.refresh_from_db()
    assert letter.opened_at is None


@pytest.mark.parametrize("who", OFFICERS)
def test_officers_see_letters_that_did_not_arrive_and_reading_them_is_no_notice(story: Story, who: str) -> None:
    letter = failed(story)
    client = signed_in(story, who)
    overview = client.get(reverse("staff:letters")).content.decode()
    assert "1 letter has not reached its person" in overview
    assert "550 no such mailbox" in overview
    page = client.get(reverse("staff:letter", args=[letter.uuid]))
    assert page.status_code == 200
    assert letter.message_id in page.content.decode().replace("&lt;", "<").replace("&gt;", ">")
    letter.refresh_from_db()
    assert letter.opened_at is None
    assert letter.case is not None
    assert letter.case.openings.filter(person=story.person(who)).exists()


def test_accounts_administrators_and_applicants_see_no_letters_of_others(story: Story) -> None:
    letter = failed(story)
    for who in ("robin", "devon"):
        assert signed_in(story, who).get(reverse("staff:letters")).status_code == 403
        assert signed_in(story, who).get(reverse("staff:letter", args=[letter.uuid])).status_code == 403


def test_posting_on_paper_is_recorded_with_its_day_and_address(story: Story) -> None:
    letter = failed(story)
    sam = signed_in(story, "sam")
    here = reverse("staff:letter", args=[letter.uuid])
    empty = sam.post(here, posting(address=""))
    assert empty.status_code == 422
    assert "1 First Street" not in empty.content.decode() or "Answer this question" in empty.content.decode()
    future = sam.post(here, posting(posted_on_year="2996"))
    assert future.status_code == 422
    assert "posted on that day or later" in future.content.decode()
    done = sam.post(here, posting(), follow=True)
    assert "Time to act counts from some days" in done.content.decode()
    letter.refresh_from_db()
    assert letter.state == "posted"
    assert letter.posted_on is not None
    assert letter.reached_on is not None
    assert letter.reached_on > letter.posted_on
    assert "Every letter was sent" in sam.get(reverse("staff:letters")).content.decode()


def test_a_letter_that_came_back_is_recorded_with_what_the_message_said(story: Story) -> None:
    letter = receipt(story)
    notice.sent(letter.pk, now=story.now)
    ana = signed_in(story, "ana")
    here = reverse("staff:letter", args=[letter.uuid])
    assert ana.post(here, {"what": "bounce", "because": ""}).status_code == 422
    ana.post(here, {"what": "bounce", "because": "mailbox full"})
    letter.refresh_from_db()
    assert letter.state == "bounced"
    assert letter.reached_on is None
    ana.post(here, {"what": "send_again"})
    letter.refresh_from_db()
    assert letter.state == "waiting"


def test_an_auditor_changes_nothing(story: Story) -> None:
    letter = failed(story)
    pat = signed_in(story, "pat")
    here = reverse("staff:letter", args=[letter.uuid])
    for given in (posting(), {"what": "bounce", "because": "x"}, {"what": "send_again"}):
        assert pat.post(here, given).status_code == 403
    letter.refresh_from_db()
    assert letter.state == "failed"


def test_the_demonstration_shows_every_letter_without_a_sign_in(story: Story) -> None:
    letter = receipt(story)
    overview = Client().get(reverse("demo:letters"))
    assert overview.status_code == 200
    assert letter.subject in overview.content.decode()
    page = Client().get(reverse("demo:letter", args=[letter.uuid])).content.decode()
    assert letter.subject in page
    letter.refresh_from_db()
    assert letter.opened_at is None


def test_letters_are_found_by_number_and_by_message_id(story: Story) -> None:
    letter = receipt(story)
    other = Letter.objects.get(case=submitted(story, "devon"), code="receipt")
    assert letter.case is not None
    sam = signed_in(story, "sam")
    for text in (str(letter.case.number).lower(), letter.message_id, "garcia lopez"):
        page = sam.get(reverse("staff:letters"), {"q": text}).content.decode()
        assert reverse("staff:letter", args=[letter.uuid]) in page
        assert reverse("staff:letter", args=[other.uuid]) not in page


@pytest.mark.parametrize(
    "query", ["q=%00", "before=%C2%B2", "before=99999999999999999999999", "q=%27%3B--&show=nothing"]
)
@pytest.mark.parametrize("name", ["staff:letters", "staff:money", "demo:letters", "applicant:letters"])
def test_an_address_typed_by_hand_is_no_error(story: Story, name: str, query: str) -> None:
    receipt(story)
    assert signed_in(story, "sam").get(f"{reverse(name)}?{query}").status_code == 200


@pytest.mark.parametrize("what", ["", "post", "bounce", "send_again"])
def test_an_officer_with_an_interest_reads_no_letter_by_sending_a_form(story: Story, what: str) -> None:
    letter = receipt(story)
    assert letter.case is not None
    oversee.declare_interest(letter.case.pk, actor=story.actor("ana"), now=story.now)
    here = reverse("staff:letter", args=[letter.uuid])
    page = signed_in(story, "ana").post(here, {"what": what})
    assert page.status_code == 403
    assert letter.subject not in page.content.decode()


def test_history_shows_readers_everything_but_accommodations(story: Story) -> None:
    letter = receipt(story)
    assert letter.case is not None
    page = signed_in(story, "ana").get(reverse("staff:history", args=[letter.case.number])).content.decode()
    for entry in letter.case.timeline.all():
        assert escape(happened(entry.verb)) in page, entry.verb
