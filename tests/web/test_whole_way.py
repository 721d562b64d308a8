"""The whole way in a real browser, once by each pathway that is open: from "am I eligible?" to a stranger's answer.

In Spanish with the addresses under /es/, in English without a script, and in English with one. Nothing is written past
the pages but what comes from outside: the session, the queue's jobs, and the vendor's file. axe looks at every kind of
page on the ways with a script.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from peercert import words
from peercert.demo.cast import Member
from peercert.program.casework.models import Case
from peercert.program.certificates.models import Certificate
from peercert.program.counties.models import County
from peercert.program.money.models import Due
from peercert.rules.days import day_of
from tests import stories
from tests.fixtures.browser import go
from tests.web import axe

pytestmark = [pytest.mark.browser, pytest.mark.long]

PHOTO = {"name": "paper.jpg", "mimeType": "image/jpeg"}
#: Check boxes are ticked by this.
TICKED = True


class Way:
    """One person's way: who is at which page, in which language, with or without a script."""

    def __init__(self, new_page: Callable[..., Any], site: str, story: stories.Story, language: str, scripts: bool):
        self.new_page, self.site, self.story, self.language, self.scripts = new_page, site, story, language, scripts
        self.pages: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.problems: list[str] = []

    def page(self, who: str) -> Any:
        """The browser of one of the people; everyone but the stranger is signed in."""
        if who not in self.pages:
            self.pages[who] = self._browser(who, self.scripts)
        return self.pages[who]

    def _browser(self, who: str, scripts: bool) -> Any:
        page = self.new_page(java_script_enabled=scripts, locale="es-US" if self.language == "es" else "en-US")
        if who not in {"stranger", "applicant"}:
            client = Client()
            client.force_login(
                self.story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
            cookie = {"name": "session", "value": client.cookies["session"].value, "url": self.site}
            page.context.add_cookies([cookie])
        return page

    def at(self, name: str, *args: Any) -> str:
        """An address in the language of this way."""
        with override(self.language):
            return reverse(name, args=args)

    def go(self, who: str, name: str, *args: Any, query: str = "") -> Any:
        """Go to a page and look at it."""
        page = self.page(who)
        page.goto(self.at(name, *args) + query)
        self.look(who)
        return page

    def look(self, who: str) -> None:
        """Is this page in the right language, and does axe find nothing on it? Each kind of page once.

        axe is a script: the pages of a way without any are looked at by it in applicant/test_in_browser.py, which walks
        the same pathway in the same language.
        """
        page = self.page(who)
        assert page.locator("html").get_attribute("lang") == self.language, page.url
        kind = re.sub(r"[0-9a-f-]{36}|[ACE]-\w{4}-\w{4}|\d+", "*", page.url.removeprefix(self.site).split("?")[0])
        if kind not in self.seen and self.scripts:
            self.seen[kind] = page.url
            self.problems += [f"{page.url}: {found}" for found in axe.violations(page)]

    def press(self, who: str, button: str) -> Any:
        """Press a button (or follow a link) that leads to a page, and look at that page."""
        page = self.page(who)
        go(page.locator(button).last)
        return page


def answer(page: Any, **given: Any) -> None:
    """Answer questions of a page by the names of their fields, as a hand would: labels clicked, boxes filled."""
    for name, value in given.items():
        if isinstance(value, date):
            page.locator(f"select[name={name}_month]").select_option(str(value.month))
            page.locator(f"[name={name}_day]").fill(str(value.day))
            page.locator(f"[name={name}_year]").fill(str(value.year))
        elif page.locator(f"select[name={name}]").count():
            page.locator(f"select[name={name}]").select_option(value)
        elif value is TICKED:
            box = page.locator(f"input[name={name}]")
            if not box.is_checked():
                page.locator(f"label[for={box.get_attribute('id')}]").click()
        elif page.locator(f"input[name={name}][type=radio], input[name={name}][type=checkbox]").count():
            for one in value if isinstance(value, list) else [value]:
                box = page.locator(f"input[name={name}][value='{one}']")
                page.locator(f"label[for={box.get_attribute('id')}]").click()
        else:
            page.locator(f"input[name={name}], textarea[name={name}]").fill(value)


NEXT = "button[name=go][value=next]"
ON = "button[name=go][value=on]"
MAIN = "main form button.usa-button"
#: An entry of a list that the eligibility check began.
BEGUN = ".pc-tasks__task:has(.pc-status--yours) .pc-tasks__link"


def check_eligibility(way: Way, answers: dict[str, Any]) -> None:
    """A stranger asks whether they are eligible, meets the door that closed, and takes the answers along."""
    page = way.go("applicant", "applicant:eligibility")
    closed = {"en": "closed on June 30, 2023", "es": "se cerró el 30 de junio de 2023"}[way.language]
    assert closed in page.locator("main").inner_text()
    way.press("applicant", MAIN)
    while page.locator(NEXT).count():
        code = page.locator("input[name=at]").first.get_attribute("value")
        answer(page, **{code: answers[code]})
        way.press("applicant", NEXT)
        assert not page.locator(".usa-error-message").count(), code
    assert closed in page.locator("main").inner_text()
    way.problems += axe.violations(page) if way.scripts else []
    way.press("applicant", "button[name=go][value=carry]")
    assert page.url.endswith(f"/account/signup/?next={way.at('applicant:start')}"), page.url
    way.look("applicant")


def sign_in(way: Way, who: str) -> None:
    """The stranger of before has an account now: the same browser goes on with a session."""
    client = Client()
    client.force_login(way.story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": way.site}
    way.pages["applicant"].context.add_cookies([cookie])
    way.pages[who] = way.pages["applicant"]


def start(way: Way, who: str, pathway: str) -> Case:
    """Choose the pathway; grandparenting is no choice."""
    page = way.go(who, "applicant:start")
    assert page.locator("input[name=pathway][value=grandparenting]").count() == 0
    assert "2023" in page.locator("main").inner_text()
    assert page.locator(f"input[name=pathway][value={pathway}]").is_checked(), "the check's answer came along"
    way.press(who, MAIN)
    way.look(who)
    return Case.objects.get(person=way.story.person(who), stage="draft")


def orient(way: Way, who: str) -> None:
    """Every chapter of the orientation, and the questions for oneself."""
    page = way.go(who, "applicant:chapter", 1)
    while "/orientation/" in page.url:
        way.press(who, MAIN)
    page = way.go(who, "applicant:self_assessment")
    answer(page, **dict.fromkeys(words.catalogue("self_assessment"), "yes"))
    way.press(who, MAIN)


def give(way: Way, who: str, kind: str) -> None:
    """A photo of a paper, by script at once or with its own button."""
    page = way.page(who)
    page.locator(f"#file-{kind}").set_input_files({**PHOTO, "buffer": stories.picture(kind)})
    if not way.scripts:
        way.press(who, f"button[name=send][value={kind}]")
    page.locator(f"#papers-{kind} .pc-papers__sheet").first.wait_for()


def fill_in(way: Way, who: str, case: Case, answers: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> None:
    """Every group of questions, in the order in which the site leads through them."""
    page = way.go(who, "applicant:question_group", case.uuid, "name")
    done: list[str] = []
    while not page.url.endswith("/check/"):
        slug = page.url.rstrip("/").rsplit("/", 1)[1]
        assert slug not in done, (slug, page.locator(".usa-error-message").all_inner_texts())
        done.append(slug)
        way.look(who)
        for row in rows.get(slug, []):
            way.press(who, BEGUN if page.locator(BEGUN).count() else "button[name=add]")
            way.look(who)
            answer(page, **row)
            way.press(who, ON)
            assert page.url.endswith(f"/{slug}/"), page.locator(".usa-error-message").all_inner_texts()
        given = {name: answers[name] for name in answers if page.locator(f"[name={name}], [name={name}_day]").count()}
        answer(page, **given)
        for kind in [one.removeprefix("file-") for one in ids(page, "main input[type=file][id^=file-]")]:
            give(way, who, kind)
        way.press(who, ON if page.locator(ON).count() else MAIN)


def ids(page: Any, what: str) -> list[str]:
    """The ids of some elements."""
    found = page.locator(what)
    return [found.nth(at).get_attribute("id") for at in range(found.count())]


def submit(way: Way, who: str, case: Case) -> Case:
    """Read it all once more, and send it."""
    page = way.go(who, "applicant:check", case.uuid)
    assert not page.locator(".pc-next").count(), page.locator("main").inner_text()
    way.press(who, MAIN)
    assert page.url.endswith("/submitted/"), page.locator("main").inner_text()
    way.look(who)
    case.refresh_from_db()
    assert case.number in page.locator("main").inner_text()
    way.go(who, "applicant:status", case.uuid)
    return case


def pay(way: Way, case: Case, item: str) -> None:
    """A check arrives by mail; a finance officer records it. One that is not confirmed is not charged."""
    owed = Due.objects.get(case=case, item=item).amount_cents or 0
    if not owed:
        case.refresh_from_db()
        assert case.stage != "submitted", "the review does not wait for a fee that nobody owes"
        return
    page = way.go("grace", "staff:money_record", query=f"?number={case.number}")
    answer(page, means="check", reference=f"{item}-1", amount=f"{owed / 100:.2f}", received_on=day_of(timezone.now()))
    way.press("grace", MAIN)
    way.look("grace")
    assert "/money/payments/" in page.url, page.locator("main").inner_text()


def pass_checks(way: Way, case: Case) -> Any:
    """Every open check of the case is marked as passed."""
    page = way.go("ana", "staff:case", case.number)
    for one in ids(page, ".pc-check:has(button[value=pass])"):
        check = page.locator(f"#{one}")
        if check.locator(".pc-status--done").count():
            continue
        if way.scripts:
            check.locator("button[value=pass]").click()
        else:
            way.press("ana", f"#{one} button[value=pass]")
        check.locator(".pc-status--done").first.wait_for()
    return page


def review(way: Way, case: Case, member: Member) -> None:
    """The ID is read, every check marked, the case recommended; another officer determines it."""
    page = way.go("ana", "staff:queue")
    assert case.number in page.locator("main").inner_text()
    page = way.go("ana", "staff:read_id", case.number)
    answer(
        page, first=member.first, last=member.last, born_on=member.born_on, expires_on=date(2035, 1, 1),
        has_photo=TICKED,
    )  # fmt: skip
    way.press("ana", MAIN)
    pass_checks(way, case)
    page = way.go("ana", "staff:recommend", case.number)
    answer(page, outcome="approve", because="Everything was seen.")
    way.press("ana", "main form:has([name=outcome]) button.usa-button")
    page = way.go("tom", "staff:determine", case.number)
    answer(page, outcome="approve", because="Everything was seen.")
    way.press("tom", "main form:has([name=outcome]) button.usa-button")
    assert page.locator("html").get_attribute("lang") == way.language
    way.problems += axe.violations(page) if way.scripts else []
    way.press("tom", "button[name=confirm]")
    case.refresh_from_db()
    assert case.stage == "approved", page.locator("main").inner_text()


def train(way: Way, who: str, case: Case) -> None:
    """The certificate of the core course is given, looked at, and accepted."""
    on = day_of(timezone.now())
    page = way.go(who, "applicant:training", case.uuid)
    answer(
        page, provider=str(stories.provider(way.story).uuid), language=way.language, hours="80",
        started_on=on - timedelta(days=40), completed_on=on - timedelta(days=10),
    )  # fmt: skip
    page.locator("#id_file_file").set_input_files({**PHOTO, "buffer": stories.picture("Course")})
    way.press(who, MAIN)
    assert not page.locator(".usa-error-message").count(), page.locator("main").inner_text()
    way.go(who, "applicant:training", case.uuid)


def accept_training(way: Way, case: Case) -> None:
    """The reviewer marks the checks of the course and accepts its certificate."""
    page = pass_checks(way, case)
    way.press("ana", "form[action*='/trainings/'] button.usa-button")
    assert not page.locator("form[action*='/trainings/']").count(), page.locator("main").inner_text()


def sit(way: Way, who: str, case: Case, run_jobs: Any) -> None:
    """No accommodation is needed; leave to sit goes to the vendor, the vendor's file comes back with a pass."""
    page = way.go(who, "applicant:accommodation", case.uuid)
    answer(page, is_needed="no")
    way.press(who, MAIN)
    pay(way, case, "exam")
    page = way.go(who, "applicant:exam", case.uuid)
    case.refresh_from_db()
    page = way.go("li", "staff:exams")
    way.press("li", "form[action$='/exams/export/'] button")
    way.look("li")
    page = way.go("li", "staff:exams")
    story = stories.Story(now=timezone.now())
    passed = stories.vendor_file(stories.vendor_line(story, case, "PASS", scores=(82, 75, 90, 88, 79, 84, 71, 80)))
    page.locator("input[name=file]").set_input_files({"name": "vendor.txt", "mimeType": "text/plain", "buffer": passed})
    way.press("li", "form[action$='/exams/import/'] button")
    way.look("li")
    run_jobs()
    case.refresh_from_db()
    page.reload()
    assert case.stage == "certified", page.locator("main").inner_text()
    way.go(who, "applicant:exam", case.uuid)


def hold_certificate(way: Way, who: str, case: Case, member: Member) -> None:
    """The holder downloads the document; a stranger verifies the number, and finds the name."""
    page = way.go(who, "applicant:status", case.uuid)
    number = Certificate.objects.get(case=case).number
    page = way.go(who, "applicant:certificate", number)
    with page.expect_download() as download:
        page.locator("#certificate-file a[download]").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page = way.go("stranger", "public:verify")
    answer(page, number=number.lower().replace("-", " "))
    way.press("stranger", "form:has([name=number]) button")
    way.look("stranger")
    assert page.locator(".pc-answer--done").count() == 1
    assert f"{member.first} {member.last}" in page.locator("main").inner_text()
    page = way.go("stranger", "public:verify")
    answer(page, last=member.last, first=member.first[0])
    way.press("stranger", "form:has([name=last]) button")
    assert number in page.locator("main").inner_text()


def live(way: Way, who: str, pathway: str, run_jobs: Any) -> None:
    """From the first question to the stranger's answer."""
    member = way.story.members[who]
    more = ELSEWHERE if pathway != "initial" else {}
    check_eligibility(way, {**asked(member), "has_other": "yes" if more else "no", **more, **ELIGIBLE.get(pathway, {})})
    sign_in(way, who)
    case = start(way, who, pathway)
    orient(way, who)
    way.go(who, "applicant:tasks", case.uuid)
    fill_in(way, who, case, {**asked(member), **told(way, member), **more}, ROWS if pathway == "reciprocity" else {})
    run_jobs()
    case = submit(way, who, case)
    pay(way, case, "application")
    run_jobs()
    review(way, case, member)
    if pathway == "initial":
        train(way, who, case)
        run_jobs()
        accept_training(way, case)
    sit(way, who, case, run_jobs)
    hold_certificate(way, who, case, member)
    for name in ("applicant:home", "applicant:letters"):
        way.go(who, name)
    way.go("tom", "staff:certificate", case.number)
    way.go("tom", "staff:history", case.number)
    assert not way.problems, "\n".join(way.problems)


def asked(member: Member) -> dict[str, Any]:
    """What both the check of eligibility and the application ask."""
    return {
        "born_on": member.born_on,
        "id_kind": "driver_license",
        "id_expires_on": date(2035, 1, 1),
        "education_kind": "diploma",
        "lived_experience_role": "consumer",
        "is_willing_to_share": "yes",
        "is_dedicated": "yes",
    }


def told(way: Way, member: Member) -> dict[str, Any]:
    """What the application asks besides."""
    return {
        "first_name": member.first,
        "last_name": member.last,
        "phone": "916 555 0100",
        "street": "1 First Street",
        "city": "Oakland",
        "state": "CA",
        "postal_code": "94601",
        "wants_paper": "no",
        "written_language": way.language,
        "residence": str(County.objects.get(name="Alameda").pk),
        "workplace": "none",
        "attests": TICKED,
        "ethics_name": f"{member.first} {member.last}",
        "age_band": "prefer_not_to_say",
    }


ELSEWHERE: dict[str, Any] = {
    "service_role": "spouse",
    "other_state": "OR",
    "other_number": "OR-1234",
    "other_issued_on": date(2024, 6, 1),
    "other_expires_on": date(2034, 6, 1),
    "other_in_good_standing": "yes",
    "other_has_pending_discipline": "no",
    "other_has_open_complaint": "no",
    "orders_kind": "orders",
    "orders_from": date(2026, 1, 1),
    "orders_until": date(2034, 1, 1),
}
ELIGIBLE: dict[str, dict[str, Any]] = {
    "reciprocity": {
        "service_role": "neither",
        "hours": "2400",
        "continuing_education": "20",
        "law_and_ethics": "6",
        "letters": ["supervisor", "colleague", "self"],
    },
}
TODAY = day_of(timezone.now())
#: Entries of the lists that reciprocity asks for.
ROWS: dict[str, list[dict[str, Any]]] = {
    "work": [
        {
            "employer": "Harbor Wellness Center",
            "role": "Peer support specialist",
            "started_on": TODAY - timedelta(days=700),
            "is_current": TICKED,
            "hours_per_week": "32",
            "is_paid": "yes",
            "supervisor_name": "Jo Bell",
            "supervisor_contact": "503 555 0100",
        }
    ],
    "continuing-education": [
        {"title": "Group facilitation", "hours": "14", "completed_on": TODAY - timedelta(days=200)},
        {
            "title": "Law and ethics",
            "hours": "6",
            "law_and_ethics_hours": "6",
            "completed_on": TODAY - timedelta(days=100),
        },
    ],
    "letters-of-support": [
        {
            "kind": kind,
            "writer": writer,
            "dated_on": TODAY - timedelta(days=20),
            "is_on_letterhead": "yes" if kind == "supervisor" else "no",
        }
        for kind, writer in (("supervisor", "Jo Bell"), ("colleague", "Kai Moss"), ("self", "Devon Carter"))
    ],
}


@pytest.fixture
def story(committed: str) -> stories.Story:
    """The story of these tests happens now, since pages ask the clock."""
    story = stories.Story(now=timezone.now())
    story.members["noor"] = Member("noor", "Noor", "Haddad", "noor@example.com", born_on=date(1991, 2, 3))
    stories.county("Alameda")
    stories.provider(story)
    return story


def test_maria_becomes_certified_in_spanish(live_site, new_page, story, run_jobs) -> None:
    live(Way(new_page, live_site, story, "es", scripts=True), "maria", "initial", run_jobs)


def test_devon_becomes_certified_by_reciprocity_without_a_script(live_site, new_page, story, run_jobs) -> None:
    live(Way(new_page, live_site, story, "en", scripts=False), "devon", "reciprocity", run_jobs)


def test_noor_becomes_certified_by_her_spouses_orders(live_site, new_page, story, run_jobs) -> None:
    live(Way(new_page, live_site, story, "en", scripts=True), "noor", "portability", run_jobs)
