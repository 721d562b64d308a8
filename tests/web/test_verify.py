"""Verifying as a stranger: what the page says, what it never says, and how often it may be asked."""

import re
from copy import deepcopy
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain
from peercert.program.people.actions import new_person, set_legal_name
from peercert.program.people.actor import applicant
from peercert.program.people.models import Person
from peercert.rules import numbers
from peercert.rules.days import day_of
from peercert.web.doors import now
from peercert.web.public import throttle
from tests import stories
from tests.fixtures.browser import go
from tests.web.axe import violations


def certified(who: str = "maria") -> Certificate:
    return Certificate.objects.get(case=stories.certified(stories.Story(), who))


@pytest.fixture(scope="module")
def lived(one_life: None) -> Certificate:
    return certified()


@pytest.fixture
def certificate(lived: Certificate, db: None) -> Certificate:
    return deepcopy(lived)


def words_of(answer: object) -> str:
    """What a person reads of the page's own part."""
    page = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def by_name(client: Client, last: str, first: str, prefix: str = "") -> object:
    return client.post(f"{prefix}/verify/", {"last": last, "first": first})


def test_a_number_is_answered_large_and_plain_with_its_moment(client: Client, certificate: Certificate) -> None:
    answer = client.get(f"/verify/{certificate.number}/")
    told = words_of(answer)
    assert answer.status_code == 200
    for text in ("Certified today", "As of", "María García-López", certificate.number, "In force", "May 18, 2026"):
        assert text in told
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


def test_the_same_in_spanish(client: Client, certificate: Certificate) -> None:
    told = words_of(client.get(f"/es/verify/{certificate.number}/"))
    for text in ("Certificación vigente hoy", "María García-López", "Vigente", "18 de mayo de 2026"):
        assert text in told


def test_nothing_but_name_number_standing_and_days_is_told(client: Client, certificate: Certificate) -> None:
    person = Person.objects.get(pk=certificate.person_id)
    page = client.get(f"/verify/{certificate.number}/").content.decode()
    case = certificate.case
    for secret in ("1988", "Alameda", "Oakland", "916 555", case.number, str(person.uuid), "maria@example.com"):
        assert secret not in page


def test_no_name_stands_in_a_title_or_an_address(client: Client, certificate: Certificate) -> None:
    for answer in (client.get(f"/verify/{certificate.number}/"), by_name(client, "Garcia Lopez", "Maria")):
        page = answer.content.decode()
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL).group(1)
        addresses = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', page))
        assert "Garc" not in title
        assert "Garc" not in addresses
        assert 'name="robots" content="noindex' in page


@pytest.mark.parametrize("typed", ["lower", "spaces", "without", "letters"])
def test_a_number_is_understood_however_it_is_typed(client: Client, certificate: Certificate, typed: str) -> None:
    number = certificate.number
    text = {
        "lower": number.lower(),
        "spaces": f" {number.replace('-', ' ')} ",
        "without": number[2:].replace("-", ""),
        "letters": number.replace("0", "O").replace("1", "l"),
    }[typed]
    posted = client.post("/verify/", {"number": text})
    assert (posted.status_code, posted["Location"]) == (302, f"/verify/{number}/")
    landed = client.get(f"/verify/{quote(text)}/", follow=True)
    assert "Certified today" in words_of(landed)


def test_a_typing_mistake_is_told_as_one_and_keeps_what_was_typed(client: Client, certificate: Certificate) -> None:
    number = certificate.number
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    for answer, status in ((client.post("/verify/", {"number": wrong}), 422), (client.get(f"/verify/{wrong}/"), 404)):
        assert answer.status_code == status
        assert "typing mistake" in words_of(answer)
        assert f'value="{wrong}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Enter the number"), ("hello", "A certificate number is C"), ("C-123", "A certificate number is C")],
)
def test_what_is_no_number_is_told_in_a_sentence(client: Client, db: None, typed: str, sentence: str) -> None:
    assert sentence in words_of(client.post("/verify/", {"number": typed}))


def test_an_application_number_is_told_as_such(client: Client, certificate: Certificate) -> None:
    assert "those begin with C" in words_of(client.post("/verify/", {"number": certificate.case.number}))


def test_a_number_that_nobody_has(client: Client, db: None) -> None:
    answer = client.get(f"/verify/{numbers.make('C')}/")
    assert answer.status_code == 404
    assert "No certificate has this number" in words_of(answer)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("García-López", "María"),
        ("garcia lopez", "m"),
        ("GARCIALOPEZ", "M"),
        ("Gracia Lopez", "maria"),
        ("garcia lopes", "ma"),
        ("Garcia Lopez", "Maira"),
        ("Garcia Lopes", "Marria"),
    ],
)
def test_a_name_is_found_despite_accents_case_and_small_mistakes(
    client: Client, certificate: Certificate, last: str, first: str
) -> None:
    told = words_of(by_name(client, last, first))
    assert certificate.number in told
    assert "In force" in told


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        ("小明", "王", ("王", "小")),
        ("Олександра", "Шевченко", ("ШЕВЧЕНКО", "о")),
        ("Мария", "Ёлкина", ("елкина", "Мари")),
    ],
)
def test_a_name_in_another_script_is_found_by_its_letters(
    client: Client, certificate: Certificate, first: str, last: str, typed: tuple[str, str]
) -> None:
    set_legal_name(Person.objects.get(pk=certificate.person_id), first, "", last, now=now())
    assert certificate.number in words_of(by_name(client, *typed))
    for other in (("李", "小"), ("Шевчук", "о"), ("Garcia Lopez", "m")):
        assert certificate.number not in words_of(by_name(client, *other))


@pytest.mark.parametrize(("last", "first"), [("Garcia", "Maria"), ("Lopez", "m"), ("Garcia Lopez", "x"), ("%", "m")])
def test_half_a_name_finds_nobody(client: Client, certificate: Certificate, last: str, first: str) -> None:
    assert certificate.number not in words_of(by_name(client, last, first))


@pytest.mark.parametrize(("last", "first"), [("", "m"), ("Garcia", ""), ("7", "m"), ("Garcia", "!")])
def test_a_search_needs_a_last_name_and_a_first_letter(client: Client, db: None, last: str, first: str) -> None:
    answer = by_name(client, last, first)
    assert answer.status_code == 422
    assert f'value="{last}"' in answer.content.decode() or not last


@pytest.mark.parametrize(("nobody", "hidden"), [("Nobody", "Carter"), ("Nobody Smith", "Garcia Lopez")])
def test_nobody_and_not_shown_get_the_same_page_by_the_same_steps(
    client: Client, certificate: Certificate, nobody: str, hidden: str
) -> None:
    stories.submitted(stories.Story(), "devon")  # Carter: on record, without a certificate
    Person.objects.filter(pk=certificate.person_id).update(is_left_out_of_name_search=True)
    by_name(client, nobody, "m")
    pages, steps = [], []
    for last in (nobody, hidden):
        with CaptureQueriesContext(connection) as asked:
            answer = by_name(client, last, "m" if " " in last else "d")
        pages.append((answer.status_code, re.sub(r"As of .*? P[SD]T", "", words_of(answer))))
        steps.append([re.sub(r"'[^']*'|\d+", "?", query["sql"])[:80] for query in asked])
    assert pages[0] == pages[1]
    assert steps[0] == steps[1]


def test_who_is_left_out_of_the_search_is_still_verified_by_number(client: Client, certificate: Certificate) -> None:
    maria = applicant(certificate.person)
    maintain.leave_out_of_name_search(certificate.case_id, True, actor=maria, now=now())
    assert certificate.number not in words_of(by_name(client, "Garcia Lopez", "Maria"))
    assert "Certified today" in words_of(client.get(f"/verify/{certificate.number}/"))


def test_at_most_ten_are_shown_and_never_how_many_there_are(client: Client, certificate: Certificate) -> None:
    from peercert.program.casework.models import Case
    from peercert.program.certificates.actions import issue_certificate

    for count in range(12):
        person = new_person()
        name = set_legal_name(person, f"Mar{'abcdefghijkl'[count]}", "", "García-López", now=now())
        case = Case.objects.create(topic="initial", person=person, opened_at=now())
        issue_certificate(case, certificate.determination, name, now=now())
    told = words_of(by_name(client, "Garcia Lopez", "m"))
    assert len(re.findall(r"C-[0-9A-Z]{4}-[0-9A-Z]{4}", told)) - told.count("C-7K3M-9QXF") == 10
    assert not re.search(r"\b1[123]\b", re.sub(r"As of .*? P[SD]T", "", told))


def test_a_past_day_is_answered_in_a_word_and_without_a_reason(client: Client, db: None) -> None:
    story = stories.Story()
    case = stories.certified(story)
    certificate = Certificate.objects.get(case=case)
    first = certificate.issued_on + timedelta(days=10)
    story.wait(days=60)
    maintain.correct_standing(
        certificate.pk, "suspended", first, first + timedelta(days=5), "Found.", actor=story.actor("sam"), now=story.now
    )
    for day, told in ((certificate.issued_on, "Certified on"), (first, "Not certified on")):
        said = words_of(client.get(f"/verify/{certificate.number}/?on={day.isoformat()}"))
        assert told in said
        assert "uspend" not in said
        assert "In force" not in said
    story.wait(days=1)
    maintain.correct_standing(
        certificate.pk, "in_force", first, first + timedelta(days=5), "Wrong.", actor=story.actor("sam"), now=story.now
    )
    assert "Certified on" in words_of(client.get(f"/verify/{certificate.number}/?on={first.isoformat()}"))


def test_a_future_day_is_refused_and_today_is_the_plain_page(client: Client, certificate: Certificate) -> None:
    today = day_of(now())
    refused = client.get(f"/verify/{certificate.number}/?on={(today + timedelta(days=1)).isoformat()}")
    assert refused.status_code == 422
    assert "has not come yet" in words_of(refused)
    assert "ertified on" not in words_of(refused)
    same = client.get(f"/verify/{certificate.number}/?on={today.isoformat()}")
    assert same["Location"] == f"/verify/{certificate.number}/"


@pytest.mark.parametrize("asked", ["on=yesterday", "on=2026-13-01", "on=2026-02-30", "on_month=2&on_day=&on_year=2026"])
def test_what_is_no_day_is_told_and_answers_nothing(client: Client, certificate: Certificate, asked: str) -> None:
    answer = client.get(f"/verify/{certificate.number}/?{asked}")
    assert answer.status_code == 422
    assert "Certified" not in words_of(answer).split("Ask about")[0]


def test_a_day_asked_in_three_fields_leads_to_its_address(client: Client, certificate: Certificate) -> None:
    answer = client.get(f"/verify/{certificate.number}/?on_month=5&on_day=20&on_year=2026")
    assert answer["Location"] == f"/verify/{certificate.number}/?on=2026-05-20"


@pytest.mark.database("web/public/throttle.py")
def test_asking_name_after_name_is_stopped(client: Client, db: None, few_names: int) -> None:
    for _ in range(few_names):
        assert by_name(client, "Nobody", "n").status_code == 200
    stopped = by_name(client, "Garcia Lopez", "m")
    assert stopped.status_code == 429
    assert "Garc" not in stopped.content.decode()
    assert int(stopped["Retry-After"]) > 0
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert by_name(elsewhere, "Garcia Lopez", "m").status_code == 200


def test_one_connection_of_many_addresses_counts_as_one(db: None, few_names: int) -> None:
    for count in range(few_names):
        by_name(Client(REMOTE_ADDR=f"2001:db8:1:2::{count:x}"), "Nobody", "n")
    assert by_name(Client(REMOTE_ADDR="2001:db8:1:2:ffff::1"), "Nobody", "n").status_code == 429
    assert by_name(Client(REMOTE_ADDR="2001:db8:1:3::1"), "Nobody", "n").status_code == 200


def test_the_count_keeps_no_address(client: Client, db: None) -> None:
    by_name(Client(REMOTE_ADDR="203.0.113.77"), "Nobody", "n")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM peercert_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert any("register:name" in key for key in keys)
    assert not any("203.0.113" in key for key in keys)


@pytest.fixture
def few_names(monkeypatch: pytest.MonkeyPatch) -> int:
    """Fewer questions than usual are allowed; answers how many."""
    monkeypatch.setitem(throttle.ALLOWED, "name", (throttle.Allowance(3, 900), throttle.Allowance(300, 86_400)))
    return 3


@pytest.mark.parametrize("path", ["/verify/", "/es/verify/"])
def test_the_page_asks_for_nothing_else(client: Client, db: None, path: str) -> None:
    page = client.get(path).content.decode()
    assert page.count('class="usa-button"') == 1
    assert set(re.findall(r'<input[^>]+name="(\w+)"', page)) == {
        "csrfmiddlewaretoken",
        "number",
        "last",
        "first",
        "file",
    }


@pytest.mark.browser
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_axe_finds_nothing_and_it_fits_a_small_phone(new_page: object, prefix: str) -> None:
    certificate = certified()
    page = new_page(viewport={"width": 320, "height": 640})  # type: ignore[operator]

    def look() -> None:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

    page.goto(f"{prefix}/verify/")
    look()
    page.fill("[name=last]", "Garcia Lopez")
    page.fill("[name=first]", "m")
    go(page.locator("form:has([name=last]) button"))
    look()
    go(page.get_by_text(certificate.number))
    assert page.url.endswith(f"{prefix}/verify/{certificate.number}/")
    look()
    page.goto(f"{prefix}/verify/{certificate.number}/?on=2026-01-01")
    look()
    page.goto(f"{prefix}/verify/C-0000-0001/")
    look()
