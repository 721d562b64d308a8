"""Every page of the way to submission, in both languages, for its own person and nobody else."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from peercert.program.applications.sections import sections_of
from peercert.program.journey import oneself
from peercert.web.applicant.groups import GROUPS, page_slug
from tests import stories

pytestmark = pytest.mark.django_db

PATHWAYS = ["initial", "reciprocity", "portability"]


def at(language, name, *args):
    with override(language):
        return reverse(f"applicant:{name}", args=args)


def pages_of(case, pathway, language):
    yield at(language, "home")
    yield at(language, "start")
    yield at(language, "self_assessment")
    for chapter in range(1, 7):
        yield at(language, "chapter", chapter)
    for name in ("tasks", "check", "discard", "withdraw"):
        yield at(language, name, case.uuid)
    for section in sections_of(pathway):
        yield at(language, "question_group", case.uuid, page_slug(section.slug))
    yield at(language, "question_group", case.uuid, "about-you")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("pathway", PATHWAYS)
def test_every_page_of_a_draft_opens_in_both_languages(story, signed_in, pathway, language):
    client = signed_in(story.person("maria"))
    for case in (stories.started(story, "maria", pathway),):
        for url in pages_of(case, pathway, language):
            answer = client.get(url)
            assert answer.status_code == 200, url
            assert f'lang="{language}"' in answer.content.decode(), url


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("pathway", PATHWAYS)
def test_every_page_of_a_complete_draft_opens_in_both_languages(story, signed_in, pathway, language):
    client = signed_in(story.person("devon"))
    case = stories.drafted(story, "devon", pathway)
    for url in pages_of(case, pathway, language):
        assert client.get(url).status_code == 200, url


def test_nobody_elses_application_opens(story, signed_in):
    case = stories.drafted(story, "maria", "reciprocity")
    stranger = signed_in(story.person("devon"))
    row = case.application.employments.get()
    urls = [
        *(at("en", name, case.uuid) for name in ("tasks", "check", "submitted", "discard", "withdraw")),
        *(at("en", "question_group", case.uuid, slug) for slug in ("name", "work", "about-you")),
        at("en", "row", case.uuid, "work", row.uuid),
        at("en", "papers", case.uuid, "photo_id"),
    ]
    for url in urls:
        assert stranger.get(url).status_code == 403, url
        assert stranger.post(url, {"first_name": "X"}).status_code == 403, url
    assert stranger.post(at("en", "reapply", case.uuid)).status_code == 403
    unknown = at("en", "tasks", "00000000-0000-4000-8000-000000000000")
    assert stranger.get(unknown).status_code == 403
    case.application.refresh_from_db()
    assert case.application.first_name == "María"


def test_a_stranger_is_asked_to_sign_in_and_comes_back(story, client):
    case = stories.started(story)
    answer = client.get(at("en", "tasks", case.uuid))
    assert answer.status_code == 302
    assert f"next=%2Fapply%2F{case.uuid}%2F" in answer["Location"]


def test_a_group_of_another_pathway_is_not_there(story, signed_in):
    client = signed_in(story.person("maria"))
    case = stories.started(story)
    assert client.get(at("en", "question_group", case.uuid, "service")).status_code == 404
    assert client.get(at("en", "question_group", case.uuid, "nonsense")).status_code == 404


def test_the_task_list_says_what_is_next(story, signed_in):
    client = signed_in(story.person("maria"))
    case = stories.started(story)
    page = client.get(at("en", "tasks", case.uuid)).content.decode()
    assert "0 of" in page or "1 of" in page
    assert at("en", "orientation") in page
    whole = stories.drafted(story, "devon")
    page = signed_in(story.person("devon")).get(at("en", "tasks", whole.uuid)).content.decode()
    assert "Everything is here" in page


def test_a_sent_application_shows_its_number_and_what_is_owed(story, signed_in):
    client = signed_in(story.person("maria"))
    case = stories.submitted(story)
    page = client.get(at("en", "submitted", case.uuid)).content.decode()
    assert case.number in page
    assert "$100.00" in page
    assert client.get(at("en", "tasks", case.uuid)).status_code == 302
    assert client.get(at("en", "question_group", case.uuid, "name")).status_code == 409


def test_every_section_of_every_pathway_has_its_page():
    for pathway in [*PATHWAYS, "grandparenting"]:
        for section in sections_of(pathway):
            assert page_slug(section.slug) in GROUPS


def test_withdrawing_and_beginning_again_by_hand(story, signed_in):
    client = signed_in(story.person("maria"))
    case = stories.submitted(story)
    assert client.post(at("en", "withdraw", case.uuid)).status_code == 302
    case.refresh_from_db()
    assert case.stage == "withdrawn"
    answer = client.post(at("en", "reapply", case.uuid))
    draft = story.person("maria").applications.get(closed_at=None)
    assert answer["Location"] == at("en", "tasks", draft.case.uuid)
    again = client.post(at("en", "reapply", case.uuid))
    assert again["Location"] == at("en", "tasks", draft.case.uuid)


def test_starting_twice_leads_to_the_one_draft(story, signed_in):
    client = signed_in(story.person("maria"))
    first = client.post(at("en", "start"), {"pathway": "initial"})
    second = client.post(at("en", "start"), {"pathway": "initial"})
    assert first["Location"] == second["Location"]
    assert story.person("maria").applications.count() == 1
    closed = client.post(at("en", "start"), {"pathway": "grandparenting"})
    assert closed.status_code == 422


def test_throwing_a_draft_away_asks_first(story, signed_in):
    client = signed_in(story.person("maria"))
    case = stories.started(story)
    client.get(at("en", "discard", case.uuid))
    case.refresh_from_db()
    assert case.stage == "draft"
    client.post(at("en", "discard", case.uuid))
    case.refresh_from_db()
    assert case.stage == "withdrawn"


def test_the_orientation_goes_on_where_one_left_off(story, signed_in):
    client = signed_in(story.person("maria"))
    assert client.get(at("en", "orientation"))["Location"] == at("en", "chapter", 1)
    client.post(at("en", "chapter", 1))
    client.post(at("en", "chapter", 2))
    assert client.get(at("es", "orientation"))["Location"] == at("es", "chapter", 3)
    for chapter in (3, 4, 5):
        client.post(at("en", "chapter", chapter))
    assert client.post(at("en", "chapter", 6))["Location"] == at("en", "self_assessment")
    assert story.person("maria").self_assessment.orientation_done_at is not None


def test_the_self_assessment_keeps_what_was_answered_and_ends_when_whole(story, signed_in):
    client = signed_in(story.person("maria"))
    half = client.post(at("en", "self_assessment"), {"steady": "not_yet"})
    assert half.status_code == 422
    own = oneself.assess_self({}, is_finished=False, actor=story.actor("maria"), now=story.now)
    assert own.answers == {"steady": "not_yet"}
    assert own.assessed_at is None
    codes = ("steady", "sharing", "listening", "limits", "privacy", "study", "writing", "support")
    whole = client.post(at("en", "self_assessment"), dict.fromkeys(codes, "skip"))
    assert whole.status_code == 302
    own.refresh_from_db()
    assert own.assessed_at is not None


def test_the_self_assessment_is_saved_answer_by_answer(story, signed_in):
    client = signed_in(story.person("maria"))

    def give(field, value):
        url = at("en", "self_assessment")
        return client.post(url, {"field": field, field: value}, headers={"HX-Request": "true"})

    assert "Saved at" in give("steady", "not_yet").content.decode()
    assert give("limits", "perhaps").status_code == 422
    assert give("password", "x").status_code == 409
    own = story.person("maria").self_assessment
    assert (own.answers, own.assessed_at) == ({"steady": "not_yet"}, None)
