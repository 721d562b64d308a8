"""The holder's page of their certificate, and the officers' page of the same."""

import io
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from peercert.gateways import files
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate, CertificateFile
from peercert.program.journey import merge, review, specialize
from peercert.program.people.models import Person
from peercert.rules.days import day_of
from tests import stories
from tests.web.axe import violations
from tests.web.test_verify import words_of

OFFICERS = ["ana", "tom", "li", "grace", "sam", "pat"]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture(scope="module")
def lived(one_life: None) -> tuple[stories.Story, Certificate]:
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    return story, Certificate.objects.get(case=stories.certified(story))


@pytest.fixture
def story(lived: tuple[stories.Story, Certificate], db: None) -> stories.Story:
    return deepcopy(lived[0])


@pytest.fixture
def held(lived: tuple[stories.Story, Certificate], db: None) -> Certificate:
    return deepcopy(lived[1])


def own(certificate: Certificate, prefix: str = "") -> str:
    return f"{prefix}/apply/certificates/{certificate.number}/"


def staff(certificate: Certificate, prefix: str = "") -> str:
    return f"{prefix}/staff/cases/{certificate.case.number}/certificate/"


def days(name: str, day: Any) -> dict[str, str]:
    return {f"{name}_month": str(day.month), f"{name}_day": str(day.day), f"{name}_year": str(day.year)}


def test_the_document_is_waited_for_and_then_downloaded(held: Certificate, run_jobs: Callable[..., list[str]]) -> None:
    maria = signed_in(held.person)
    waiting = maria.get(own(held)).content.decode()
    assert "Your document is being made" in waiting
    assert "hx-get" in waiting
    assert maria.get(f"{own(held)}document/").status_code == 404
    run_jobs()
    part = maria.get(own(held), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Download the certificate" in part
    assert "hx-get" not in part
    file = maria.get(f"{own(held)}document/")
    assert file["Content-Type"] == "application/pdf"
    assert f"certificate-{held.number}.pdf" in file["Content-Disposition"]
    with pikepdf.open(io.BytesIO(file.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked


def test_the_stored_document_is_sealed(held: Certificate, run_jobs: Callable[..., list[str]]) -> None:
    run_jobs()
    assert b"%PDF" not in files.fetch(CertificateFile.objects.get().path)


def test_a_lost_job_is_asked_for_again_by_looking(held: Certificate, run_jobs: Callable[..., list[str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    maria = signed_in(held.person)
    for _ in range(3):
        maria.get(own(held))
    assert run_jobs().count("certificates.print") == 1
    assert queries.newest_file(held) is not None


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_the_holder_sees_where_it_stands_and_what_others_see(held: Certificate, prefix: str) -> None:
    told = words_of(signed_in(held.person).get(own(held, prefix)))
    for text in (held.number, "María García-López", "Usted tiene" if prefix else "You are certified"):
        assert text in told


def test_the_holder_chooses_who_finds_them_and_changes_it_again(held: Certificate) -> None:
    maria = signed_in(held.person)
    for choice, found in (("no", []), ("yes", [held])):
        assert maria.post(own(held), {"found_by_name": choice}).status_code == 302
        assert queries.certificates_called("Garcia Lopez", "m") == found


def test_nobody_opens_another_persons_certificate(held: Certificate, story: stories.Story) -> None:
    devon = signed_in(story.person("devon"))
    for path in (own(held), f"{own(held)}document/", own(held).replace(held.number, "C-0000-0000")):
        assert devon.get(path).status_code == 403
    assert devon.post(own(held), {"found_by_name": "no"}).status_code == 403
    assert Client().get(own(held)).status_code == 302


@pytest.mark.parametrize("who", OFFICERS)
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_every_officer_of_cases_reads_the_page(held: Certificate, story: stories.Story, who: str, prefix: str) -> None:
    answer = signed_in(story.person(who)).get(staff(held, prefix))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert held.number in page
    assert ('value="correct"' in page) == (who == "sam")
    assert ('value="name"' in page) == (who in {"sam", "tom"})


@pytest.mark.parametrize("who", ["robin", "maria", "devon"])
def test_others_do_not(held: Certificate, story: stories.Story, who: str) -> None:
    assert signed_in(story.person(who)).get(staff(held)).status_code == 403


def test_a_manager_suspends_and_both_times_can_be_asked(held: Certificate, story: stories.Story) -> None:
    sam = signed_in(story.person("sam"))
    today = timezone.localdate()
    before = today - timedelta(days=1)
    given = {"step": "correct", "correct-state": "suspended", "correct-because": "A finding."}
    given |= days("correct-first_on", before) | days("correct-last_on", today + timedelta(days=9))
    assert sam.post(staff(held), given).status_code == 302
    assert "Suspended" in words_of(sam.get(staff(held)))
    asked = days("past-on", before) | days("past-known_on", before)
    assert "In force On" in words_of(sam.get(staff(held), asked))
    asked = days("past-on", before) | days("past-known_on", today)
    assert "Suspended On" in words_of(sam.get(staff(held), asked))
    assert "Suspended" in words_of(Client().get(f"/verify/{held.number}/"))


def test_what_was_typed_stays_when_a_step_is_refused(held: Certificate, story: stories.Story) -> None:
    sam = signed_in(story.person("sam"))
    given = {"step": "correct", "correct-state": "suspended", "correct-because": "Kept words."}
    given |= days("correct-first_on", held.issued_on - timedelta(days=5)) | days("correct-last_on", held.issued_on)
    answer = sam.post(staff(held), given)
    assert answer.status_code == 409
    assert "Kept words." in answer.content.decode()
    assert "within the certificate" in words_of(answer)
    missing = sam.post(staff(held), {"step": "correct"})
    assert missing.status_code == 422


def test_steps_that_are_not_this_officers_are_not_there(held: Certificate, story: stories.Story) -> None:
    for who in ("ana", "pat", "tom"):
        given = {"step": "correct", "correct-state": "revoked", "correct-because": "Why."}
        assert signed_in(story.person(who)).post(staff(held), given).status_code in {403, 404}


def test_a_name_is_corrected_and_printed_anew(
    held: Certificate, story: stories.Story, run_jobs: Callable[..., list[str]]
) -> None:
    run_jobs()
    tom = signed_in(story.person("tom"))
    given = {"step": "name", "name-first": "秀英", "name-last": "Vega", "name-because": "court_order"}
    assert b"cannot be printed with these letters" in tom.post(staff(held), given).content
    given["name-first"] = "Mario"
    assert tom.post(staff(held), given).status_code == 302
    run_jobs()
    assert tom.get(f"{staff(held)}document/")["Content-Type"] == "application/pdf"
    assert "Mario Vega" in words_of(Client().get(f"/verify/{held.number}/"))


def test_an_officer_certifies_what_waits_for_one(story: stories.Story) -> None:
    case = stories.authorised(story)
    review.hold(case.pk, "identity_question", "Two records.", actor=story.actor("ana"), now=story.now)
    story.wait(days=14)
    case = stories.sat(story, case, "PASS")
    tom, path = signed_in(story.person("tom")), f"/staff/cases/{case.number}/certificate/"
    page = words_of(tom.get(path))
    assert "A hold stands on this case" in page
    refused = tom.post(path, {"step": "certify", "because": ""})
    assert refused.status_code == 409
    assert not Certificate.objects.filter(case=case).exists()
    case.case_holds.update(lifted_at=story.now, lifted_by=story.person("sam"))
    assert tom.post(path, {"step": "certify", "because": ""}).status_code == 302
    assert Certificate.objects.filter(case=case).count() == 1


def test_there_is_no_page_before_a_pass(story: stories.Story) -> None:
    case = stories.approved(story)
    assert signed_in(story.person("tom")).get(f"/staff/cases/{case.number}/certificate/").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_axe_finds_nothing_and_both_pages_fit(
    new_page: Any, live_site: str, run_jobs: Callable[..., list[str]], prefix: str
) -> None:
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    other = Certificate.objects.get(case=stories.certified(story, "devon"))
    task = merge.propose_retirement(other.pk, "By mistake.", actor=story.actor("sam"), now=story.now)
    story.wait(days=9)
    for one, on in ((held, other.issued_on), (other, day_of(story.now))):  # what two people have to decide
        specialize.record_specialization(one.pk, "justice", on, "Seen.", actor=story.actor("sam"), now=story.now)
    pages = (
        ("maria", own(held, prefix)), ("sam", staff(held, prefix)), ("sam", f"{staff(held, prefix)}take-off/"),
        ("sam", f"{staff(held, prefix)}take-off/?other={other.number}"), ("tom", f"{prefix}/staff/tasks/{task.pk}/"),
    )  # fmt: skip
    for who, path in pages:
        page = new_page(viewport={"width": 320, "height": 640})
        session = signed_in(story.person(who)).cookies["session"].value
        page.context.add_cookies([{"name": "session", "value": session, "url": live_site}])
        page.goto(path)
        if who == "sam":
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.browser
def test_the_document_appears_by_itself_and_downloads(
    new_page: Any, live_site: str, run_jobs: Callable[..., list[str]]
) -> None:
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    page = new_page()
    session = signed_in(held.person).cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": live_site}])
    page.goto(own(held))
    run_jobs()
    with page.expect_download() as download:
        page.click("text=Download the certificate")
    assert download.value.suggested_filename == f"certificate-{held.number}.pdf"
