"""The pages of one case, as every role meets them, in both languages."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from peercert.program.casework.models import AuditEntry, Case, Hold, Note, Opening, Question, Request, Task
from peercert.program.determinations.models import AppealReceived, Determination
from peercert.program.journey import answer, ask, determine, oversee, review
from peercert.program.people.actions import new_person, set_legal_name
from peercert.program.review.models import Check, IdReading, Mark, PossibleMatch
from peercert.rules.days import add_days, day_of
from tests import stories

pytestmark = pytest.mark.django_db

OFFICERS = ("ana", "tom", "li", "grace", "sam", "pat", "robin")
PAGES = ("case", "read_id", "ask", "recommend", "determine", "supersede", "appeal", "oversee", "history")
#: Who opens which page of a case in review with 200; everyone else is told 403.
OPEN = {
    "case": "ana tom li grace sam pat",
    "history": "ana tom li grace sam pat",
    "oversee": "ana tom li grace sam pat",
    "ask": "ana tom sam pat",
    "determine": "ana tom sam pat",
    "read_id": "ana tom",
    "recommend": "ana",
    "supersede": "tom",
    "appeal": "ana tom sam",
}


def url(name: str, case: Case, *more: Any) -> str:
    with translation.override("en"):
        return reverse(f"staff:{name}", args=[case.number, *more])


def text(answer: Any) -> str:
    """The words of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def failed(story: stories.Story, case: Case, code: str, reason: str) -> Check:
    check = Check.objects.get(case=case, code=code)
    review.mark(check.pk, "fail", [reason], actor=story.actor("ana"), now=story.now)
    return check


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("who", [*OFFICERS, "maria", "devon"])
def test_every_page_of_a_case_as_every_role(story, at, who, language):
    case = stories.approved(story) if language == "es" else stories.in_review(story)
    client = at(who)
    for page in PAGES:
        address = url(page, case)
        answer = client.get(address if language == "en" else f"/es{address}")
        if who in OPEN[page].split():
            # Nothing was decided yet: what speaks of a determination leads back to the case.
            usual = 302 if page in {"supersede", "appeal"} and case.stage == "review" else 200
            assert answer.status_code == usual, page
        else:
            assert answer.status_code == 403, page


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_sign_in(story, client, page):
    case = stories.in_review(story)
    answer = client.get(url(page, case))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize("number", ["A-0000-0000", "A-1234", "nonsense", "C-0000-0000"])
def test_a_number_that_nobody_has_is_not_found(at, number):
    assert at("ana").get(f"/staff/cases/{number}/").status_code == 404


def test_a_draft_has_no_page_for_officers(story, at):
    case = stories.drafted(story)
    assert case.number is None
    assert at("ana").get("/staff/cases/None/").status_code == 404


def test_a_number_is_understood_as_people_type_it(story, at):
    case = stories.in_review(story)
    assert at("ana").get(f"/staff/cases/{case.number.lower()}/").status_code == 200


def test_opening_a_case_is_recorded_and_an_interest_is_refused_and_recorded(story, at):
    case = stories.in_review(story)
    at("ana").get(url("case", case))
    assert Opening.objects.filter(case=case, person=story.person("ana"), document=None).count() == 1
    oversee.declare_interest(case.pk, actor=story.actor("ana"), now=story.now)
    answer = at("ana").get(url("case", case))
    assert answer.status_code == 403
    assert AuditEntry.objects.get(verb="refused_for_interest").actor == story.person("ana")


def test_who_sees_what_on_the_case_page(story, at):
    case = stories.in_review(story, "devon", "reciprocity")
    seen = {who: text(at(who).get(url("case", case))) for who in ("ana", "sam", "pat", "li", "grace")}
    for who in ("ana", "sam"):
        for kind in ("photo_id", "letter_self"):
            assert case.documents.get(kind=kind).name in seen[who]
        assert "What the law proposes now" in seen[who]
    # An auditor reads the case, not who wrote which letter; evidence opens for a purpose alone.
    assert "Harbor Wellness Center" in seen["pat"]
    assert "Kai Moss" in seen["ana"]
    assert "Kai Moss" not in seen["pat"]
    # Others see who the person is, not what they showed.
    for who in ("li", "grace"):
        assert "Devon Carter" in seen[who]
        assert "November 2, 1979" not in seen[who]
        assert "Checklist" not in seen[who]
    for page in seen.values():
        assert "steady" not in page


def test_an_auditor_names_a_purpose_before_a_document_opens(story, at):
    case = stories.in_review(story)
    document = case.documents.get(kind="photo_id")
    image = reverse("staff:document_page", args=[document.uuid, 1])
    pat = at("pat")
    page = pat.get(url("case", case), {"document": str(document.uuid)})
    assert image not in page.content.decode()
    assert "For what purpose" in text(page)
    assert pat.get(image).status_code in {403, 409}
    opened = pat.get(url("case", case), {"document": str(document.uuid), "purpose": "yearly audit"})
    assert f"{image}?purpose=yearly+audit" in opened.content.decode()
    assert pat.get(image, {"purpose": "yearly audit"}).status_code == 200
    assert Opening.objects.get(document=document).purpose == "yearly audit"


def test_the_viewer_shows_a_page_image_and_alone_to_htmx(story, at):
    case = stories.in_review(story)
    document = case.documents.get(kind="education")
    ana = at("ana")
    whole = ana.get(url("case", case), {"document": str(document.uuid)})
    image = reverse("staff:document_page", args=[document.uuid, 1])
    assert f'src="{image}"' in whole.content.decode()
    alone = ana.get(url("case", case), {"document": str(document.uuid)}, headers={"HX-Request": "true"})
    assert alone.content.decode().lstrip().startswith('<section class="pc-viewer"')
    got = ana.get(image)
    assert (got["Content-Type"], got.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert Opening.objects.filter(document=document, person=story.person("ana")).count() == 1


# --- steps of the case page


def test_a_mark_without_a_script_leads_back_to_its_check(story, at):
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    answer = at("ana").post(
        url("mark", case, check.pk), {"result": "fail", "reasons": ["education_unreadable"], "note": "x"}
    )
    assert answer["Location"] == f"{url('case', case)}#check-{check.pk}"
    assert Mark.objects.get(check_row=check).reasons == ["education_unreadable"]


def test_a_mark_by_htmx_answers_the_check_the_progress_and_the_law(story, at):
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    answer = at("ana").post(url("mark", case, check.pk), {"result": "pass"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert f'id="check-{check.pk}"' in html
    assert 'id="progress"' in html
    assert 'id="law"' in html
    assert html.count('hx-swap-oob="true"') == 2
    assert "1 of 7 marked" in text(answer)


def test_a_failed_mark_without_a_reason_is_told_at_the_check(story, at):
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    by_script = at("ana").post(url("mark", case, check.pk), {"result": "fail"}, headers={"HX-Request": "true"})
    assert "Choose at least one reason" in text(by_script)
    plain = at("ana").post(url("mark", case, check.pk), {"result": "fail"})
    assert plain.status_code == 409
    assert "Choose at least one reason" in text(plain)
    assert at("ana").post(url("mark", case, check.pk), {"result": "perhaps"}).status_code == 404


@pytest.mark.parametrize("who", ["li", "grace", "sam", "pat", "robin", "maria"])
def test_only_reviewers_and_determiners_mark(story, at, who):
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    assert at(who).post(url("mark", case, check.pk), {"result": "pass"}).status_code == 403
    assert not Mark.objects.exists()


def test_notes_holds_assignment_and_matches_are_kept_from_the_case_page(story, at):
    other = new_person(born_on=stories.cast.BY_KEY["maria"].born_on)
    set_legal_name(other, "Maria", "", "Garcia Lopez", now=story.now)
    case = stories.in_review(story)
    ana, tom = at("ana"), at("tom")
    assert ana.post(url("note", case), {"text": "Called the school."}).status_code == 302
    assert Note.objects.get().text == "Called the school."
    assert ana.post(url("note", case), {"text": ""}).status_code == 422
    match = PossibleMatch.objects.get(case=case)
    page = text(ana.get(url("case", case)))
    assert "Possible matches" in page
    assert "Same name, same birth date" in page
    assert ana.post(url("match", case, match.pk), {"answer": "", "because": "x"}).status_code == 409
    assert (
        ana.post(url("match", case, match.pk), {"answer": "different", "because": "Another city."}).status_code == 302
    )
    match.refresh_from_db()
    assert match.answer == "different"
    placed = ana.post(url("hold", case), {"hold-reason": "identity_question", "hold-because": "Two cards."})
    assert placed.status_code == 302
    held = Hold.objects.get()
    assert ana.post(url("lift_hold", case, held.pk), {"because": "x"}).status_code == 403
    assert tom.post(url("lift_hold", case, held.pk), {"because": "Cleared."}).status_code == 302
    assert ana.post(url("assign", case), {"to": str(story.person("tom").uuid)}).status_code == 302
    case.refresh_from_db()
    assert case.assigned_to == story.person("tom")
    assert ana.post(url("assign", case), {"to": "not-a-uuid"}).status_code == 404


def test_the_id_is_read_beside_its_image(story, at):
    case = stories.in_review(story)
    ana = at("ana")
    page = ana.get(url("read_id", case))
    assert "/documents/" in page.content.decode()
    wrong = ana.post(url("read_id", case), {"kind": "driver_license", "first": "", "last": "Garcia"})
    assert wrong.status_code == 422
    assert 'value="Garcia"' in wrong.content.decode()
    typed = {
        "kind": "driver_license", "first": "MARIA", "middle": "", "last": "GARCIA LOPEZ", "born_on_month": "3",
        "born_on_day": "14", "born_on_year": "1988", "expires_on_month": "1", "expires_on_day": "1",
        "expires_on_year": "2030", "has_photo": "on",
    }  # fmt: skip
    assert ana.post(url("read_id", case), typed).status_code == 302
    read = IdReading.objects.get(case=case)
    assert (read.last, read.has_photo, read.document.kind) == ("GARCIA LOPEZ", True, "photo_id")
    law = text(ana.get(url("case", case)))
    assert "GARCIA LOPEZ" in law


# --- asking, recommending, determining


def test_the_letter_is_seen_in_the_persons_language_with_english_beside_before_it_is_sent(story, at):
    case = stories.in_review(story)
    failed(story, case, "education_shown", "education_unreadable")
    kept = failed(story, case, "id_name_matches", "id_one_last_name")
    ana = at("ana")
    page = text(ana.get(url("ask", case)))
    assert "No pudimos leer su diploma" in page
    assert "We could not read your diploma" in page
    only = {"items": [f"{kept.pk}:id_one_last_name"]}
    shown = text(ana.post(url("ask", case), only | {"show": "1"}))
    assert "No pudimos leer su diploma" not in shown
    assert not Request.objects.exists()
    assert ana.post(url("ask", case), {"send": "1"}).status_code == 422
    assert ana.post(url("ask", case), only | {"send": "1"}).status_code == 302
    assert [item.reason for item in Request.objects.get().items.all()] == ["id_one_last_name"]
    assert "we wait for the person" in text(ana.get(url("case", case)))
    back = ana.post(url("take_back", case), {"because": ""})
    assert back.status_code == 409
    assert ana.post(url("take_back", case), {"because": "Found it."}).status_code == 302
    assert Request.objects.get().outcome == "taken_back"


def test_an_english_speaker_gets_one_letter(story, at):
    case = stories.in_review(story, "devon")
    failed(story, case, "education_shown", "education_unreadable")
    page = at("ana").get(url("ask", case)).content.decode()
    assert page.count('class="pc-letter"') == 1


def test_a_recommendation_that_cannot_be_made_says_why_and_keeps_what_was_typed(story, at):
    case = stories.in_review(story)
    answer = at("ana").post(url("recommend", case), {"outcome": "approve", "because": "Everything was seen."})
    assert answer.status_code == 409
    assert "Some checks are not marked yet (7)" in text(answer)
    assert "Everything was seen." in answer.content.decode()


def test_a_determination_shows_its_letter_and_only_then_is_made(story, at):
    case = stories.recommended(story)
    tom = at("tom")
    page = text(tom.get(url("determine", case)))
    assert "What was recommended" in page
    shown = tom.post(url("determine", case), {"outcome": "approve", "because": ""})
    assert "La solicitud" in text(shown)
    assert "is approved" in text(shown)
    assert not Determination.objects.exists()
    done = tom.post(url("determine", case), {"outcome": "approve", "because": "", "confirm": "1"})
    assert done["Location"] == url("case", case)
    assert Determination.objects.get().outcome == "approve"
    late = tom.post(url("determine", case), {"outcome": "approve", "because": "", "confirm": "1"})
    assert late.status_code == 409
    assert "Another officer decided this case" in text(late)


def test_a_denial_without_a_ground_is_not_even_previewed(story, at):
    case = stories.recommended(story)
    answer = at("tom").post(url("determine", case), {"outcome": "deny", "because": "x"})
    assert answer.status_code == 409
    assert "A denial needs at least one reason" in text(answer)


def test_sending_back_needs_its_reason(story, at):
    case = stories.recommended(story)
    tom = at("tom")
    assert tom.post(url("send_back", case), {"back-because": ""}).status_code == 409
    assert tom.post(url("send_back", case), {"back-because": "Read the back of the ID."}).status_code == 302
    assert "Read the back of the ID." in text(at("ana").get(url("case", case)))


def test_the_recommender_sees_that_the_case_is_not_theirs_to_determine(story, at):
    case = stories.recommended(story)
    page = text(at("ana").get(url("determine", case)))
    assert "Not yours to determine now" in page


def test_a_determination_is_put_right_with_its_letter_first(story, at):
    case = stories.approved(story)
    from peercert.program.people.models import RoleGrant

    sam = story.person("sam")
    RoleGrant.objects.create(person=sam, role="determiner", granted_at=story.now, seconded_at=story.now)
    assert "Not yours to put right" in text(at("tom").get(url("supersede", case)))
    client = at("sam")
    check = Check.objects.get(case=case, code="education_shown")
    typed = {"outcome": "deny", "grounds": [f"found:{check.pk}:document_not_genuine"], "because": "The school wrote."}
    assert client.post(url("supersede", case), typed | {"because": ""}).status_code == 422
    shown = client.post(url("supersede", case), typed)
    assert "aprobación anterior fue equivocada" in text(shown)
    assert Determination.objects.count() == 1
    assert client.post(url("supersede", case), typed | {"confirm": "1"}).status_code == 302
    assert Case.objects.get(pk=case.pk).stage == "denied"
    history = text(client.get(url("history", case)))
    assert "takes the place of an earlier one" in history
    assert "as it was signed" in history
    assert "not as it was signed" not in history


def test_an_appeal_is_recorded_with_the_day_it_arrived(story, at):
    case = stories.approved(story)
    today = day_of(story.now)
    typed = {
        "received_on_month": today.month,
        "received_on_day": today.day,
        "received_on_year": today.year,
        "way": "mail",
    }
    ana = at("ana")
    assert ana.post(url("appeal", case), typed | {"way": ""}).status_code == 422
    assert ana.post(url("appeal", case), typed | {"received_on_year": "2020"}).status_code == 422
    assert ana.post(url("appeal", case), typed).status_code == 302
    assert AppealReceived.objects.get().received_on == today
    assert "by mail" in text(ana.get(url("appeal", case)))


# --- questions, care of the case, tasks


def test_a_question_is_answered_by_a_phrase_in_the_askers_language(story, at):
    case = stories.in_review(story)
    answer.ask_question(case.pk, "¿Cuánto falta?", language="es", actor=story.actor("maria"), now=story.now)
    question = Question.objects.get()
    ana = at("ana")
    address = url("question", case, question.pk)
    assert "¿Cuánto falta?" in text(ana.get(address))
    assert ana.post(address, {"send": "1"}).status_code == 422
    english = ana.post(address, {"text": "Soon.", "language": "en", "send": "1"})
    assert english.status_code == 409
    assert "asked in Spanish" in text(english)
    shown = ana.post(address, {"phrase": "still_in_review", "show": "1"})
    assert "Su solicitud está con nosotros y en revisión" in text(shown)
    assert ana.post(address, {"phrase": "still_in_review", "send": "1"}).status_code == 302
    question.refresh_from_db()
    assert question.answer.startswith("Su solicitud está con nosotros")


def test_care_of_the_case_offers_each_role_its_own_steps(story, at):
    case = stories.in_review(story)
    assert "Hold one of our clocks" in text(at("sam").get(url("oversee", case)))
    ana = text(at("ana").get(url("oversee", case)))
    assert "Hold one of our clocks" not in ana
    assert "Declare an interest" in ana
    assert "Nothing here is yours to do" in text(at("pat").get(url("oversee", case)))
    refused = at("ana").post(
        url("oversee", case), {"step": "pause", "pause-clock": "review", "pause-reason": "disaster"}
    )
    assert refused.status_code == 404


def test_a_clock_is_held_and_days_are_given_back_by_two(story, at):
    case = stories.in_review(story)
    sam = at("sam")
    held = sam.post(url("oversee", case), {"step": "pause", "pause-clock": "review", "pause-reason": "disaster"})
    assert held.status_code == 302
    assert "a declared disaster" in text(sam.get(url("oversee", case)))
    assert sam.post(url("oversee", case), {"step": "resume", "clock": "review"}).status_code == 302
    typed = {"step": "give_back", "give-clock": "review", "give-days": "5", "give-because": "We were closed."}
    assert sam.post(url("oversee", case), typed | {"give-days": "0"}).status_code == 422
    assert sam.post(url("oversee", case), typed).status_code == 302
    task = Task.objects.get(kind="give_back_days")
    page = reverse("staff:task", args=[task.pk])
    assert sam.post(page, {"outcome": "agreed", "because": "Yes."}).status_code == 409
    before = case.clocks.get(kind="review").due_on
    assert at("tom").post(page, {"outcome": "agreed", "because": "Yes."}).status_code == 302
    assert (case.clocks.get(kind="review").due_on - before).days == 5
    assert "agreed" in text(at("tom").get(page))


def test_declaring_an_interest_closes_the_door_behind_the_officer(story, at):
    case = stories.in_review(story)
    ana = at("ana")
    assert ana.post(url("oversee", case), {"step": "interest"}).status_code == 302
    assert ana.get(url("case", case)).status_code == 403


def test_a_training_certificate_is_accepted_from_the_case_page(story, at):
    case = stories.approved(story)
    paper = stories.give(story, case, "training_certificate")
    today = day_of(story.now)
    training = stories.train.give_training(
        case.pk, provider=stories.provider(story).uuid, language="es", hours=80,
        started_on=add_days(today, -365), completed_on=today, document=paper.uuid,
        actor=story.actor("maria"), now=story.now,
    )  # fmt: skip
    ana = at("ana")
    assert "Sierra Peer Academy" in text(ana.get(url("case", case)))
    assert ana.post(url("accept_training", case, training.uuid)).status_code == 409
    for check in Check.objects.filter(case=case, about=training.uuid):
        review.mark(check.pk, "pass", actor=story.actor("ana"), now=story.now)
    assert ana.post(url("accept_training", case, training.uuid)).status_code == 302
    training.refresh_from_db()
    assert training.accepted_at is not None


def test_what_was_asked_and_answered_stands_on_the_case(story, at):
    case = stories.in_review(story)
    check = failed(story, case, "id_name_matches", "id_one_last_name")
    request = ask.ask_for_more(case.pk, [f"{check.pk}:id_one_last_name"], actor=story.actor("ana"), now=story.now)
    answer.answer_item(request.items.get().pk, text="García López <b>", actor=story.actor("maria"), now=story.now)
    answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
    page = at("ana").get(url("case", case)).content.decode()
    assert "García López &lt;b&gt;" in page
    assert "García López &lt;b&gt;" in at("ana").get(url("ask", case)).content.decode()


def test_a_denied_case_can_be_looked_at_with_its_grounds(story, at):
    case = stories.looked_at(story, stories.in_review(story))
    check = failed(story, case, "education_shown", "education_not_completed")
    review.recommend(case.pk, "deny", "x", actor=story.actor("ana"), now=story.now)
    key = f"mark:{check.pk}:education_not_completed"
    page = text(at("tom").get(url("determine", case)))
    assert "may carry a denial" in page
    shown = at("tom").post(url("determine", case), {"outcome": "deny", "grounds": [key], "because": "x"})
    assert "Queda denegada" in text(shown)
    determine.deny(case.pk, [key], "x", actor=story.actor("tom"), now=story.now)
    assert "that it was not completed" in text(at("pat").get(url("history", case)))


def test_a_name_that_cannot_be_printed_is_told_before_anybody_decides(story: stories.Story, at: Any) -> None:
    case = stories.in_review(story, first_name="秀英", last_name="王")
    ana, page = at("ana"), f"/staff/cases/{case.number}/"
    assert "read the name on the ID in Latin letters, or ask the person" in text(ana.get(page))
    review.read_id(
        case.pk, kind="foreign_passport", first="Xiuying", middle="", last="Wang", born_on=case.application.born_on,
        expires_on=None, has_photo=True, actor=story.actor("ana"), now=story.now,
    )  # fmt: skip
    assert "The certificate will carry the name that was read on the ID: Xiuying Wang." in text(ana.get(page))
    plain = stories.in_review(story, "devon")
    assert "cannot be printed" not in text(ana.get(f"/staff/cases/{plain.number}/"))
