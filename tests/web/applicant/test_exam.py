"""The exam pages of a person: each state says what to do next, every form keeps what was typed, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from peercert.program.applications.models import Application, Training
from peercert.program.casework.models import Case, Document
from peercert.program.casework.queries import running_clock
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation, RetakeRequest
from peercert.program.journey import accommodate, clockwork, review
from tests.stories import (
    Story,
    approved,
    authorised,
    certified,
    in_review,
    paid,
    picture,
    provider,
    ready_to_sit,
    sat,
    trained,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db

PAGES = ("exam/", "exam/accommodation/", "exam/ethics/", "training/")


@pytest.fixture
def story() -> Story:
    """A story that began two months ago, so that its present lies before the pages' own."""
    return Story(now=timezone.now() - timedelta(days=60))


@pytest.fixture
def maria(story: Story, signed_in: Callable[..., Client]) -> Client:
    return signed_in(story.person("maria"))


def page(client: Client, case: Case, path: str = "exam/", language: str = "") -> str:
    answer = client.get(f"{language}/apply/{case.uuid}/{path}", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def asked_for(story: Story, case: Case) -> Accommodation:
    return accommodate.answer_accommodation(
        case.pk, is_needed=True, needs="A separate room", actor=story.actor("maria"), now=story.now
    )


def after_a_fail(story: Story) -> Case:
    case = authorised(story)
    story.wait(days=10)
    return sat(story, case, "FAIL", scores=(61, 62, 63, 64, 65, 66, 67, 68))


def under_a_hold(story: Story) -> Case:
    case = authorised(story)
    review.hold(case.pk, "identity_question", "A question is open.", actor=story.actor("li"), now=story.now)
    story.wait(days=10)
    return sat(story, case, "PASS")


def booked(story: Story) -> Case:
    case = authorised(story)
    start = timezone.now() + timedelta(days=9)
    vendor_told(story, vendor_line(story, case, "BOOKED", starts_at=start, as_of=story.now))
    return case


def undecided(story: Story) -> Case:
    case = ready_to_sit(story)
    asked_for(story, case)
    return case


def asked_for_more(story: Story) -> Case:
    case = undecided(story)
    accommodate.ask_about_accommodation(case.pk, reason="form_missing", actor=story.actor("li"), now=story.now)
    return case


def granted(story: Story) -> Case:
    case = undecided(story)
    accommodate.decide_accommodation(
        case.pk, outcome="granted", codes="SEPARATE_ROOM", actor=story.actor("li"), now=story.now
    )
    return case


def used_up(story: Story) -> Case:
    from peercert.program.journey import sit

    case = authorised(story)
    for number in (1, 2, 3):
        story.wait(days=10)
        sat(story, case, "FAIL", appointment=f"V{number}")
        if number < 3:
            sit.ask_for_retake(case.pk, actor=story.actor("maria"), now=story.now)
            paid(story, case, "retake", number + 1)
    return case


def ended(story: Story) -> Case:
    story.now -= timedelta(days=500)
    case = authorised(story)
    clock = running_clock(case, "approval")
    assert clock is not None
    clockwork.lapse_approval(clock.pk, now=timezone.now())
    return case


STATES: dict[str, tuple[Callable[[Story], Case], str, str]] = {
    "under review": (in_review, "The exam comes after the approval", "El examen viene después de la aprobación"),
    "approved": (approved, "Give your training certificate", "Entregue su certificado de capacitación"),
    "trained": (trained, "Pay the exam fee", "Pague la cuota del examen"),
    "ready": (ready_to_sit, "Tell us whether you need an accommodation", "Díganos si necesita una adaptación"),
    "asked": (undecided, "Before you can book", "Antes de reservar"),
    "asked for more": (asked_for_more, "Please answer by", "Responda a más tardar"),
    "granted": (granted, "SEPARATE_ROOM", "SEPARATE_ROOM"),
    "authorised": (authorised, "Candidate ID", "Número de candidato"),
    "booked": (booked, "Your appointment", "Su cita"),
    "failed": (after_a_fail, "Ask for another sitting", "Pedir otro intento"),
    "passed": (under_a_hold, "Passed", "Aprobado"),
    "used up": (used_up, "0 are left", "quedan 0"),
    "certified": (certified, "Your exam", "Su examen"),
    "ended": (ended, "Your exam", "Su examen"),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_page_in_both_languages(story: Story, maria: Client, state: str) -> None:
    live, english, spanish = STATES[state]
    case = live(story)
    assert english in page(maria, case)
    assert spanish in page(maria, case, language="/es")
    for path in PAGES:
        page(maria, case, path)
        page(maria, case, path, language="/es")


@pytest.mark.parametrize("path", [*PAGES, "exam/retake/"])
def test_nobody_opens_the_exam_pages_of_someone_else(story: Story, signed_in: Callable[..., Client], path: str) -> None:
    case = authorised(story)
    for who in ("devon", "li", "sam"):
        client = signed_in(story.person(who))
        assert client.get(f"/apply/{case.uuid}/{path}").status_code == 403
        assert client.post(f"/apply/{case.uuid}/{path}", {"is_needed": "no"}).status_code == 403
    assert Client().get(f"/apply/{case.uuid}/{path}").status_code == 302
    assert Accommodation.objects.count() == 1


def test_no_title_or_address_names_the_person_or_the_need(story: Story, maria: Client) -> None:
    case = undecided(story)
    for path in PAGES:
        head = page(maria, case, path).partition("</head>")[0]
        assert "García" not in head
        assert "noindex" in head


def test_a_no_gives_leave_to_sit(story: Story, maria: Client) -> None:
    case = ready_to_sit(story)
    answer = maria.post(f"/apply/{case.uuid}/exam/accommodation/", {"is_needed": "no"})
    assert answer.status_code == 302
    assert queries.open_authorisation(case) is not None


def test_a_yes_without_words_is_asked_for_them_and_keeps_the_rest(story: Story, maria: Client) -> None:
    case = ready_to_sit(story)
    wanted = timezone.localdate() + timedelta(days=40)
    typed = {"is_needed": "yes", "needs": "", "wanted_on_month": wanted.month, "wanted_on_day": wanted.day,
             "wanted_on_year": wanted.year}  # fmt: skip
    answer = maria.post(f"/apply/{case.uuid}/exam/accommodation/", typed)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Tell us in a few words what you need." in text
    assert f'value="{wanted.year}"' in text
    assert not Accommodation.objects.exists()


def test_the_form_comes_with_the_answer_and_outlives_a_mistake(story: Story, maria: Client) -> None:
    case = ready_to_sit(story)
    url = f"/apply/{case.uuid}/exam/accommodation/"
    paper = SimpleUploadedFile("form.jpg", picture("form"), "image/jpeg")
    answer = maria.post(url, {"is_needed": "yes", "needs": "", "form": paper})
    assert answer.status_code == 422
    kept = Document.objects.get(case=case, kind="accommodation_form")
    assert str(kept.uuid) in answer.content.decode()
    answer = maria.post(url, {"is_needed": "yes", "needs": "More time", "paper": str(kept.uuid)})
    assert answer.status_code == 302
    given = queries.accommodation(case)
    assert given is not None
    assert given.form == kept
    assert "More time" in page(maria, case, "exam/accommodation/")


def test_a_file_that_is_no_picture_is_refused_beside_its_field(story: Story, maria: Client) -> None:
    case = ready_to_sit(story)
    paper = SimpleUploadedFile("form.exe", b"MZ\x90\x00", "image/jpeg")
    answer = maria.post(
        f"/apply/{case.uuid}/exam/accommodation/", {"is_needed": "yes", "needs": "More time", "form": paper}
    )
    assert answer.status_code == 422
    assert "We can read photos" in answer.content.decode()
    assert "More time" in answer.content.decode()
    assert not Document.objects.filter(kind="accommodation_form").exists()


def test_another_persons_paper_is_not_taken_for_ones_own(
    story: Story, signed_in: Callable[..., Client], maria: Client
) -> None:
    other, case = ready_to_sit(story, "devon"), ready_to_sit(story)
    paper = SimpleUploadedFile("form.jpg", picture("form"), "image/jpeg")
    url = f"/apply/{other.uuid}/exam/accommodation/"
    signed_in(story.person("devon")).post(url, {"is_needed": "yes", "needs": "", "form": paper})
    foreign = Document.objects.get(case=other, kind="accommodation_form")
    maria.post(
        f"/apply/{case.uuid}/exam/accommodation/", {"is_needed": "yes", "needs": "Room", "paper": str(foreign.uuid)}
    )
    given = queries.accommodation(case)
    assert given is not None
    assert given.form is None


def test_a_booked_sitting_is_told_politely(story: Story, maria: Client) -> None:
    case = booked(story)
    answer = maria.post(f"/apply/{case.uuid}/exam/accommodation/", {"is_needed": "yes", "needs": "A room"})
    assert answer.status_code == 409
    assert "Cancel it with the exam vendor first" in answer.content.decode()
    assert "A room" in answer.content.decode()


def test_another_sitting_is_asked_for_with_one_button_once(story: Story, maria: Client) -> None:
    case = after_a_fail(story)
    url = f"/apply/{case.uuid}/exam/retake/"
    assert maria.post(url).status_code == 302
    assert maria.post(url).status_code == 302
    assert RetakeRequest.objects.count() == 1
    assert "Pay the fee for the next sitting" in page(maria, case)
    assert "$150.00" in page(maria, case)


def test_a_retake_that_is_not_due_is_refused_on_the_page(story: Story, maria: Client) -> None:
    case = authorised(story)
    answer = maria.post(f"/apply/{case.uuid}/exam/retake/")
    assert answer.status_code == 409
    assert "There is an open authorization" in answer.content.decode()


def test_scores_are_shown_as_told_and_the_no_show_rule_before_booking(story: Story, maria: Client) -> None:
    case = after_a_fail(story)
    text = page(maria, case)
    assert "Crisis Management: 68" in text
    assert "we do not count it against you" in text


def certificate(story: Story, **changes: Any) -> dict[str, Any]:
    last = timezone.localdate() - timedelta(days=5)
    first = last - timedelta(days=30)
    return {
        "provider": str(provider(story).uuid), "provider_name": "", "language": "es", "hours": "80",
        "started_on_month": first.month, "started_on_day": first.day, "started_on_year": first.year,
        "completed_on_month": last.month, "completed_on_day": last.day, "completed_on_year": last.year,
        "file": SimpleUploadedFile("certificate.jpg", picture("certificate"), "image/jpeg"),
    } | changes  # fmt: skip


def test_a_training_certificate_is_given_and_shown_as_with_us(story: Story, maria: Client) -> None:
    case = approved(story)
    answer = maria.post(f"/apply/{case.uuid}/training/", certificate(story))
    assert answer.status_code == 302
    text = page(maria, case, "training/")
    assert "Sierra Peer Academy" in text
    assert "With us" in text
    assert Training.objects.get(application__case=case).document is not None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"provider": ""}, "Choose who taught your course"),
        ({"provider": "other"}, "Write the name as it stands on the certificate."),
        ({"hours": "eighty"}, "Write the hours as a number"),
        ({"completed_on_year": "2039"}, "This day has not come yet"),
        ({"started_on_day": ""}, "Add the day"),
    ],
)
def test_a_mistake_about_the_course_keeps_the_picture_and_what_was_typed(
    story: Story, maria: Client, change: dict[str, str], sentence: str
) -> None:
    case = approved(story)
    answer = maria.post(f"/apply/{case.uuid}/training/", certificate(story, **change))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert sentence in text
    kept = Document.objects.get(case=case, kind="training_certificate")
    assert str(kept.uuid) in text
    assert not Training.objects.filter(given_at__isnull=False).exists()
    mended = certificate(story, paper=str(kept.uuid), provider_name="Elsewhere")
    del mended["file"]
    assert maria.post(f"/apply/{case.uuid}/training/", mended).status_code == 302


def test_a_certificate_without_a_picture_is_asked_for_it(story: Story, maria: Client) -> None:
    case = approved(story)
    given = certificate(story)
    del given["file"]
    answer = maria.post(f"/apply/{case.uuid}/training/", given)
    assert answer.status_code == 422
    assert "Choose a file or take a photo." in answer.content.decode()


def test_the_code_is_signed_again_only_where_it_changed(story: Story, maria: Client) -> None:
    case = ready_to_sit(story)
    assert "nothing to do here" in page(maria, case, "exam/ethics/")
    Application.objects.filter(case=case).update(ethics_version="2020-01")
    assert "changed since you applied" in page(maria, case, "exam/ethics/")
    version = queries.ethics_version(timezone.localdate())
    url = f"/apply/{case.uuid}/exam/ethics/"
    answer = maria.post(url, {"name": "Somebody", "version": version})
    assert answer.status_code == 409
    assert "Somebody" in answer.content.decode()
    assert maria.post(url, {"name": "María García-López", "version": "2020-01"}).status_code == 409
    assert maria.post(url, {"name": "María García-López", "version": version}).status_code == 302
    assert Application.objects.get(case=case).ethics_version == version
