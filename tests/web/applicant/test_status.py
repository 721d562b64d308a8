"""The pages of an application after it was sent: status, what we ask, questions, the copy of everything."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from peercert import words
from peercert.demo.papers import paper
from peercert.program.casework.models import AuditEntry, Case, Document, DocumentPage, Question, Request
from peercert.program.journey import apply, destroy, documents, own_copy, review
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure
from peercert.web.applicant.download import MACHINE
from tests import stories
from tests.journey.test_answer import asked, closed_unanswered
from tests.stories import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def client(story: Story, who: str = "maria") -> Client:
    browser = Client()
    browser.force_login(story.person(who).account)
    return browser


def page(browser: Client, case: Case, name: str = "status/", lang: str = "") -> str:
    answer = browser.get(f"{lang}/apply/{case.uuid}/{name}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("live", [stories.submitted, stories.in_review, stories.approved, stories.certified])
def test_the_one_line_stands_on_the_page_in_both_languages(story: Story, live: Callable[..., Case]) -> None:
    from peercert.program.journey.whereabouts import whereabouts
    from peercert.web.doors import now

    case = live(story)
    where = whereabouts(case, now=now())
    browser = client(story)
    assert where.says("en") in page(browser, case)
    assert where.says("es") in page(browser, case, lang="/es")


def test_a_person_sees_no_officers_name_and_no_work_in_between(story: Story) -> None:
    case = stories.recommended(story)
    review.note(case.pk, "Looks fine to me.", actor=story.actor("ana"), now=story.now)
    shown = page(client(story), case)
    for hidden in ("Ruiz", "Recommendation", "Looks fine", "Check marked"):
        assert hidden not in shown


def test_anyone_elses_pages_are_refused(story: Story) -> None:
    case, _ = asked(story)
    browser = client(story, "devon")
    for name in ("status/", "request/", "ask/", "fees/", "withdraw/"):
        assert browser.get(f"/apply/{case.uuid}/{name}").status_code == 403, name


def test_answers_are_kept_item_by_item_and_sent_when_all_are_there(story: Story) -> None:
    case, request = asked(story)
    first, second = request.items.order_by("position")
    browser = client(story)
    at = f"/apply/{case.uuid}/request/"
    assert "2." in page(browser, case, "request/")
    kept = browser.post(at, {f"text_{second.pk}": "The school closed.", "save": "yes"})
    assert kept.status_code == 302
    assert "The school closed." in page(browser, case, "request/")
    early = browser.post(at, {f"text_{second.pk}": "The school closed.", "send": "yes"})
    assert early.status_code == 409
    assert "Still open: 1" in early.content.decode()
    photo = SimpleUploadedFile("id.jpg", stories.picture("again"), content_type="image/jpeg")
    sent = browser.post(at, {f"text_{second.pk}": "The school closed.", f"file_{first.pk}": photo, "send": "yes"})
    assert sent.status_code == 302
    assert Request.objects.get(pk=request.pk).outcome == "answered"
    assert browser.get(at).status_code == 302


def test_a_file_of_the_wrong_kind_keeps_every_other_answer(story: Story) -> None:
    case, request = asked(story)
    first, second = request.items.order_by("position")
    browser = client(story)
    wrong = SimpleUploadedFile("id.docx", b"PK\x03\x04 a document", content_type="image/jpeg")
    answer = browser.post(
        f"/apply/{case.uuid}/request/", {f"text_{second.pk}": "Here it is", f"file_{first.pk}": wrong, "send": "yes"}
    )
    assert answer.status_code == 422
    assert "Here it is" in answer.content.decode()
    second.refresh_from_db()
    assert second.answer == "Here it is"


def test_words_that_are_too_long_stay_on_the_page_and_lose_nothing_else(story: Story) -> None:
    case, request = asked(story)
    first, second = request.items.order_by("position")
    long = "It was so long ago. " * 250
    answer = client(story).post(
        f"/apply/{case.uuid}/request/", {f"text_{first.pk}": "On its way.", f"text_{second.pk}": long, "save": "yes"}
    )
    assert answer.status_code == 422
    assert long.strip() in answer.content.decode()
    first.refresh_from_db()
    assert first.answer == "On its way."


def test_a_request_that_ran_out_names_the_day_until_which_it_still_opens() -> None:
    story = Story(now=timezone.now() - timedelta(days=40))
    case, request = closed_unanswered(story)
    last = add_days(day_of(story.now), int(figure("request_reopen_days", day_of(story.now)).value))
    shown = page(client(story), case, "request/")
    assert words.day(last, "en") in shown
    assert words.day(request.due_on, "en") not in shown


def test_nothing_is_asked_for_an_application_that_was_taken_back(story: Story) -> None:
    case = stories.submitted(story)
    browser = client(story)
    assert "Still owed" in page(browser, case)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    assert "Still owed" not in page(browser, case)
    fees = page(browser, case, "fees/")
    assert "Send a check" not in fees
    assert "Not owed after all" in fees


def test_only_what_is_theirs_to_do_is_shown_as_such(story: Story) -> None:
    browser = client(story)
    case = stories.submitted(story)
    assert "pc-next" in page(browser, case)
    done = stories.certified(story, "devon")
    shown = page(client(story, "devon"), done)
    assert "pc-next" not in shown
    assert "See your certificate" in shown


def test_what_happened_names_each_document(story: Story) -> None:
    shown = page(client(story), stories.submitted(story))
    assert shown.split("What happened")[1].count("Photo of your ID") == 1


def test_a_question_is_asked_in_the_language_of_the_page(story: Story) -> None:
    case = stories.in_review(story)
    browser = client(story)
    assert browser.post(f"/es/apply/{case.uuid}/ask/", {"text": "¿Cuándo?"}).status_code == 302
    assert Question.objects.get().language == "es"
    assert "¿Cuándo?" in page(browser, case, lang="/es")
    assert browser.post(f"/apply/{case.uuid}/ask/", {"text": " "}).status_code == 422


def test_the_copy_holds_what_we_hold_and_no_keys(story: Story, run_jobs: Callable[..., list[str]]) -> None:
    case = stories.recommended(story)
    review.note(case.pk, "Looks fine to me.", actor=story.actor("ana"), now=story.now)
    browser = client(story)
    assert browser.get("/apply/copy/").status_code == 200
    answer = browser.post("/apply/copy/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    copy = json.loads(archive.read("about-me.json"))
    assert copy["notes"][0]["text"] == "Looks fine to me."
    assert copy["applications"][0]["last_name"] == "García-López"
    assert "wrapped_key" not in json.dumps(copy)
    assert "Ruiz" not in json.dumps(copy)
    given = [archive.read(name) for name in archive.namelist() if name.startswith("documents/")]
    assert paper("photo_id").content in given
    assert "García-López" in archive.read("about-me.html").decode()
    assert AuditEntry.objects.filter(verb="own_copy_taken", actor=story.person("maria")).count() == 1


def test_the_copy_holds_what_is_left_of_documents_and_nothing_that_did_not_pass(story: Story) -> None:
    won = stories.certified(story)
    case = stories.started(story, pathway="portability")
    documents.give_document(
        case.pk, kind="photo_id", name="new.jpg", content=stories.picture("waits"), actor=story.actor("maria"),
        now=story.now,
    )  # fmt: skip
    story.wait(days=400)
    destroy.destroy_evidence(story.now)
    kept = Document.objects.filter(case=won, destroyed_at=None)
    assert {document.sealed_path for document in kept} == {""}
    answer = client(story).post("/apply/copy/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    names = [name for name in archive.namelist() if name.startswith("documents/")]
    assert len(names) == DocumentPage.objects.filter(document__in=kept).count() > 0
    assert all(name.endswith(" page 1.jpg") for name in names)
    assert all(archive.read(name).startswith(b"\xff\xd8\xff") for name in names)


def test_everything_in_the_copy_has_its_name_in_both_languages() -> None:
    tables = {f"table_{heading}" for heading, _, _ in own_copy.TABLES}
    columns = {field.name for _, model, _ in own_copy.TABLES for field in model._meta.concrete_fields}
    named = set(words.catalogue("own_copy"))
    assert (tables | columns) - own_copy.LEFT_OUT - MACHINE <= named
    assert named <= tables | columns


def test_the_copy_is_read_in_the_readers_language(story: Story) -> None:
    stories.in_review(story)
    answer = client(story).post("/es/apply/copy/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    shown = archive.read("about-me.html").decode()
    assert "Lo que le pedimos" in shown or "Solicitudes" in shown
    assert "14 de marzo de 1988" in shown
    assert not re.search(r"True|False|\{|None|\+00:00", shown)


def test_the_copy_holds_nothing_of_anyone_else(story: Story) -> None:
    stories.in_review(story)
    stories.in_review(story, "devon")
    answer = client(story, "devon").post("/apply/copy/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert "García" not in archive.read("about-me.json").decode()
