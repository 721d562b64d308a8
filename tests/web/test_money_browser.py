"""The pages about payments and letters in a real browser: nothing that axe finds, nothing wider than the screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from peercert.program.casework.models import Task
from peercert.program.journey import notice, pay
from peercert.program.money.models import Payment
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from tests.stories import Story, paid, submitted
from tests.web import axe


def told(now: Any) -> Story:
    """One application paid for nothing, one whose check came back, two payments that nobody knows (one of them went
    back to its sender), one letter that failed."""
    story = Story(now=now - timedelta(days=5))
    mine = paid(story, submitted(story), "application")
    Task.objects.create(case=mine, kind="paid_after_closing", opened_at=story.now)
    other = submitted(story, "devon")
    paid(story, other, "application")
    finance = story.actor("grace")
    pay.return_payment(
        other.payments.get().pk, returned_on=day_of(story.now), because="stopped", actor=finance, now=story.now
    )
    pay.record_payment(
        None, means="money_order", reference="77", amount_cents=10000, received_on=day_of(story.now),
        payer_name="D. Carter", actor=finance, now=story.now,
    )  # fmt: skip
    stray = pay.record_payment(
        None, means="check", reference="78", amount_cents=4200, received_on=day_of(story.now), payer_name="N. Known",
        actor=finance, now=story.now,
    )  # fmt: skip
    pay.send_back(stray.pk, reference="C-1", sent_on=day_of(story.now), actor=finance, now=story.now)
    first = Letter.objects.order_by("pk")[0]
    notice.not_sent(first.pk, failure="550 no such mailbox", is_final=True, now=story.now)
    return story


@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_of_payments_and_letters_are_for_everyone(
    committed: str, live_site: str, page: Any, language: str
) -> None:
    story = told(timezone.now())
    unknown, returned = Payment.objects.filter(case=None).order_by("pk")
    failed = Letter.objects.get(state="failed")
    mine, theirs = (Letter.objects.filter(person=story.person(who)).order_by("-pk")[0] for who in ("maria", "devon"))
    assert mine.case is not None
    assert theirs.case is not None
    pages = {
        "grace": [
            ("staff:money", []),
            ("staff:money_record", []),
            ("staff:money_payment", [unknown.uuid]),
            ("staff:money_payment", [returned.uuid]),
            ("staff:money_case", [theirs.case.number]),
            ("staff:money_case", [mine.case.number]),
            ("staff:money_release", [mine.case.number, mine.case.dues.get().pk]),
        ],
        "sam": [
            ("staff:letters", []),
            ("staff:letter", [failed.uuid]),
            ("staff:tasks", []),
            ("staff:task", [mine.case.tasks.get().pk]),
            ("staff:audit", []),
        ],
        "maria": [("applicant:letters", []), ("applicant:letter", [mine.uuid]), ("applicant:fees", [mine.case.uuid])],
        "devon": [("applicant:fees", [theirs.case.uuid]), ("demo:letters", []), ("demo:letter", [mine.uuid])],
    }
    page.set_viewport_size({"width": 320, "height": 800})
    for who, places in pages.items():
        client = Client()
        client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
        cookie = {"name": "session", "value": client.cookies["session"].value, "url": live_site}
        page.context.add_cookies([cookie])
        for name, args in places:
            with translation.override(language):
                page.goto(reverse(name, args=args))
            assert page.locator("html").get_attribute("lang") == language
            assert axe.violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
