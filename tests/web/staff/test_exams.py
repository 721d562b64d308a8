"""The exam pages of officers, as every role: files that go and come, accommodations, every difference."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from peercert.gateways import exam_vendor
from peercert.program.casework.models import AuditEntry, Case, Opening, Task
from peercert.program.determinations.models import Determination
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation, ExamAuthorisation, ExamFile
from peercert.program.journey import accommodate, exam_files
from peercert.program.notices.models import Letter
from peercert.program.people.models import DeclaredInterest
from tests import stories
from tests.stories import (
    Story,
    authorised,
    certified,
    ready_to_sit,
    sat,
    vendor_file,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db
OFFICERS = ("ana", "tom", "li", "grace", "sam", "pat", "robin")
SEE = {"li", "sam", "pat"}


@pytest.fixture
def story() -> Story:
    """A story that began two months ago, so that its present lies before the pages' own."""
    return Story(now=timezone.now() - timedelta(days=60))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def signed_in(story: Story, who: str) -> Client:
    client = Client()
    client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def li(story: Story) -> Client:
    return signed_in(story, "li")


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(f"staff:{name}", args=args), query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def upload(content: bytes, name: str = "vendor.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def undecided(story: Story, who: str = "maria") -> Case:
    case = ready_to_sit(story, who)
    accommodate.answer_accommodation(
        case.pk, is_needed=True, needs="A reader, please", actor=story.actor(who), now=story.now
    )
    return case


# --- who opens what


@pytest.mark.parametrize("who", OFFICERS)
def test_every_role_gets_its_answer_on_every_page(story: Story, who: str) -> None:
    case = authorised(story)
    sent = exam_files.export_file(actor=story.actor("li"), now=story.now)
    came = vendor_told(story, vendor_line(story, case, "BOOKED", as_of=story.now))
    client = signed_in(story, who)
    for name, args in (
        ("exams", []),
        ("exam_authorisations", []),
        ("exam_case", [case.number]),
        ("exam_file", [sent.uuid]),
        ("exam_file", [came.uuid]),
    ):
        for language in ("en", "es"):
            with translation.override(language):
                url = reverse(f"staff:{name}", args=args)
            assert client.get(url).status_code == (200 if who in SEE else 403), url
    translation.activate("en")
    for name, args in (("exam_compare", []), ("exam_file_download", [sent.uuid])):
        assert client.get(reverse(f"staff:{name}", args=args)).status_code == (200 if who == "li" else 403)
    held = queries.open_authorisation(case)
    assert held is not None
    for name, args in (
        ("exam_export", []),
        ("exam_import", []),
        ("exam_try_again", [came.uuid]),
        ("exam_step", [case.number, "cancel"]),
        ("exam_tell_again", [held.number]),
    ):
        answer = client.post(reverse(f"staff:{name}", args=args))
        assert (answer.status_code == 403) == (who != "li"), name


def test_strangers_and_applicants_find_no_door(story: Story) -> None:
    case = authorised(story)
    names: list[tuple[str, list[Any]]] = [
        ("exams", []), ("exam_authorisations", []), ("exam_case", [case.number]), ("exam_compare", []),
    ]  # fmt: skip
    for name, args in names:
        url = reverse(f"staff:{name}", args=args)
        assert Client().get(url).status_code == 302
        assert signed_in(story, "maria").get(url).status_code == 403


def test_an_officer_with_an_interest_in_the_person_sees_nothing_of_the_exam(story: Story, li: Client) -> None:
    case = undecided(story)
    DeclaredInterest.objects.create(officer=story.person("li"), about=case.person, declared_at=story.now)
    assert li.get(reverse("staff:exam_case", args=[case.number])).status_code == 403
    assert AuditEntry.objects.filter(verb="refused_for_interest").exists()


# --- accommodations


def test_what_was_asked_is_read_by_exam_officers_alone_and_each_reading_is_recorded(story: Story, li: Client) -> None:
    case = undecided(story)
    assert "A reader, please" not in page(li, "exam_case", case.number)
    assert not Opening.objects.filter(case=case, purpose="accommodation").exists()
    assert "A reader, please" in page(li, "exam_case", case.number, show="needs")
    assert Opening.objects.filter(case=case, purpose="accommodation").count() == 1
    for who in ("sam", "pat"):
        answer = signed_in(story, who).get(reverse("staff:exam_case", args=[case.number]), {"show": "needs"})
        assert "A reader, please" not in answer.content.decode()
        assert "Accommodation to decide" not in page(signed_in(story, who), "exams")


def test_codes_of_an_accommodation_are_shown_to_exam_officers_alone(story: Story, li: Client) -> None:
    case = undecided(story)
    li.post(reverse("staff:exam_step", args=[case.number, "decide"]), {"outcome": "granted", "codes": "READER"})
    sent = exam_files.export_file(actor=story.actor("li"), now=story.now)
    assert "READER" in page(li, "exam_case", case.number)
    assert "READER" in page(li, "exam_file", sent.uuid)
    for who in ("sam", "pat"):
        client = signed_in(story, who)
        for name, args in (("exam_case", [case.number]), ("exam_file", [sent.uuid]), ("exam_authorisations", [])):
            assert "READER" not in page(client, name, *args)


def test_a_decision_is_recorded_from_the_page(story: Story, li: Client) -> None:
    case = undecided(story)
    assert "Accommodation to decide" in page(li, "exams")
    url = reverse("staff:exam_step", args=[case.number, "decide"])
    answer = li.post(url, {"outcome": "granted", "codes": "extra time"})
    assert answer.status_code == 302
    assert queries.vendor_codes(case) == "EXTRA;TIME"
    assert "Accommodation to decide" not in page(li, "exams")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({}, 422, "Choose one of the answers."),
        ({"outcome": "granted", "codes": "50%"}, 409, "Write the vendor&#x27;s codes with capital letters"),
        ({"outcome": "granted", "codes": ""}, 409, "Enter at least one of the vendor&#x27;s codes"),
        ({"outcome": "refused", "reason": ""}, 409, "Choose one of the reasons."),
        ({"outcome": "refused", "reason": "form_missing"}, 409, "ask the person for it first"),
    ],
)
def test_a_decision_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    story: Story, li: Client, typed: dict[str, str], status: int, sentence: str
) -> None:
    case = undecided(story)
    answer = li.post(reverse("staff:exam_step", args=[case.number, "decide"]), typed)
    assert answer.status_code == status
    text = answer.content.decode()
    assert sentence in text
    if typed.get("codes"):
        assert f'value="{typed["codes"]}"' in text
    assert Accommodation.objects.get(case=case).outcome == ""


def test_the_person_is_asked_for_the_form_from_the_page(story: Story, li: Client) -> None:
    story.now = timezone.now()
    case = undecided(story)
    answer = li.post(reverse("staff:exam_step", args=[case.number, "ask"]), {"reason": "form_missing"})
    assert answer.status_code == 302
    assert case.letters.filter(code="accommodation_more").count() == 1
    assert "we wait for the person" in page(li, "exam_case", case.number)


# --- by hand


def test_an_authorisation_is_taken_back_and_given_again_by_hand(story: Story, li: Client) -> None:
    case = authorised(story)
    assert li.post(reverse("staff:exam_step", args=[case.number, "cancel"]), {"reason": "mistake"}).status_code == 302
    assert "Authorize by hand" in page(li, "exam_case", case.number)
    answer = li.post(reverse("staff:exam_step", args=[case.number, "authorise"]), {"because": ""})
    assert answer.status_code == 422
    li.post(reverse("staff:exam_step", args=[case.number, "authorise"]), {"because": "It was right after all."})
    assert queries.open_authorisation(case) is not None


# --- files


def test_a_file_is_made_downloaded_and_the_same_the_second_time(story: Story, li: Client) -> None:
    authorised(story)
    assert "1 to tell: 1 new, 0 changed, 0 canceled." in page(li, "exams")
    answer = li.post(reverse("staff:exam_export"), follow=True)
    assert "The file is made, with 1 record." in answer.content.decode()
    file = ExamFile.objects.get(kind="export")
    url = reverse("staff:exam_file_download", args=[file.uuid])
    first, second = li.get(url), li.get(url)
    assert first.content == second.content
    assert exam_vendor.kind_and_lines(exam_vendor.decode(first.content))[0] == "authorisations"
    assert first.headers["Content-Disposition"].endswith('.txt"')
    assert "There is nothing new to tell." in li.post(reverse("staff:exam_export"), follow=True).content.decode()
    assert ExamFile.objects.count() == 1


def test_a_file_from_the_vendor_is_taken_and_each_record_answered(
    story: Story, li: Client, run_jobs: Callable[..., list[str]]
) -> None:
    case = authorised(story)
    story.wait(days=5)
    content = vendor_file(vendor_line(story, case, "FAIL"), "not a record")
    answer = li.post(reverse("staff:exam_import"), {"file": upload(content)}, follow=True)
    assert "2 records have no answer yet" in answer.content.decode()
    run_jobs(only={"exams.take_rows"})
    file = ExamFile.objects.get(kind="import")
    text = page(li, "exam_file", file.uuid)
    assert "1 accepted, 0 known already, 1 not taken." in text
    assert "The line does not have the fields of this file." in text
    assert "hx-get" not in text.partition('id="records"')[2].partition(">")[0]
    assert "not a record" not in page(li, "exam_file", file.uuid, show="accepted")
    again = li.post(reverse("staff:exam_import"), {"file": upload(content, "again.txt")}, follow=True)
    assert "This file is here already." in again.content.decode()
    assert ExamFile.objects.count() == 1


def test_an_htmx_request_gets_the_records_alone(story: Story, li: Client) -> None:
    case = authorised(story)
    file = vendor_told(story, vendor_line(story, case, "BOOKED"))
    url = reverse("staff:exam_file", args=[file.uuid])
    answer = li.get(url, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="records"')


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"\xff", "not text in UTF-8"),
        (b"NAME,DATE\n", "is not one that we know"),
        (vendor_file()[:-6], "it was cut off on its way"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_beside_the_field(
    story: Story, li: Client, content: bytes, sentence: str
) -> None:
    answer = li.post(reverse("staff:exam_import"), {"file": upload(content)})
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert not ExamFile.objects.exists()


def test_no_file_at_all_is_asked_for(story: Story, li: Client) -> None:
    answer = li.post(reverse("staff:exam_import"), {})
    assert answer.status_code == 422
    assert "Choose the vendor&#x27;s file." in answer.content.decode()


def test_records_that_were_not_taken_are_tried_again_from_the_page(
    story: Story, li: Client, run_jobs: Callable[..., list[str]]
) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    ExamAuthorisation.objects.filter(pk=held.pk).update(candidate_id="OTHER")
    line = vendor_line(story, case, "BOOKED")
    ExamAuthorisation.objects.filter(pk=held.pk).update(candidate_id=held.candidate_id)
    file = vendor_told(story, line)
    assert file.refused == 1
    ExamAuthorisation.objects.filter(pk=held.pk).update(candidate_id="OTHER")
    li.post(reverse("staff:exam_try_again", args=[file.uuid]))
    run_jobs(only={"exams.take_rows"})
    file.refresh_from_db()
    assert (file.accepted, file.refused) == (1, 0)


# --- lists


def test_authorisations_are_found_by_every_number_and_by_name(story: Story, li: Client) -> None:
    case, other = authorised(story), authorised(story, "devon")
    held = queries.open_authorisation(case)
    assert held is not None
    for text in (held.number.lower(), held.candidate_id.lower(), case.number, "garcia lopez", "maria@example.com"):
        found = page(li, "exam_authorisations", q=text)
        assert str(case.number) in found, text
        assert str(other.number) not in found, text
    assert "Nothing was found" in page(li, "exam_authorisations", q="Nobody")


def test_filters_show_where_authorisations_stand(story: Story, li: Client) -> None:
    booked, used = authorised(story), authorised(story, "devon")
    vendor_told(
        story, vendor_line(story, booked, "BOOKED", starts_at=timezone.now() + timedelta(days=3), as_of=story.now)
    )
    story.wait(days=3)
    sat(story, used, "FAIL", appointment="V2")
    for show, here, gone in (("booked", booked, used), ("used", used, booked), ("open", booked, used)):
        text = page(li, "exam_authorisations", show=show)
        assert str(here.number) in text, show
        assert str(gone.number) not in text, show
    assert "None here" in page(li, "exam_authorisations", show="cancelled")


def test_the_exam_of_a_case_shows_every_word_of_the_vendor(story: Story, li: Client) -> None:
    case = authorised(story)
    story.wait(days=5)
    start = story.now
    sat(story, case, "FAIL", scores=(61, 62, 63, 64, 65, 66, 67, 68))
    story.wait(days=1)
    vendor_told(story, vendor_line(story, case, "VENDOR_FAILURE", starts_at=start, as_of=story.now))
    text = page(li, "exam_case", case.number)
    assert "<s>Not passed</s>" in text
    assert "<strong>Could not be held</strong>" in text
    assert "Crisis Management: 68" in text
    assert "Fresno 5521" in text


def test_a_changed_result_waits_on_the_page(story: Story, li: Client) -> None:
    case = certified(story)
    start = story.now
    story.wait(days=2)
    line = vendor_line(story, case, "FAIL", appointment=f"V-{case.pk}", starts_at=start, as_of=story.now)
    vendor_told(story, line)
    task = Task.objects.get(kind="changed_result")
    text = page(li, "exams")
    assert "The vendor changed a result" in text
    assert reverse("staff:task", args=[task.pk]) in text


# --- both sides compared


def test_a_comparison_shows_each_difference_and_tells_again(story: Story, li: Client) -> None:
    case = authorised(story)
    exam_files.export_file(actor=story.actor("li"), now=story.now)
    held = queries.open_authorisation(case)
    assert held is not None
    header = "|".join(exam_vendor.HOLDINGS)
    line = f"{held.number}|{held.candidate_id}|María||Garcia|{held.valid_from}|{held.valid_through}||OPEN|||"
    answer = li.post(reverse("staff:exam_compare"), {"file": upload(f"{header}\n{line}\nEND|1\n".encode())})
    text = answer.content.decode()
    assert "1 difference; the vendor holds 1 authorizations." in text
    assert "María García-López" in text
    assert "Tell the vendor again" in text
    li.post(reverse("staff:exam_tell_again", args=[held.number]))
    assert "1 changed" in page(li, "exams")
    right = line.replace("|Garcia|", "|García-López|")
    answer = li.post(reverse("staff:exam_compare"), {"file": upload(f"{header}\n{right}\nEND|1\n".encode())})
    assert "Both sides hold the same" in answer.content.decode()


def test_a_file_that_is_no_holding_is_said_so(story: Story, li: Client) -> None:
    answer = li.post(reverse("staff:exam_compare"), {"file": upload(vendor_file())})
    assert answer.status_code == 409
    assert "not the vendor&#x27;s file of everything it holds" in answer.content.decode()


def test_that_an_accommodation_was_asked_for_is_told_to_exam_officers_alone(story: Any, at: Any) -> None:
    case = stories.ready_to_sit(story, "devon", "reciprocity")
    stories.accommodation_asked(story, "devon", case)
    accommodate.decide_accommodation(case.pk, outcome="granted", codes="EXTRA", actor=story.actor("li"), now=story.now)
    letter = Letter.objects.get(case=case, code="accommodation_granted")
    for who, sees in (("li", True), ("ana", False), ("sam", False), ("pat", False)):
        history = at(who).get(f"/staff/cases/{case.number}/history/").content.decode()
        assert ("Accommodation" in history) == sees, who
        assert at(who).get(f"/staff/letters/{letter.uuid}/").status_code == (200 if sees else 404), who


def test_why_leave_was_taken_back_tells_others_nothing_of_an_accommodation(story: Any, at: Any) -> None:
    case = stories.authorised(story, "devon", "reciprocity")
    stories.accommodation_asked(story, "devon", case)
    for who, sees in (("li", True), ("sam", False), ("pat", False)):
        assert ("An accommodation was asked for" in page(at(who), "exam_case", case.number)) == sees, who


def test_a_decision_to_certify_keeps_nothing_of_an_accommodation(story: Story) -> None:
    case = certified(story)
    kept = Determination.objects.get(case=case, question="certify").facts
    assert kept.get("accommodation") is None
