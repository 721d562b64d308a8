"""Am I eligible? The same law as the officers', asked by a stranger, with nothing kept on the server."""

import re
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils.translation import override

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case
from peercert.program.people.models import Person
from peercert.web.applicant import carried

pytestmark = pytest.mark.django_db

BORN = {"born_on_month": "3", "born_on_day": "3", "born_on_year": "1990"}
ID = {"id_expires_on_month": "1", "id_expires_on_day": "1", "id_expires_on_year": "2035"}
ELIGIBLE = [
    {"has_other": "no"},
    BORN,
    {"id_kind": "driver_license"},
    ID,
    {"education_kind": "diploma"},
    {"lived_experience_role": "parent"},
    {"is_willing_to_share": "yes"},
    {"is_dedicated": "yes"},
]


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    return found[1] if found else ""


def go_through(client, answers, language="en"):
    with override(language):
        url = reverse("applicant:eligibility")
    page = client.post(url)
    for given in answers:
        state = {"answers": hidden(page, "answers"), "at": hidden(page, "at")}
        page = client.post(url, {**state, "go": "next", **given})
        assert page.status_code == 200, given
    return url, page


@pytest.mark.parametrize("language", ["en", "es"])
def test_someone_who_meets_everything_is_told_so(client, language):
    _, page = go_through(client, ELIGIBLE, language)
    text = page.content.decode()
    assert {"en": "By your answers, you are eligible", "es": "usted cumple los requisitos"}[language] in text
    assert {"en": "closed on", "es": "se cerró el"}[language] in text
    assert "2023" in text


def test_every_requirement_says_where_it_stands_why_and_what_helps(client):
    answers = [dict(one) for one in ELIGIBLE]
    answers[4] = {"education_kind": "none"}
    answers[1] = {"born_on_month": "1", "born_on_day": "1", "born_on_year": "2015"}
    _, page = go_through(client, answers)
    text = page.content.decode()
    assert "2 requirements are not met" in text
    assert "Not met" in text
    assert "January 1, 2033" in text
    assert "W&amp;I Code 14045.15" in text


def test_nothing_is_kept_on_the_server(client):
    before = [model.objects.count() for model in (Application, Case, Person, Session)]
    url, _ = go_through(client, ELIGIBLE)
    assert [model.objects.count() for model in (Application, Case, Person, Session)] == before
    assert "session" not in client.cookies
    assert "eligibility" not in client.cookies
    assert url == "/apply/eligibility/"


def test_back_shows_the_question_before_with_its_answer(client):
    url, page = go_through(client, ELIGIBLE[:2])
    assert hidden(page, "at") == "id_kind"
    state = {"answers": hidden(page, "answers"), "at": "id_kind"}
    page = client.post(url, {**state, "go": "back"})
    assert hidden(page, "at") == "born_on"
    assert 'value="1990"' in page.content.decode()


def test_an_answer_can_be_changed_from_the_result(client):
    url, page = go_through(client, ELIGIBLE)
    state = {"answers": hidden(page, "answers")}
    page = client.post(url, {**state, "at": "education_kind", "go": "change"})
    state = {"answers": hidden(page, "answers"), "at": "education_kind", "whole": hidden(page, "whole")}
    page = client.post(url, {**state, "go": "next", "education_kind": "none"})
    assert "One requirement is not met" in page.content.decode()


def test_another_pathway_asks_the_rest_of_its_questions(client):
    url, page = go_through(client, ELIGIBLE)
    state = {"answers": hidden(page, "answers"), "at": "has_other", "go": "next", "has_other": "yes", "whole": "1"}
    page = client.post(url, state)
    assert hidden(page, "at") == "service_role"


def test_an_answer_that_does_not_make_sense_stays_with_its_sentence(client):
    url, page = go_through(client, ELIGIBLE[:1])
    state = {"answers": hidden(page, "answers"), "at": "born_on"}
    page = client.post(url, {**state, "go": "next", "born_on_month": "2", "born_on_day": "31", "born_on_year": "1990"})
    assert page.status_code == 422
    assert 'value="31"' in page.content.decode()


@pytest.mark.parametrize("forged", ["nonsense", "eyJhIjoxfQ:1abc:def", "\x00"])
def test_changed_answers_are_not_believed(client, forged):
    url = reverse("applicant:eligibility")
    page = client.post(url, {"answers": forged, "at": "is_dedicated", "go": "result"})
    assert page.status_code == 200
    assert hidden(page, "at") == "has_other"


def test_answers_are_carried_into_the_application_once(client, story, signed_in):
    url, page = go_through(client, ELIGIBLE)
    answer = client.post(url, {"answers": hidden(page, "answers"), "go": "carry"})
    assert answer.status_code == 302
    assert "next=/apply/start/" in answer["Location"]
    cookie = client.cookies[carried.COOKIE]
    assert cookie["httponly"]
    maria = signed_in(story.person("maria"))
    maria.cookies[carried.COOKIE] = cookie.value
    page = maria.get(reverse("applicant:start"))
    assert "answers of your eligibility check" in page.content.decode()
    answer = maria.post(reverse("applicant:start"), {"pathway": "initial"})
    application = story.person("maria").applications.get()
    assert str(application.born_on) == "1990-03-03"
    assert (application.education_kind, application.lived_experience_role) == ("diploma", "parent")
    assert (application.id_kind, str(application.id_expires_on)) == ("driver_license", "2035-01-01")
    assert application.is_dedicated is True
    assert application.lived_experience_attested_at is None
    assert not maria.cookies[carried.COOKIE].value


@pytest.mark.parametrize("pathway", ["reciprocity", "portability"])
def test_someone_certified_elsewhere_is_asked_by_their_own_law(client, pathway):
    is_military = pathway == "portability"
    answers = [
        {"has_other": "yes"},
        {"service_role": "spouse" if is_military else "neither"},
        *ELIGIBLE[1:],
        {"other_state": "OR"},
        {"other_in_good_standing": "yes"},
        {"other_issued_on_month": "1", "other_issued_on_day": "1", "other_issued_on_year": "2024"},
        {"other_expires_on_month": "1", "other_expires_on_day": "1", "other_expires_on_year": "2034"},
        {"other_has_pending_discipline": "no"},
        {"other_has_open_complaint": "no"},
    ]
    if is_military:
        answers += [{"orders_kind": "orders"}]
    else:
        answers += [{"hours": "1,600"}, {"continuing_education": "20"}, {"law_and_ethics": "6"}]
        answers += [{"letters": ["supervisor", "colleague", "self"]}]
    _, page = go_through(client, answers)
    text = page.content.decode()
    if is_military:
        assert "not confirmed, so an officer decides" in text or "An officer decides" in text
    else:
        assert "By your answers, you are eligible" in text


def test_hours_and_letters_begin_the_lists_of_the_application(client, story, signed_in):
    answers = {
        "has_other": True, "service_role": "neither", "other_state": "OR", "hours": "1600.5",
        "continuing_education": "20", "law_and_ethics": "30", "letters": ["supervisor", "self"],
    }  # fmt: skip
    maria = signed_in(story.person("maria"))
    maria.cookies[carried.COOKIE] = carried.sealed(answers)
    case = maria.post(reverse("applicant:start"), {"pathway": "reciprocity"})["Location"]
    application = story.person("maria").applications.get()
    assert [job.hours_total for job in application.employments.all()] == [Decimal("1600.5")]
    course = application.continuing_education.get()
    assert (course.hours, course.law_and_ethics_hours) == (20, 20)
    assert sorted(letter.kind for letter in application.letters_of_support.all()) == ["self", "supervisor"]
    page = maria.get(f"{case}work/").content.decode()
    assert "1600.5" in page
    assert "Needs more" in page


def test_another_pathway_takes_only_what_it_asks(client, story, signed_in):
    maria = signed_in(story.person("maria"))
    maria.cookies[carried.COOKIE] = carried.sealed({"has_other": True, "service_role": "neither", "hours": "1600"})
    maria.post(reverse("applicant:start"), {"pathway": "initial"})
    assert not story.person("maria").applications.get().employments.exists()
