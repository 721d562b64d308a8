"""A certificate taken off the register on officers' pages: compared, proposed by one, agreed to by another."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.casework.models import Task
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate
from peercert.program.certificates.queries import standing_rows
from peercert.program.journey import maintain, oversee, specialize, watched
from peercert.program.people.actor import applicant
from peercert.program.rosters.queries import npi_on
from peercert.rules.days import add_days, day_of
from tests import stories


class Twice:
    """María's certificate, and another of hers by Devon's name, which stands for longer."""

    def __init__(self, story: stories.Story) -> None:
        self.story = story
        self.kept = Certificate.objects.get(case=stories.certified(story))
        self.double = Certificate.objects.get(case=stories.certified(story, "devon"))

    def address(self, certificate: Certificate, other: str = "") -> str:
        return f"/staff/cases/{certificate.case.number}/certificate/take-off/" + (f"?other={other}" if other else "")

    def cut_to_the_same_days(self) -> None:
        first: date = standing_rows(self.kept)[0].valid.upper
        last = standing_rows(self.double)[0].valid.upper - timedelta(days=1)
        sam = {"actor": self.story.actor("sam"), "now": self.story.now}
        maintain.correct_standing(self.double.pk, "not_certified", first, last, "Recorded twice.", **sam)


@pytest.fixture
def story() -> stories.Story:
    """Long enough ago for two to be certified."""
    return stories.Story(now=timezone.now() - timedelta(days=60))


@pytest.fixture
def twice(db: None, story: stories.Story) -> Twice:
    return Twice(story)


def page(client: Client, address: str, **sent: str) -> tuple[int, str]:
    answer = client.post(address, sent) if sent else client.get(address)
    return answer.status_code, answer.content.decode()


def test_two_people_let_one_certificate_answer_for_both(twice: Twice, at: Any) -> None:
    sam, here = at("sam"), twice.address(twice.double, twice.kept.number.lower().replace("-", " "))
    assert "Recorded twice, or by mistake" in page(sam, f"/staff/cases/{twice.double.case.number}/certificate/")[1]
    status, both = page(sam, here)
    assert status == 200
    for text in ("María García-López", "Devon", "differs", "the same", twice.kept.number):
        assert text in both
    reason = {"step": "merge", "merge-because": "Same birth date & ID."}
    status, again = page(sam, here, **reason)
    assert (status, "Choose the certificate that stays." in again, "birth date &amp; ID" in again) == (422, True, True)
    status, refused = page(sam, here, **reason, **{"merge-stays": twice.kept.number})
    assert (status, "merging would change an answer" in refused, "birth date &amp; ID" in refused) == (409, True, True)
    twice.cut_to_the_same_days()
    assert page(sam, here, **reason, **{"merge-stays": twice.kept.number})[0] == 302
    task = Task.objects.get()
    own = page(sam, f"/staff/tasks/{task.pk}/")[1]
    assert "Nothing changes before a second person agrees." in own
    assert "See the task that a second person closes" in page(sam, twice.address(twice.kept))[1]
    agreed = {"outcome": "agreed", "because": "Compared."}
    assert page(sam, f"/staff/tasks/{task.pk}/", **agreed)[0] == 409
    tom = at("tom")
    seen = page(tom, f"/staff/tasks/{task.pk}/")[1]
    for text in ("Same birth date &amp; ID.", "goes", "stays", "Devon", "María"):
        assert text in seen
    assert page(tom, f"/staff/tasks/{task.pk}/", **agreed)[0] == 302
    assert locate(twice.double.number).certificate == twice.kept
    gone = page(sam, f"/staff/cases/{twice.double.case.number}/certificate/")[1]
    assert "Taken off the register" in gone
    assert sam.get(here)["Location"] == f"/staff/cases/{twice.double.case.number}/certificate/"


def test_what_contradicts_is_asked_and_the_second_person_sees_what_will_stand(twice: Twice, at: Any) -> None:
    story = twice.story
    story.wait(days=20)
    twice.cut_to_the_same_days()
    who = {"actor": story.actor("sam"), "now": story.now}
    first = max(twice.kept.issued_on, twice.double.issued_on)
    for certificate, npi, begins in (
        (twice.kept, "1234567893", first),
        (twice.double, "1679576722", add_days(first, 2)),
    ):
        specialize.record_specialization(certificate.pk, "justice", begins, "Seen.", **who)
        watched.enter_npi(
            certificate.person_id, npi, begins, actor=applicant(certificate.person), now=story.now
        )  # fmt: skip
    specialize.record_specialization(twice.double.pk, "crisis", first, "Seen.", **who)
    sam, here = at("sam"), twice.address(twice.double, twice.kept.number)
    both = page(sam, here)[1]
    for text in ("Which NPI is theirs?", "Which days are right for", "Every day that either of them has", "1679576722"):
        assert text in both
    given = {"step": "merge", "merge-because": "One ID.", "merge-stays": twice.kept.number}
    status, again = page(sam, here, **given)
    assert (status, again.count("Choose which record is right.") >= 2, "One ID." in again) == (422, True, True)
    right = {"merge-right_justice": "both", "merge-right_npi": twice.double.number}
    assert page(sam, here, **given, **right)[0] == 302
    tom, task = at("tom"), Task.objects.get()
    seen = page(tom, f"/staff/tasks/{task.pk}/")[1].split(f"What will stand on {twice.kept.number}")[1]
    seen = seen.split("Why it was proposed")[0]
    for text in ("1679576722", "Crisis"):
        assert text in seen
    assert "1234567893" not in seen
    assert page(tom, f"/staff/tasks/{task.pk}/", outcome="agreed", because="Compared.")[0] == 302
    assert npi_on(twice.kept.person, day_of(story.now)).npi == "1679576722"  # type: ignore[union-attr]


def test_a_number_that_leads_nowhere_is_told_beside_the_field_and_stays(twice: Twice, at: Any) -> None:
    sam = at("sam")
    for typed, says in (
        ("C-0000-0000", "No certificate has this number."),
        ("C-0000-0002", "There is a typing mistake"),
        ("hello", "not the number of a certificate"),
        (twice.double.number, "itself"),
        ("%00", "Write the number of the other certificate."),
    ):
        status, told = page(sam, twice.address(twice.double, typed))
        assert (typed, status, says in told, typed in told or typed == "%00") == (typed, 422, True, True)
    assert page(sam, twice.address(twice.double), step="merge")[0] == 404


def test_one_recorded_by_mistake_goes_once_a_second_person_agrees(twice: Twice, at: Any) -> None:
    sam, here = at("sam"), twice.address(twice.double)
    status, again = page(sam, here, step="retire", **{"retire-because": " "})
    assert (status, "Say why." in again) == (422, True)
    assert page(sam, here, step="retire", **{"retire-because": "Typed for another person."})[0] == 302
    status, refused = page(sam, here, step="retire", **{"retire-because": "Again."})
    assert (status, "has proposed already" in refused) == (409, True)
    task = Task.objects.get()
    li = at("li")
    assert "Typed for another person." not in page(li, f"/staff/tasks/{task.pk}/")[1]
    assert page(at("tom"), f"/staff/tasks/{task.pk}/", outcome="agreed", because="Seen.")[0] == 302
    assert locate(twice.double.number).how == "retired"


def test_nobody_but_a_manager_without_a_tie_comes_here(twice: Twice, at: Any) -> None:
    assert page(at("tom"), twice.address(twice.double))[0] == 403
    oversee.declare_interest(twice.kept.case_id, actor=twice.story.actor("sam"), now=twice.story.now)
    status, told = page(at("sam"), twice.address(twice.double, twice.kept.number))
    assert (status, "García" in told) == (403, False)
