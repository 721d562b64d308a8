"""The exam pages in a real browser: nothing for axe to find, and an answer given on a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from peercert.program.exams import queries
from peercert.program.exams.models import ExamFile
from peercert.program.people.models import Person
from tests.fixtures.browser import go
from tests.stories import Story, authorised, ready_to_sit, sat, vendor_line, vendor_told
from tests.web import axe

pytestmark = pytest.mark.browser


def signed_in(new_page: Callable[..., Any], person: Person, **options: Any) -> Any:
    client = Client()
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = new_page(**options)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "domain": "localhost", "path": "/"}])
    return page


@pytest.fixture
def story(committed: str) -> Story:
    return Story(now=timezone.now() - timedelta(days=60))


def test_a_person_answers_and_finds_what_comes_next_on_a_phone(story: Story, new_page: Callable[..., Any]) -> None:
    case = ready_to_sit(story)
    page = signed_in(new_page, story.person("maria"), viewport={"width": 390, "height": 800})
    page.goto(f"/es/apply/{case.uuid}/exam/")
    assert axe.violations(page) == []
    go(page.get_by_role("link", name="Responda una pregunta"))
    assert axe.violations(page) == []
    page.get_by_text("No", exact=True).click()
    go(page.get_by_role("button", name="Guardar mi respuesta"))
    held = queries.open_authorisation(case)
    assert held is not None
    page.get_by_text(held.candidate_id).first.wait_for()
    assert axe.violations(page) == []


def test_an_exam_officers_desk_reads_well_with_aids(story: Story, new_page: Callable[..., Any]) -> None:
    case = authorised(story)
    story.wait(days=10)
    sat(story, case, "FAIL", scores=(61, 62, 63, 64, 65, 66, 67, 68))
    vendor_told(story, "not a record", vendor_line(story, case, "BOOKED", appointment="V2"))
    file = ExamFile.objects.filter(kind="import").latest("pk")
    page = signed_in(new_page, story.person("li"), viewport={"width": 1280, "height": 900})
    for path in ("/staff/exams/", f"/staff/exams/files/{file.uuid}/", f"/staff/cases/{case.number}/exam/",
                 "/staff/exams/authorizations/?show=all", "/staff/exams/compare/"):  # fmt: skip
        page.goto(path)
        assert axe.violations(page) == [], path
