"""Pages of a roster: sent, answered, watched, changed, asked of a past day; and what a holder sees of it."""

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from peercert import cli
from peercert.demo import partners
from peercert.gateways import files, keys
from peercert.program.casework.models import AuditEntry, Task
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.journey import keep_keys, maintain, organisations, past_rosters, rosters, watched
from peercert.program.journey.orphans import orphans
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import PastRoster, Roster, Watch
from peercert.rules.days import add_days, day_of
from tests import stories
from tests.journey.test_organisations import refused, who


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

    def past(self) -> PastRoster:
        """Omar asks for the files of today's roster."""
        today = day_of(self.story.now)
        return past_rosters.ask_past_roster(self.county.pk, today, None, language="en", **who(self.story, "omar"))

    def suspend(self, certificate: Certificate) -> None:
        today = day_of(self.story.now)
        maintain.correct_standing(
            certificate.pk, "suspended", today, add_days(today, 300), "K/1", **who(self.story, "sam")
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
    for word in ("to be confirmed", "Not matched", "MARIA Garcia Lopez", desk.maria.number, "=cmd()"):
        assert word in shown
    assert "María" not in shown
    assert "Nobody" not in desk.read(f"{page}?show=accepted").split("<table")[1]
    out = b"".join(desk.omar.get(desk.at(f"{page}file/")).streaming_content).decode("utf-8-sig")
    assert "'=cmd()" in out
    assert desk.maria.number not in out
    waits = "1 line of a roster waits for your yes or no."
    assert f'{page}?show=matched">{waits}' in desk.read("")
    assert desk.omar.post(desk.at(page), {"line": "3", "step": "yes"}).status_code == 302
    assert waits not in desk.read("")
    assert desk.omar.post(desk.at(page), {"line": "3", "step": "yes"}).status_code == 409
    for bad in ({"line": "99", "step": "yes"}, {"line": "x", "step": "yes"}, {"line": "3", "step": "maybe"}):
        assert desk.omar.post(desk.at(page), bad).status_code == 404
    assert "María García-López" in desk.read("roster/")


def test_whom_a_number_belongs_to_is_not_told_before_a_member_says_yes(desk: Desk, run_jobs: Any) -> None:
    roster = desk.send(f"number,last name\n{desk.maria.number},Smith\n".encode())
    run_jobs(only={"rosters.take"})
    page = f"rosters/{roster.uuid}/"
    shown = desk.read(page)
    assert ("Smith" in shown, desk.maria.number in shown, "Garc" in shown) == (True, True, False)
    out = b"".join(desk.omar.get(desk.at(f"{page}file/")).streaming_content).decode("utf-8-sig")
    assert ("Smith" in out, "Garc" in out) == (True, False)


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
    good_through = str(desk.devon.terms.get().last_on.year)
    assert good_through in desk.read("roster/").split("<table")[1]
    today = day_of(desk.story.now)
    maintain.correct_standing(desk.devon.pk, "revoked", today, None, "K-1", **who(desk.story, "sam"))
    assert good_through not in desk.read("roster/").split("<table")[1].split("</table")[0]


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
    assert "K/1" not in page
    table = b"".join(desk.omar.get(desk.at(f"changes/file/?since={today}&form=csv")).streaming_content).decode()
    lines = b"".join(desk.omar.get(desk.at(f"changes/file/?since={today}&form=jsonl")).streaming_content).decode()
    (told,) = [json.loads(line) for line in lines.splitlines()]
    assert (told["kind"], told["standing"], told["on"], told["name"]) == (
        "standing", "suspended", str(today), "María García-López",
    )  # fmt: skip
    assert told["id"] in table
    later = desk.omar.get(desk.at(f"changes/file/?since={add_days(today, 1)}&form=jsonl"))
    assert b"".join(later.streaming_content) == b""
    entries = AuditEntry.objects.filter(verb="changes_taken_along").order_by("pk")
    assert [(one.values["on"], one.values["people"]) for one in entries] == [
        (str(today), 1), (str(today), 1), (str(add_days(today, 1)), 0),
    ]  # fmt: skip
    maintain.correct_standing(desk.maria.pk, "revoked", today, None, "K-2", **who(desk.story, "sam"))
    lines = b"".join(desk.omar.get(desk.at(f"changes/file/?since={today}&form=jsonl")).streaming_content).decode()
    before, after = [json.loads(line) for line in lines.splitlines()]
    assert [(one["standing"], "last_on" in one) for one in (before, after)] == [("suspended", True), ("revoked", False)]
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


def test_the_roster_as_of_a_day_is_asked_and_the_question_is_written_down(desk: Desk) -> None:
    desk.watch(desk.maria, desk.devon)
    day = day_of(desk.story.now)
    desk.suspend(desk.maria)
    page = desk.read(f"as-of/?on={day}")
    for word in (desk.maria.number, desk.devon.number, "not certified", "Devon Carter", "2 people"):
        assert word in page
    entry = AuditEntry.objects.get(verb="roster_asked_of_a_day")
    assert (entry.actor, entry.values) == (
        desk.story.person("omar"), {"organisation": str(desk.county.uuid), "on": str(day), "people": 2},
    )  # fmt: skip
    desk.read(f"as-of/?on={day}&after={desk.maria.pk}")
    assert AuditEntry.objects.filter(verb="roster_asked_of_a_day").count() == 1
    assert "Nobody was on your roster" in desk.read(f"as-of/?on={add_days(day, -30)}")
    for bad in ("on=2999-01-01", f"on={day}&known_on={add_days(day, -1)}"):
        assert desk.omar.get(desk.at(f"as-of/?{bad}")).status_code == 422
    told = desk.read("history/")
    assert "The roster as of a day was asked for" in told
    assert "Omar" in told.split("2 people")[1].split("</tr>")[0]


def taken(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def packed(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_file_and_print_of_a_day_carry_the_same_signed_receipts(
    desk: Desk, run_jobs: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.watch(desk.maria, desk.devon)
    day = day_of(desk.story.now)
    desk.suspend(desk.maria)
    asked = desk.omar.post(desk.at("as-of/", "/es"), {"on": str(day)})
    page = asked["Location"]
    assert "se está haciendo" in desk.omar.get(page).content.decode()
    assert desk.omar.get(f"{page}file/").status_code == 404
    run_jobs(only={"rosters.make_past"})
    assert "lista" in desk.omar.get(page, headers={"HX-Request": "true"}).content.decode()
    file = packed(taken(desk.omar.get(f"{page}file/")))
    printed = text_of(taken(desk.omar.get(f"{page}print/")))

    receipts = [json.loads(line) for line in file["receipts.jsonl"].splitlines()]
    stored = {str(one.uuid): one.text for one in Receipt.objects.filter(organisation=desk.county)}
    assert {one["id"]: one["receipt"] for one in receipts} == stored
    rows = list(csv.reader(file[f"nomina-del-dia-{day}.csv"].decode("utf-8-sig").splitlines()))[1:]
    assert [(row[0], row[3]) for row in rows] == [
        (desk.maria.number, "sin certificado vigente"), (desk.devon.number, "certificado vigente"),
    ]  # fmt: skip
    assert [(row[-2], row[-1]) for row in rows] == [(one["id"], one["sha256"]) for one in receipts]
    digest = hashlib.sha256(file["receipts.jsonl"]).hexdigest()
    on_paper = "".join(printed.split())
    for word in (desk.maria.number, "DevonCarter", digest, *stored):
        assert word in on_paper
    assert digest in file["LEA-PRIMERO.txt"].decode()

    for name in ("receipts.jsonl", "receipt-keys.json"):
        (tmp_path / name).write_bytes(file[name])
    verify = ["receipt", "verify", str(tmp_path / "receipts.jsonl"), "--keys", str(tmp_path / "receipt-keys.json")]
    assert cli.main(verify) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["answer"]["is_certified"] for one in said] == [False, True]
    assert {one["question"]["certified_on"] for one in said} == {str(day)}
    assert [datetime.fromisoformat(one["known_since"]) for one in said] == [
        datetime.fromisoformat(row[4]) for row in rows
    ]  # fmt: skip
    first, second = file["receipts.jsonl"].splitlines()
    forged = json.loads(first)
    forged["receipt"] = forged["receipt"][:-4] + "AAAA"
    (tmp_path / "receipts.jsonl").write_bytes(json.dumps(forged).encode() + b"\n{}\n" + second)
    assert cli.main(verify) == 2
    out = capsys.readouterr()
    assert (len(out.out.splitlines()), "Line 1 is not genuine" in out.err, "Line 2" in out.err) == (1, True, True)
    verbs = AuditEntry.objects.filter(values__on=str(day)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["past_roster_asked", "past_roster_file_taken", "past_roster_paper_taken"]


def test_one_that_is_cut_off_goes_on_with_the_receipts_it_signed(desk: Desk, monkeypatch: Any) -> None:
    desk.watch(desk.maria, desk.devon)
    past = desk.past()
    with monkeypatch.context() as cut:
        cut.setattr(past_rosters.packing, "CHUNK", 1)
        cut.setattr(past_rosters.packing, "VOLUME", 1)
        cut.setattr(past_rosters.packing, "pack_print", lambda *given, **named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            past_rosters.make_past_roster(past.pk, now=desk.story.now)
        before = set(Receipt.objects.values_list("text", flat=True))
        assert "2 of 2" in desk.read(f"as-of/{past.uuid}/")
    monkeypatch.setattr(past_rosters.packing, "VOLUME", 1)
    keep_keys.rotate_key("receipt", compromised=False, actor=PROGRAM, now=desk.story.now)
    made = past_rosters.make_past_roster(past.pk, now=desk.story.now)
    assert set(Receipt.objects.values_list("text", flat=True)) == before
    assert (made.state, made.volumes) == ("made", 2)
    documents = packed(taken(desk.omar.get(desk.at(f"as-of/{past.uuid}/print/"))))
    assert [desk.maria.number in text_of(one) for one in documents.values()] == [True, False]
    assert past_rosters.make_past_roster(past.pk, now=desk.story.now).made_at == made.made_at


def test_files_whose_key_leaked_say_so_and_are_made_anew(desk: Desk) -> None:
    desk.watch(desk.maria)
    moment = timezone.now()
    asked = past_rosters.ask_past_roster(
        desk.county.pk, day_of(desk.story.now), None, language="en", actor=desk.story.actor("omar"), now=moment
    )
    past = past_rosters.make_past_roster(asked.pk, now=moment)
    at = f"as-of/{past.uuid}/"
    assert "prove nothing" not in desk.read(at)
    keep_keys.rotate_key("receipt", compromised=True, actor=PROGRAM, now=timezone.now())
    page = desk.read(at)
    assert "These receipts prove nothing any more" in page
    again = desk.omar.post(desk.at("as-of/"), {"on": past.on.isoformat(), "known_on": day_of(moment).isoformat()})
    made = past_rosters.make_past_roster(PastRoster.objects.latest("pk").pk, now=timezone.now())
    assert again.status_code == 302
    assert made.pk != past.pk
    assert "prove nothing" not in desk.read(f"as-of/{made.uuid}/")


def test_the_files_lie_sealed_and_are_removed_and_the_receipts_stay(
    desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    desk.watch(desk.maria)
    past = past_rosters.make_past_roster(desk.past().pk, now=desk.story.now)
    sealed = files.fetch(past.file)
    assert b"receipts.jsonl" not in sealed
    assert list(orphans(timezone.now() + timedelta(days=1))) == []
    for spoilt in (sealed[:-1], sealed[4:], sealed + sealed):
        path = files.store("past-rosters/spoilt", spoilt)
        with pytest.raises(keys.CannotOpen):
            list(files.fetch_sealed(path, f"past roster {past.uuid} file"))
        files.remove(path)
    with django_capture_on_commit_callbacks(execute=True):
        assert past_rosters.remove_old(now=desk.story.now + timedelta(days=91)) == 1
    with pytest.raises(FileNotFoundError):
        files.fetch(past.file)
    assert "were removed" in desk.read(f"as-of/{past.uuid}/")
    assert desk.omar.get(desk.at(f"as-of/{past.uuid}/file/")).status_code == 404
    assert Receipt.objects.count() == 1


def test_it_is_made_for_its_members_alone_under_an_agreement_and_not_without_end(desk: Desk, monkeypatch: Any) -> None:
    desk.watch(desk.maria)
    past = past_rosters.make_past_roster(desk.past().pk, now=desk.story.now)
    for key in ("noor", "maria", "sam"):
        for path in ("", "file/", "print/"):
            assert desk.walked_in(key).get(desk.at(f"as-of/{past.uuid}/{path}")).status_code == 404
    for _ in range(past_rosters.MOST_WAITING):
        waiting = desk.past()
    assert refused(desk.past) == "past_rosters_waiting"
    again = desk.omar.post(desk.at("as-of/"), {"on": str(past.on)})
    assert (again.status_code, "are being made already" in again.content.decode()) == (422, True)
    past_rosters.make_past_roster(waiting.pk, now=desk.story.now)
    monkeypatch.setattr(past_rosters, "figure", lambda name, on: type("F", (), {"value": 4}))
    assert refused(desk.past) == "past_rosters_used_up"
    agreement = desk.county.agreements.get()
    organisations.end_agreement(agreement.pk, "agreement_not_renewed", **who(desk.story, "sam"))
    assert refused(desk.past) == "may_not_watch"
    assert "ready" in desk.read("as-of/")


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
    en, es = (f'<span lang="{lang}"{{}}>{text}</span>' for lang, text in
              (("en", partners.COUNTY.text_en), ("es", partners.COUNTY.text_es)))  # fmt: skip
    quietly = ' class="pc-quiet"'
    assert en.format("") in read
    assert es.format(quietly) in read, "what the holder reads stands beside it"
    in_spanish = sam.get(f"/es/staff/tasks/{task.pk}/").content.decode()
    assert es.format("") in in_spanish
    assert partners.COUNTY.text_en not in in_spanish
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
