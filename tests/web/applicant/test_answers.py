"""Answers saved one by one and page by page, without a script and with one; two windows; what cannot be kept."""

import re
from datetime import date

import pytest
from django.urls import reverse

from peercert.program.applications.models import Application
from peercert.program.people.models import Demographics
from tests import stories

pytestmark = pytest.mark.django_db


def group(case, slug):
    return reverse("applicant:question_group", args=[case.uuid, slug])


def version_of(page):
    return re.search(r'name="version" value="([^"]*)"', page.content.decode())[1]


def sent(page, **changes):
    return {"version": version_of(page), "go": "on", **changes}


NAME = {
    "first_name": "María",
    "middle_name": "",
    "last_name": "García-López",
    "chosen_name": "",
    "born_on_month": "3",
    "born_on_day": "14",
    "born_on_year": "1988",
}


@pytest.fixture
def draft(story, signed_in):
    """A new draft, its page of names, and its person's client."""
    case = stories.started(story, "maria", "reciprocity")
    return case, signed_in(story.person("maria"))


def now_of(case):
    return Application.objects.get(case=case)


def test_a_page_is_kept_and_leads_to_the_next(draft):
    case, client = draft
    page = client.get(group(case, "name"))
    answer = client.post(group(case, "name"), sent(page, **NAME))
    assert (answer.status_code, answer["Location"]) == (302, group(case, "contact"))
    application = now_of(case)
    assert (application.first_name, application.born_on) == ("María", date(1988, 3, 14))


def test_from_the_check_page_one_comes_back_to_it(draft):
    case, client = draft
    url = group(case, "name") + "?from=check"
    answer = client.post(url, sent(client.get(url), **NAME))
    assert answer["Location"] == reverse("applicant:check", args=[case.uuid])


def test_what_cannot_be_kept_stays_with_its_sentence_and_the_rest_is_saved(draft):
    case, client = draft
    page = client.get(group(case, "name"))
    answer = client.post(group(case, "name"), sent(page, **{**NAME, "born_on_day": "45", "last_name": ""}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Write the day as a number from 1 to 31." in text
    assert 'value="45"' in text
    assert "Enter your last name." in text
    assert now_of(case).first_name == "María"
    assert now_of(case).born_on is None


def test_finishing_later_asks_for_nothing(draft):
    case, client = draft
    page = client.get(group(case, "name"))
    answer = client.post(group(case, "name"), {"version": version_of(page), "go": "later", "first_name": "María"})
    assert answer["Location"] == reverse("applicant:tasks", args=[case.uuid])
    assert now_of(case).first_name == "María"


def test_an_answer_can_be_taken_away(draft):
    case, client = draft
    client.post(group(case, "name"), sent(client.get(group(case, "name")), **NAME))
    page = client.get(group(case, "name"))
    client.post(group(case, "name"), sent(page, **{**NAME, "last_name": "", "chosen_name": ""}))
    assert now_of(case).last_name is None


def test_an_older_window_that_changed_nothing_undoes_nothing(draft):
    case, client = draft
    old = client.get(group(case, "name"))
    client.post(group(case, "name"), sent(client.get(group(case, "name")), **NAME))
    blank = dict.fromkeys(NAME, "")
    answer = client.post(group(case, "name"), sent(old, **{**blank, "chosen_name": "Mari"}))
    application = now_of(case)
    assert (application.first_name, application.chosen_name) == ("María", "Mari")
    # What the older window showed as empty was answered since: nothing is missing.
    assert answer.status_code == 302


def test_two_answers_to_one_question_are_both_shown_and_nothing_is_overwritten(draft):
    case, client = draft
    old = client.get(group(case, "name"))
    client.post(group(case, "name"), sent(client.get(group(case, "name")), **NAME))
    answer = client.post(group(case, "name"), sent(old, **{**NAME, "first_name": "Mariana"}))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Mariana" in text
    assert "María" in text
    assert "changed in another window" in text
    assert now_of(case).first_name == "María"
    # Sending the page that shows both keeps what is here.
    again = client.post(group(case, "name"), sent(answer, **{**NAME, "first_name": "Mariana"}))
    assert again.status_code == 302
    assert now_of(case).first_name == "Mariana"


def autosave(client, url, version, field, **values):
    return client.post(url, {"field": field, "version": version, **values}, headers={"HX-Request": "true"})


def token(answer):
    return re.search(r'data-version="([^"]*)"', answer.content.decode())[1]


def test_one_answer_is_saved_as_it_is_given(draft):
    case, client = draft
    url = group(case, "name")
    version = version_of(client.get(url))
    answer = autosave(client, url, version, "first_name", first_name="María")
    assert answer.status_code == 200
    assert "Saved at" in answer.content.decode()
    assert now_of(case).first_name == "María"
    # The same window goes on with the token it got.
    answer = autosave(client, url, token(answer), "first_name", first_name="Mariana")
    assert answer.status_code == 200
    assert now_of(case).first_name == "Mariana"
    day = {"born_on_month": "3", "born_on_day": "14", "born_on_year": "1988"}
    assert autosave(client, url, token(answer), "born_on", **day).status_code == 200
    assert now_of(case).born_on == date(1988, 3, 14)


def test_one_answer_that_cannot_be_kept_gets_its_sentence(draft):
    case, client = draft
    url = group(case, "name")
    version = version_of(client.get(url))
    answer = autosave(client, url, version, "born_on", born_on_month="2", born_on_day="30", born_on_year="1990")
    assert answer.status_code == 422
    assert "That month has 28 days" in answer.content.decode()
    assert now_of(case).born_on is None


def test_one_answer_changed_elsewhere_meanwhile_shows_both_and_either_can_be_kept(draft):
    case, client = draft
    url = group(case, "name")
    version = version_of(client.get(url))
    autosave(client, url, version, "last_name", last_name="García")
    answer = autosave(client, url, version, "last_name", last_name="López")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "García" in text
    assert "López" in text
    assert "last_name=Garc%C3%ADa" in text
    assert now_of(case).last_name == "García"
    assert autosave(client, url, token(answer), "last_name", last_name="López").status_code == 200
    assert now_of(case).last_name == "López"


def test_saving_another_answer_does_not_hide_a_conflict(draft):
    case, client = draft
    url = group(case, "name")
    old = version_of(client.get(url))
    autosave(client, url, old, "last_name", last_name="García")
    mine = autosave(client, url, old, "first_name", first_name="Ana")
    assert mine.status_code == 200
    assert autosave(client, url, token(mine), "last_name", last_name="López").status_code == 409


def test_a_window_left_open_after_sending_is_told_so(draft, story):
    case, client = draft
    url = group(case, "name")
    version = version_of(client.get(url))
    stories.apply.discard(case.pk, actor=story.actor("maria"), now=story.now)
    answer = autosave(client, url, version, "first_name", first_name="María")
    assert answer.status_code == 422
    assert "You threw this draft away" in answer.content.decode()


def test_a_name_that_cannot_be_printed_is_asked_in_the_letters_of_the_id_and_a_chosen_one_in_any(draft):
    case, client = draft
    url = group(case, "name")
    answer = client.post(url, sent(client.get(url), **{**NAME, "first_name": "秀英", "last_name": "王"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("Write the name in the Latin letters of your ID.") >= 2
    assert 'value="秀英"' in page
    given = {**NAME, "first_name": "Xiùyīng", "last_name": "Wáng", "chosen_name": "秀英"}
    assert client.post(url, sent(client.get(url), **given)).status_code == 302
    assert (now_of(case).first_name, now_of(case).chosen_name) == ("Xiùyīng", "秀英")
    # Pasted, with what nobody sees.
    given = {**NAME, "first_name": "\ufeffXiu\u0300yi\u0304ng\u200b", "last_name": "\u202eWáng"}
    assert client.post(url, sent(client.get(url), **given)).status_code == 302
    assert (now_of(case).first_name, now_of(case).last_name) == ("Xiùyīng", "Wáng")


def test_no_fixed_address_asks_for_no_address(draft):
    case, client = draft
    url = group(case, "contact")
    page = client.get(url)
    assert client.post(url, sent(page, phone="916 555 0100")).status_code == 422
    answer = client.post(url, sent(client.get(url), phone="916 555 0100", has_no_fixed_address="on"))
    assert answer.status_code == 302
    assert now_of(case).has_no_fixed_address is True


@pytest.mark.parametrize("phone", ["12", "call me", "1" * 30])
def test_a_phone_number_has_digits(draft, phone):
    case, client = draft
    url = group(case, "contact")
    assert autosave(client, url, "", "phone", phone=phone).status_code == 422


def test_outside_california_and_not_working_are_answers(draft):
    case, client = draft
    url = group(case, "places")
    answer = client.post(url, sent(client.get(url), residence="outside", workplace="none"))
    assert answer.status_code == 302
    application = now_of(case)
    assert (application.lives_outside_california, application.is_not_working) == (True, True)
    county = stories.county("Kern")
    client.post(url, sent(client.get(url), residence=str(county.pk), workplace="outside"))
    application = now_of(case)
    assert (application.county_of_residence, application.lives_outside_california) == (county, False)
    assert (application.is_not_working, application.works_outside_california) == (False, True)


def test_attesting_and_signing_are_kept_with_wording_name_and_time(draft):
    case, client = draft
    client.post(group(case, "name"), sent(client.get(group(case, "name")), **NAME))
    url = group(case, "lived-experience")
    answers = {"lived_experience_role": "family", "is_willing_to_share": "yes", "is_dedicated": "yes", "attests": "on"}
    assert client.post(url, sent(client.get(url), **answers)).status_code == 302
    application = now_of(case)
    assert application.lived_experience_wording == "2022-05"
    assert application.lived_experience_attested_at is not None
    url = group(case, "ethics")
    wrong = client.post(url, sent(client.get(url), code="2022-05", ethics_name="Someone Else"))
    assert wrong.status_code == 422
    assert "Sign with your legal name as you gave it: María García-López" in wrong.content.decode()
    assert client.post(url, sent(client.get(url), code="2022-05", ethics_name="maria garcia lopez")).status_code == 302
    assert now_of(case).ethics_name == "maria garcia lopez"


def test_demographics_are_kept_apart_and_may_be_left_out(draft, story):
    case, client = draft
    url = group(case, "about-you")
    assert client.post(url, sent(client.get(url))).status_code == 302
    given = {"gender": "prefer_not_to_say", "ethnicity": ["latino", "prefer_not_to_say"], "age_band": "26_40"}
    assert client.post(url, sent(client.get(url), **given)).status_code == 302
    kept = Demographics.objects.get(person=story.person("maria"))
    assert (kept.gender, kept.ethnicity, kept.age_band) == ("prefer_not_to_say", ["prefer_not_to_say"], "26_40")
    assert "26_40" not in str(stories.apply.snapshot(now_of(case)))


def test_an_older_window_undoes_no_answer_about_oneself(draft, story):
    case, client = draft
    url = group(case, "about-you")
    client.post(url, sent(client.get(url), gender="woman"))
    old = client.get(url)
    client.post(url, sent(client.get(url), gender="nonbinary", veteran="no"))
    # What the older window did not change stays as it is now; what both changed is told with both.
    assert client.post(url, sent(old, gender="woman", age_band="26_40")).status_code == 302
    kept = Demographics.objects.get(person=story.person("maria"))
    assert (kept.gender, kept.veteran, kept.age_band) == ("nonbinary", "no", "26_40")
    answer = client.post(url, sent(old, gender="man", veteran="no"))
    assert answer.status_code == 409
    assert "Nonbinary" in answer.content.decode()
    assert "changed in another window" in answer.content.decode()
    kept.refresh_from_db()
    assert kept.gender == "nonbinary"


def test_a_job_is_added_filled_in_and_taken_out(draft):
    case, client = draft
    answer = client.post(group(case, "work"), {"add": "1"})
    url = answer["Location"]
    page = client.get(url)
    job = {
        "employer": "Harbor Wellness",
        "role": "Peer",
        "started_on_month": "1",
        "started_on_day": "1",
        "started_on_year": "2020",
        "is_current": "on",
        "hours_per_week": "32",
        "is_paid": "yes",
    }
    wrong = client.post(url, sent(page, **{**job, "hours_per_week": "500"}))
    assert wrong.status_code == 422
    assert 'value="500"' in wrong.content.decode()
    assert now_of(case).employments.get().employer == "Harbor Wellness"
    assert client.post(url, sent(client.get(url), **job)).status_code == 302
    assert "Harbor Wellness" in client.get(group(case, "work")).content.decode()
    assert autosave(client, url, "", "hours_per_week", hours_per_week="20").status_code == 200
    client.post(url, {"remove": "1"})
    assert not now_of(case).employments.exists()
    assert client.get(url).status_code == 409


def test_a_job_that_ended_before_it_began_is_told(draft):
    case, client = draft
    url = client.post(group(case, "work"), {"add": "1"})["Location"]
    job = {"employer": "X", "started_on_month": "5", "started_on_day": "1", "started_on_year": "2024"}
    end = {"ended_on_month": "4", "ended_on_day": "1", "ended_on_year": "2024"}
    answer = client.post(url, sent(client.get(url), **job, **end, hours_total="100", is_paid="no"))
    assert answer.status_code == 422
    assert "The last day can&#x27;t come before the first" in answer.content.decode()


def test_sending_by_hand_twice_and_from_two_tabs_is_one_submission(story, signed_in):
    case = stories.drafted(story, "devon")
    client = signed_in(story.person("devon"))
    url = reverse("applicant:check", args=[case.uuid])
    first, second = client.get(url), client.get(url)

    def key(page):
        return re.search(r'name="key" value="([^"]*)"', page.content.decode())[1]

    done = reverse("applicant:submitted", args=[case.uuid])
    for form in (key(first), key(first), key(second)):
        assert client.post(url, {"key": form})["Location"] == done
    case.refresh_from_db()
    assert case.timeline.filter(verb="submitted").count() == 1
    assert case.number in client.get(done).content.decode()


def test_what_is_missing_is_listed_with_links_and_nothing_is_sent(draft):
    case, client = draft
    url = reverse("applicant:check", args=[case.uuid])
    page = client.get(url).content.decode()
    assert group(case, "name") + "?from=check" in page
    assert "Send my application" not in page
    answer = client.post(url, {"key": "7b0e8a52-9c7a-4ad1-8f0e-000000000001"})
    assert answer.status_code == 422
    assert client.post(url, {"key": "nonsense"}).status_code == 422
    assert now_of(case).submitted_at is None
