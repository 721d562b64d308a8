"""The way to submission in a real browser: nothing given is lost, every page passes axe and fits a phone."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import expect

from peercert.demo.cast import Member
from peercert.program.applications.models import Application
from peercert.program.applications.sections import sections_of
from peercert.web.applicant.groups import page_slug
from tests import stories
from tests.fixtures.browser import go
from tests.journey.test_answer import asked
from tests.web import axe

pytestmark = pytest.mark.browser


@pytest.fixture
def story(committed):
    return stories.Story(now=timezone.now())


@pytest.fixture
def sign_in(live_site):
    """`sign_in(page, person)`: this browser has that person's session."""

    def enter(page, person):
        client = Client()
        client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
        page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])

    return enter


def at(language, name, *args):
    with override(language):
        return reverse(f"applicant:{name}", args=args)


def saved(page):
    page.locator("[data-save-status]", has_text="Saved at").wait_for()


def test_a_draft_survives_a_closed_browser_and_goes_on_elsewhere(story, new_page, sign_in):
    case = stories.started(story, "devon")
    name = at("en", "question_group", case.uuid, "name")
    first = new_page()
    sign_in(first, story.person("devon"))
    first.goto(name)
    first.get_by_label("First name").fill("Devon")
    first.get_by_label("First name").blur()
    saved(first)
    first.get_by_label("Month").select_option("11")
    first.get_by_label("Day").fill("2")
    first.get_by_label("Year").fill("1979")
    first.get_by_label("Year").blur()
    first.locator("[data-save-status][data-state=saved]").wait_for()
    first.get_by_label("Last name or names").click()
    first.context.close()

    second = new_page(viewport={"width": 390, "height": 800})
    sign_in(second, story.person("devon"))
    second.goto(at("en", "home"))
    go(second.get_by_role("link", name="Continue"))
    go(second.get_by_role("link", name="Your legal name and birth date"))
    assert second.get_by_label("First name").input_value() == "Devon"
    assert second.get_by_label("Year").input_value() == "1979"
    second.get_by_label("Last name or names").fill("Carter")
    go(second.get_by_role("button", name="Save and continue"))
    second.wait_for_url(f"**{at('en', 'question_group', case.uuid, 'contact')}")
    application = Application.objects.get(case=case)
    assert (application.first_name, application.last_name) == ("Devon", "Carter")


def test_an_older_window_is_told_both_answers_and_the_person_chooses(story, new_page, sign_in):
    case = stories.started(story, "devon")
    name = at("en", "question_group", case.uuid, "name")
    here = new_page()
    sign_in(here, story.person("devon"))
    here.goto(name)
    there = here.context.new_page()
    there.goto(name)
    here.get_by_label("Last name or names").fill("Carter")
    here.get_by_label("Last name or names").blur()
    saved(here)
    there.get_by_label("Last name or names").fill("Karter")
    there.get_by_label("Last name or names").blur()
    there.get_by_text("This answer was changed in another window.").first.wait_for()
    assert Application.objects.get(case=case).last_name == "Carter"
    there.get_by_role("button", name="Take the saved one").click()
    saved(there)
    assert there.get_by_label("Last name or names").input_value() == "Carter"


def test_a_photo_is_sent_at_once_and_its_outcome_comes_by_itself(story, new_page, sign_in, run_jobs):
    case = stories.started(story, "devon")
    page = new_page()
    sign_in(page, story.person("devon"))
    page.goto(at("en", "question_group", case.uuid, "photo-id"))
    page.get_by_text("Driver's license").click()
    photo = {"name": "license.jpg", "mimeType": "image/jpeg", "buffer": stories.picture("License")}
    page.locator("#file-photo_id").set_input_files(photo)
    page.locator("#papers-photo_id").get_by_text("We are looking at it").wait_for()
    run_jobs()
    page.get_by_text("Received", exact=True).wait_for()
    assert page.get_by_label("Driver's license").is_checked()


MINUTE = 60


def test_the_orientation_plays_one_picture_after_another(story, new_page, sign_in):
    page = new_page()
    sign_in(page, story.person("devon"))
    page.clock.install()
    page.goto(at("en", "chapter", 1))
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + MINUTE)
    assert page.locator("[data-slide]:visible").count() == 1
    page.get_by_role("button", name="Next picture").click()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.get_by_role("button", name="Play this chapter").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.clock.run_for(2 * MINUTE * 1000)
    expect(page.get_by_text("3 of 3")).to_be_visible()
    expect(page.get_by_role("button", name="Play this chapter")).to_be_visible()


#: A device with one voice, which says each sentence at once. The browser of the tests has none.
VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = class extends EventTarget {
  constructor(text) { super(); this.text = text; }
};
const voices = Object.assign(new EventTarget(), {
  getVoices: () => [{ lang: "es-MX" }],
  cancel() {},
  speak(part) {
    window.spoken.push([part.lang, part.text.trim()]);
    setTimeout(() => part.dispatchEvent(new Event("end")));
  },
});
Object.defineProperty(window, "speechSynthesis", { value: voices });
"""


def test_a_chapter_is_read_aloud_where_the_device_has_a_voice_for_its_language(story, new_page, sign_in):
    page = new_page()
    sign_in(page, story.person("devon"))
    page.add_init_script(VOICE)
    page.goto(at("en", "chapter", 1))
    assert page.get_by_role("button", name="Play with a voice").count() == 0
    page.goto(at("es", "chapter", 1))
    captions = page.locator("[data-slide] figcaption")
    told = [caption.evaluate("one => one.textContent") for caption in captions.all()]
    page.get_by_role("button", name="Reproducir con voz").click()
    page.get_by_text("3 de 3").wait_for()
    page.get_by_role("button", name="Reproducir con voz").wait_for()
    spoken = page.evaluate("window.spoken")
    assert {language for language, _ in spoken} == {"es-MX"}
    assert "".join(text for _, text in spoken).replace(" ", "") == "".join(told).replace(" ", "")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("pathway", ["initial", "reciprocity", "portability"])
def test_every_page_passes_axe_and_fits_a_small_phone(story, new_page, sign_in, pathway, language):
    page = new_page(viewport={"width": 320, "height": 720})
    problems = []

    def look(url):
        page.goto(url)
        problems.extend(f"{url} {found}" for found in axe.violations(page))
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            problems.append(f"{url} is wider than the screen")

    if pathway == "initial":
        look(at(language, "home"))
        look(at(language, "eligibility"))
        go(page.locator("main form button").first)
        problems.extend(axe.violations(page))
    sign_in(page, story.person("maria"))
    if pathway == "initial":
        for name in ("home", "start", "self_assessment"):
            look(at(language, name))
        for chapter in (1, 2, 6):
            look(at(language, "chapter", chapter))
    draft = stories.started(story, "maria", pathway)
    whole = stories.drafted(story, "devon", pathway)
    for name in ("tasks", "check"):
        look(at(language, name, draft.uuid))
    for section in sections_of(pathway):
        look(at(language, "question_group", draft.uuid, page_slug(section.slug)))
    look(at(language, "question_group", draft.uuid, "about-you"))
    look(at(language, "question_group", draft.uuid, "name"))
    go(page.locator("button[value=on]"))
    problems.extend(axe.violations(page))
    if pathway == "reciprocity":
        for slug in ("work", "continuing-education", "letters-of-support"):
            page.goto(at(language, "question_group", draft.uuid, slug))
            go(page.locator("button[name=add]"))
            problems.extend(axe.violations(page))
    page.context.clear_cookies()
    sign_in(page, story.person("devon"))
    for name in ("tasks", "check", "discard"):
        look(at(language, name, whole.uuid))
    look(at(language, "question_group", whole.uuid, "photo-id"))
    page.goto(at(language, "check", whole.uuid))
    go(page.locator("main form button.usa-button").last)
    problems.extend(axe.violations(page))
    look(at(language, "withdraw", whole.uuid))
    assert problems == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_after_sending_passes_axe_and_fits_a_small_phone(story, new_page, sign_in, language):
    page = new_page(viewport={"width": 320, "height": 720})
    waiting, _ = asked(story)
    story.members["rosa"] = Member("rosa", "Rosa", "Vega", "rosa@example.com", born_on=date(1985, 5, 5))
    unpaid = stories.submitted(story, "rosa", "portability")
    certified = stories.certified(stories.Story(now=story.now - timedelta(days=60)), "devon")
    problems = []

    def look(name, *args):
        url = at(language, name, *args)
        page.goto(url)
        assert page.url.endswith(url), url
        problems.extend(f"{url} {found}" for found in axe.violations(page))
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            problems.append(f"{url} is wider than the screen")

    for who, case in (("maria", waiting), ("rosa", unpaid), ("devon", certified)):
        page.context.clear_cookies()
        sign_in(page, story.person(who))
        for name in ("status", "fees", "ask"):
            look(name, case.uuid)
        for name in ("home", "letters", "download"):
            look(name)
        look("letter", case.letters.first().uuid)
        if case == waiting:
            look("request", case.uuid)
            go(page.locator("button[name=send]"))
            problems.extend(axe.violations(page))
        if case == certified:
            look("exam", case.uuid)
            look("certificate", case.certificate.number)
    assert problems == []


def test_a_stranger_checks_eligibility_without_a_script_by_keyboard_alone(new_page):
    page = new_page(java_script_enabled=False)
    page.goto(at("es", "eligibility"))
    go(page.get_by_role("button", name="Comenzar"))
    page.get_by_label("No", exact=True).press("Space")
    go(page.get_by_role("button", name="Siguiente"), key="Enter")
    page.get_by_label("Mes").select_option("3")
    page.get_by_label("Día").fill("14")
    page.get_by_label("Año").fill("1988")
    go(page.get_by_label("Año"), key="Enter")
    go(page.get_by_role("button", name="Atrás"), key="Enter")
    assert page.get_by_label("Año").input_value() == "1988"
    go(page.get_by_role("button", name="Siguiente"), key="Enter")
    page.get_by_label("Licencia de conducir").wait_for()
    # The browser's own way back works as well.
    page.go_back()
    assert page.get_by_label("Año").input_value() == "1988"
