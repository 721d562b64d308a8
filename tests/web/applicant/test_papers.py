"""Papers of a draft: given from a phone or without a script, judged, looked at, taken out again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from peercert.program.casework.models import Document
from peercert.program.journey import documents
from tests import stories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(story, signed_in):
    case = stories.started(story)
    return case, signed_in(story.person("maria"))


def photo(name="id.jpg"):
    return SimpleUploadedFile(name, stories.picture("ID"), content_type="image/jpeg")


def page_of(case, slug="photo-id"):
    return reverse("applicant:question_group", args=[case.uuid, slug])


def papers_of(case, kind="photo_id"):
    return reverse("applicant:papers", args=[case.uuid, kind])


HTMX = {"HX-Request": "true"}


def test_a_photo_sent_by_script_waits_then_passes(draft, story):
    case, client = draft
    answer = client.post(papers_of(case), {"paper_photo_id": photo()}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "We are looking at it" in text
    assert 'hx-trigger="every 2s"' in text
    documents.judge(Document.objects.get().pk, now=story.now)
    text = client.get(papers_of(case), headers=HTMX).content.decode()
    assert "Received" in text
    assert "hx-trigger" not in text
    page = reverse("applicant:document_page", args=[Document.objects.get().uuid, 1])
    assert page in text
    assert client.get(page)["Content-Type"] == "image/jpeg"


def test_without_a_script_answers_and_photo_go_together(draft):
    case, client = draft
    answer = client.post(page_of(case), {"go": "on", "id_kind": "tribal_id", "paper_photo_id": photo()})
    assert answer.status_code == 302
    case.application.refresh_from_db()
    assert case.application.id_kind == "tribal_id"
    assert Document.objects.get(case=case).kind == "photo_id"


def test_a_photo_sent_by_its_own_button_keeps_the_answers_and_stays(draft):
    case, client = draft
    answer = client.post(page_of(case), {"send": "photo_id", "id_kind": "state_id", "paper_photo_id": photo()})
    assert answer["Location"] == page_of(case)
    case.application.refresh_from_db()
    assert case.application.id_kind == "state_id"


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"hello, I am a text", "We can read photos"), (b"MZ\x90\x00" + b"x" * 99, "We can read photos")],
)
def test_a_file_that_cannot_be_taken_is_refused_in_one_sentence_and_the_answers_are_kept(draft, content, says):
    case, client = draft
    file = SimpleUploadedFile("id.jpg", content, content_type="image/jpeg")
    answer = client.post(page_of(case), {"go": "on", "id_kind": "military_id", "paper_photo_id": file})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    case.application.refresh_from_db()
    assert case.application.id_kind == "military_id"
    assert not Document.objects.exists()
    file.seek(0)
    answer = client.post(papers_of(case), {"paper_photo_id": file}, headers=HTMX)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_a_file_that_is_far_too_large_is_counted_not_kept_and_the_answers_are(draft, settings):
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"  # nothing unsealed is laid on a disk
    case, client = draft
    huge = SimpleUploadedFile("film.jpg", stories.picture() + bytes(40 * 1024 * 1024), content_type="image/jpeg")
    answer = client.post(page_of(case), {"go": "on", "id_kind": "military_id", "paper_photo_id": huge})
    assert answer.status_code == 422
    assert "larger than 15 MB" in answer.content.decode()
    case.application.refresh_from_db()
    assert case.application.id_kind == "military_id"
    assert not Document.objects.exists()


def test_more_files_than_any_form_takes_are_not_held(draft):
    case, client = draft
    many = [SimpleUploadedFile("a.jpg", bytes(15 * 1024 * 1024), content_type="image/jpeg") for _ in range(6)]
    answer = client.post(page_of(case), {"go": "on", "paper_photo_id": many})
    assert answer.status_code == 413
    assert "choose a smaller size" in answer.content.decode()
    assert not Document.objects.exists()


def test_a_refused_file_says_how_to_mend_it_and_another_is_asked(draft, story):
    case, client = draft
    broken = SimpleUploadedFile("id.jpg", stories.picture()[:300], content_type="image/jpeg")
    client.post(papers_of(case), {"paper_photo_id": broken}, headers=HTMX)
    documents.judge(Document.objects.get().pk, now=story.now)
    text = client.get(page_of(case)).content.decode()
    assert "Needs another file" in text
    assert "Send it again, or take a photo of the paper" in text
    check = client.get(reverse("applicant:check", args=[case.uuid])).content.decode()
    assert "we could not use the file. Send another one." in check


def test_a_paper_is_taken_out(draft, story):
    case, client = draft
    document = stories.give(story, case, "photo_id")
    answer = client.post(page_of(case), {"remove": str(document.uuid), "id_kind": "state_id"})
    assert answer.status_code == 302
    assert document.name not in client.get(page_of(case)).content.decode()
    assert client.post(page_of(case), {"remove": "nonsense"}).status_code == 403


def test_nobody_elses_paper_is_taken_out(draft, story):
    case, client = draft
    theirs = stories.give(story, stories.started(story, "devon"), "photo_id", "devon")
    client.post(page_of(case), {"remove": str(theirs.uuid)})
    theirs.refresh_from_db()
    assert theirs.replaced_at is None


def test_no_schooling_asks_for_no_paper(draft):
    case, client = draft
    assert "paper_education" in client.get(page_of(case, "education")).content.decode()
    client.post(page_of(case, "education"), {"go": "on", "education_kind": "none"})
    assert "paper_education" not in client.get(page_of(case, "education")).content.decode()


def test_an_unknown_kind_of_paper_is_not_there(draft):
    case, client = draft
    assert client.get(papers_of(case, "accommodation_form")).status_code == 404
    assert client.get(papers_of(case)).status_code == 302
