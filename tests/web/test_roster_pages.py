"""Pages of a roster: sent, answered, watched, changed, asked of a past day; and what a holder sees of it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from peercert.demo import partners
from peercert.program.casework.models import Task
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain, rosters, watched
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import Roster, Watch
from peercert.rules.days import add_days, day_of
from tests import stories
from tests.journey.test_organisations import who


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any) -> Iterator[stories.Story]:
    """María and Devon certified twenty days ago, a county and an employer with an agreement; undone at the end."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        story = stories.Story(now=timezone.now() - timedelta(days=60))
        stories.certified(story)
        stories.certified(story, "devon")
        partners.county(story)
        partners.employer(story)
        story.wait(days=1)
        yield story
        transaction.set_rollback(True)


class Desk:
    """Omar of the county at his desk."""

    def __init__(self, story: stories.Story) -> None:
        self.story = deepcopy(story)
        self.maria, self.devon = Certificate.objects.order_by("pk")
        self.county = Organisation.objects.get(kind="county")
        self.omar = self.walked_in("omar")

    def walked_in(self, key: str) -> Client:
        browser = Client()
        browser.post("/demo/walk-in/", {"who": str(self.story.person(key).uuid)})
        return browser

    def at(self, path: str, language: str = "") -> str:
        return f"{language}/partner/{self.county.uuid}/{path}"

    def send(self, content: bytes, name: str = "staff.csv", replaces: str = "no") -> Roster:
        file = SimpleUploadedFile(name, content)
        answer = self.omar.post(self.at("rosters/"), {"file": file, "replaces": replaces})
        assert answer.status_code == 302, answer.content.decode()
        return Roster.objects.latest("pk")

    def read(self, path: str) -> str:
        answer = self.omar.get(self.at(path))
        assert answer.status_code == 200, path
        return answer.content.decode()

    def watch(self, *certificates: Certificate) -> None:
        for one in certificates:
            rosters.watch(self.county.pk, one.number, **who(self.story, "omar"))
        self.story.wait(minutes=1)

    def suspend(self, certificate: Certificate) -> None:
        today = day_of(self.story.now)
        maintain.correct_standing(
            certificate.pk, "suspended", today, add_days(today, 300), "K-1", **who(self.story, "sam")
        )


@pytest.fixture
def desk(lived: stories.Story, db: None) -> Desk:
    return Desk(lived)


def text_of(pdf: bytes) -> str:
    return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_a_roster_is_sent_answered_by_the_worker_and_each_match_confirmed(desk: Desk, run_jobs: Any) -> None:
    maria = desk.maria.person
    rows = ["number,first,last,date of birth", f"{desk.devon.number},,,", f",MARIA,Garcia Lopez,{maria.born_on}",
            ",=cmd(),Nobody,1990-01-01"]  # fmt: skip
    roster = desk.send("\n".join(rows).encode())
    page = f"rosters/{roster.uuid}/"
    assert "being read" in desk.read(page)
    run_jobs(only={"rosters.take"})
    shown = desk.read(page)
    for word in ("to be confirmed", "Not matched", "María García-López", desk.maria.number, "=cmd()"):
        assert word in shown
    assert "Nobody" not in desk.read(f"{page}?show=accepted").split("<table")[1]
    out = b"".join(desk.omar.get(desk.at(f"{page}file/")).streaming_content).decode("utf-8-sig")
    assert "'=cmd()" in out
    assert desk.maria.number not in out
    assert desk.omar.post(desk.at(page), {"line": "3", "step": "yes"}).status_code == 302
    assert desk.omar.post(desk.at(page), {"line": "3", "step": "yes"}).status_code == 409
    for bad in ({"line": "99", "step": "yes"}, {"line": "x", "step": "yes"}, {"line": "3", "step": "maybe"}):
        assert desk.omar.post(desk.at(page), bad).status_code == 404
    assert "María García-López" in desk.read("roster/")


def test_a_workbook_is_a_roster_too_and_what_is_none_is_told_beside_the_field(desk: Desk, run_jobs: Any) -> None:
    book, out = openpyxl.Workbook(), BytesIO()
    for row in (["Número de certificado", "NPI"], [desk.maria.number, None], [None, 1234567890]):
        book.active.append(row)
    book.save(out)
    roster = desk.send(out.getvalue(), "personal.xlsx", replaces="yes")
    run_jobs(only={"rosters.take"})
    roster.refresh_from_db()
    assert (roster.state, roster.accepted, roster.refused) == ("taken", 1, 1)
    empty = desk.omar.post(desk.at("rosters/"), {"file": SimpleUploadedFile("x.csv", b""), "replaces": "no"})
    assert (empty.status_code, "The file is empty" in empty.content.decode()) == (422, True)
    nothing = desk.omar.post(desk.at("rosters/"), {})
    assert (nothing.status_code, nothing.content.decode().count("Choose")) >= (422, 2)


def test_nobody_else_sees_that_there_is_a_roster(desk: Desk) -> None:
    roster = desk.send(b"number\n1\n")
    for key in ("noor", "maria", "sam"):
        for path in ("roster/", "rosters/", f"rosters/{roster.uuid}/", "changes/", "as-of/"):
            assert desk.walked_in(key).get(desk.at(path)).status_code == 404
    assert Client().get(desk.at("roster/")).status_code == 302


def test_one_is_watched_by_number_found_by_name_and_stopped(desk: Desk) -> None:
    wrong = desk.omar.post(desk.at("roster/"), {"step": "watch", "number": "C-0000-0001"})
    assert (wrong.status_code, "No certificate has this number" in wrong.content.decode()) == (409, True)
    for one in (desk.maria, desk.devon):
        assert desk.omar.post(desk.at("roster/"), {"step": "watch", "number": one.number.lower()}).status_code == 302
    for typed, there in (("garcia", True), ("lopez maria", True), ("gar", False), (desk.maria.number, True)):
        page = desk.read(f"roster/?q={typed}").split("<main")[1]
        assert (desk.maria.number in page.split('name="q"')[1], desk.devon.number in page) == (there, False), typed
    watch = Watch.objects.get(certificate=desk.maria)
    assert desk.omar.post(desk.at("roster/"), {"step": "stop", "watch": str(watch.uuid)}).status_code == 302
    assert desk.maria.number not in desk.read("roster/")
    assert desk.omar.post(desk.at("roster/"), {"step": "stop", "watch": "x"}).status_code == 404


def test_lists_cost_as_many_reads_however_long_they_are(desk: Desk) -> None:
    def counted(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.read(path)
        return len(asked)

    day = day_of(desk.story.now)
    paths = ["roster/", "changes/", f"as-of/?on={day}"]
    desk.watch(desk.maria)
    desk.suspend(desk.maria)
    few = [counted(path) for path in paths]
    desk.watch(desk.devon)
    desk.suspend(desk.devon)
    assert [counted(path) for path in paths] == few


def test_changes_are_read_on_the_page_and_taken_along_since_a_day(desk: Desk) -> None:
    desk.watch(desk.maria)
    today = day_of(desk.story.now)
    desk.suspend(desk.maria)
    page = desk.read("changes/")
    assert "suspended" in page.lower()
    assert "María García-López" in page
    assert "K-1" not in page
    csv = b"".join(desk.omar.get(desk.at(f"changes/file/?since={today}&form=csv")).streaming_content).decode()
    lines = b"".join(desk.omar.get(desk.at(f"changes/file/?since={today}&form=jsonl")).streaming_content).decode()
    (told,) = [json.loads(line) for line in lines.splitlines()]
    assert (told["kind"], told["standing"], told["on"], told["name"]) == (
        "standing", "suspended", str(today), "María García-López",
    )  # fmt: skip
    assert told["id"] in csv
    later = desk.omar.get(desk.at(f"changes/file/?since={add_days(today, 1)}&form=jsonl"))
    assert b"".join(later.streaming_content) == b""
    for bad in ("", "?since=x&form=csv", "?since=2999-01-01&form=csv", f"?since={today}&form=pdf"):
        assert desk.omar.get(desk.at(f"changes/file/{bad}")).status_code == 422


def test_a_watch_that_ended_leaves_the_number_and_no_name(desk: Desk) -> None:
    desk.watch(desk.maria)
    desk.suspend(desk.maria)
    rosters.stop_watching(desk.county.pk, Watch.objects.get().uuid, **who(desk.story, "omar"))
    page = desk.read("changes/")
    assert desk.maria.number in page
    assert "García" not in page
    assert "García" not in desk.read(f"as-of/?on={day_of(desk.story.now)}")


def test_the_roster_as_of_a_day_is_shown_filed_and_printed_alike(desk: Desk) -> None:
    desk.watch(desk.maria, desk.devon)
    day = day_of(desk.story.now)
    desk.suspend(desk.maria)
    asked = f"on={day}"
    page = desk.read(f"as-of/?{asked}")
    csv = b"".join(desk.omar.get(desk.at(f"as-of/file/?{asked}")).streaming_content).decode()
    printed = desk.omar.get(desk.at(f"as-of/print/?{asked}"))
    assert printed["Content-Type"] == "application/pdf"
    for said in (page, csv, text_of(printed.content)):
        for word in (desk.maria.number, desk.devon.number, "not certified", "Devon Carter"):
            assert word in said
    before = desk.read(f"as-of/?on={day}&known_on={add_days(day, -1)}")
    assert "not certified" not in before
    assert "Nobody was on your roster" in desk.read(f"as-of/?on={add_days(day, -30)}")
    assert desk.omar.get(desk.at("as-of/?on=2999-01-01")).status_code == 422
    for path in ("as-of/file/", "as-of/print/"):
        assert desk.omar.get(desk.at(path)).status_code == 422


def test_a_holder_sees_who_watches_and_why_and_objects_and_an_officer_reads_it(desk: Desk) -> None:
    desk.watch(desk.maria)
    maria = desk.walked_in("maria")
    at = f"/es/apply/certificates/{desk.maria.number}/watchers/"
    page = maria.get(at).content.decode()
    assert partners.COUNTY.name in page
    assert partners.COUNTY.text_es in page
    watch = Watch.objects.get()
    assert "No tiene que decirlo" in maria.get(f"{at}?watch={watch.uuid}").content.decode()
    sent = maria.post(at, {"watch": str(watch.uuid), "text": "Nunca trabajé ahí."}, follow=True)
    assert "Usted se opuso" in sent.content.decode()
    assert maria.post(at, {"watch": str(watch.uuid)}).status_code == 409
    assert maria.post(at, {"watch": "x"}).status_code == 404
    assert desk.walked_in("devon").get(at).status_code == 403
    task = Task.objects.get(kind="objection")
    sam = desk.walked_in("sam")
    read = sam.get(f"/staff/tasks/{task.pk}/").content.decode()
    for word in (partners.COUNTY.name, "Nunca trabajé ahí.", "the watch goes on"):
        assert word in read
    sam.post(f"/staff/tasks/{task.pk}/", {"outcome": "objection_upheld", "because": "Never there."})
    assert partners.COUNTY.name not in maria.get(at).content.decode()


def test_a_holder_enters_an_npi_and_officers_see_and_mend_it(desk: Desk) -> None:
    maria, at = desk.walked_in("maria"), f"/apply/certificates/{desk.maria.number}/npi/"
    today = str(day_of(timezone.now()))
    wrong = maria.post(at, {"npi": "1234567890", "first_on": today})
    assert (wrong.status_code, "check digit" in wrong.content.decode()) == (422, True)
    assert 'value="1234567890"' in wrong.content.decode()
    assert maria.post(at, {"npi": "123 456 7893", "first_on": today}).status_code == 302
    assert "1234567893" in maria.get(at).content.decode()
    sam = desk.walked_in("sam")
    staff = f"/staff/cases/{desk.maria.case.number}/certificate/"
    assert "1234567893" in sam.get(staff).content.decode()
    missing = sam.post(staff, {"step": "npi", "npi-how": "until"})
    assert missing.status_code == 422
    assert sam.post(staff, {"step": "npi", "npi-how": "never"}).status_code == 302
    assert "taken back" in maria.get(at).content.decode()


def test_holders_are_told_by_the_worker(desk: Desk, run_jobs: Any) -> None:
    desk.watch(desk.maria)
    run_jobs(only={"rosters.tell_holders"})
    assert watched.tell_holders(now=timezone.now()) == 0
    assert Watch.objects.get().told_at is not None
