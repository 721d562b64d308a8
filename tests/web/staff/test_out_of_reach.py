"""What an officer with an interest in a case meets: no row of it anywhere, and what was asked is told to few."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from peercert.program.access import tied_people, within_reach
from peercert.program.casework.models import AuditEntry, Case, Document, Opening, Task
from peercert.program.exams.models import ExamFile
from peercert.program.journey import accommodate, determine, exam_files, oversee, pay
from peercert.program.money.models import Payment
from peercert.program.notices.models import Letter
from peercert.program.people.models import DeclaredInterest, Person
from peercert.program.review.models import PossibleMatch
from peercert.rules.days import day_of
from tests import stories

pytestmark = pytest.mark.django_db
At = Callable[[str], Client]


def declare(story: stories.Story, who: str, about: Case) -> None:
    DeclaredInterest.objects.create(officer=story.person(who), about=about.person, declared_at=story.now)


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def certified_with_everything(story: stories.Story) -> Case:
    """A case that stands in every list: a letter that failed, a task, a payment, an authorization, a vendor's file."""
    case = stories.authorised(story, "devon", "reciprocity")
    exam_files.export_file(actor=story.actor("li"), now=story.now)
    story.wait(days=3)
    case = stories.sat(story, case, "FAIL")
    Task.objects.create(case=case, kind="authorise", opened_at=story.now)
    Letter.objects.filter(case=case, code="result_fail").update(state="failed")
    return case


LISTS = [
    ("queue", "stage=all", "ana tom li grace sam pat"),
    ("queue", "stage=all&q=devon", "ana"),
    ("tasks", "", "tom li sam"),
    ("letters", "", "ana sam pat"),
    ("letters", "show=all", "ana"),
    ("letters", "q={number}", "ana"),
    ("money", "show=all", "grace sam pat"),
    ("money", "q={number}", "grace"),
    ("exams", "", "li sam pat"),
    ("exam_authorisations", "show=all", "li sam"),
    ("exam_authorisations", "q={number}", "li"),
]


@pytest.mark.parametrize(("page", "query", "officers"), LISTS)
def test_no_list_names_a_case_to_an_officer_who_is_tied_to_it(
    story: stories.Story, at: At, page: str, query: str, officers: str
) -> None:
    case = certified_with_everything(story)
    address = f"{reverse(f'staff:{page}')}?{query.format(number=case.number)}"
    # What was typed into a search is shown in its field; the case is looked for by what its row leads to.
    letter = Letter.objects.get(case=case, code="result_fail")
    leads = {"tasks": f"/tasks/{case.tasks.get().pk}/", "letters": f"/letters/{letter.uuid}/"}
    mark = leads.get(page, f"/{case.number}/")
    for who in officers.split():
        assert mark in text(at(who).get(address)), who
        declare(story, who, case)
        assert mark not in text(at(who).get(address)), who


def test_one_does_not_find_oneself(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon")
    Case.objects.filter(pk=case.pk).update(person=story.person("ana"))
    assert f"/{case.number}/" not in text(at("ana").get(reverse("staff:queue"), {"q": case.number}))
    assert f"/{case.number}/" in text(at("tom").get(reverse("staff:queue"), {"q": case.number}))


def test_the_export_leaves_it_out_and_so_do_the_records_of_the_vendors_files(story: stories.Story, at: At) -> None:
    case = certified_with_everything(story)
    li = at("li")
    files = [reverse("staff:exam_file", args=[one.uuid]) for one in ExamFile.objects.all()]
    assert all("Devon" in text(li.get(one)) or str(case.number) in text(li.get(one)) for one in files)
    declare(story, "li", case)
    for one in files:
        page = text(li.get(one))
        assert "Devon" not in page
        assert str(case.number) not in page
    answer: Any = li.post(reverse("staff:queue_export"), {"query": "stage=all"})
    assert str(case.number) not in b"".join(answer.streaming_content).decode()


def test_a_list_takes_as_many_queries_with_a_hundred_ties_as_with_one(story: stories.Story, at: At) -> None:
    certified_with_everything(story)
    counts = []
    for more in (1, 100):
        people = Person.objects.bulk_create([Person() for _ in range(more)])
        DeclaredInterest.objects.bulk_create(
            DeclaredInterest(officer=story.person("sam"), about=one, declared_at=story.now) for one in people
        )
        counts.append([])
        for page in ("queue", "tasks", "letters", "money", "exams", "exam_authorisations"):
            sam = at("sam")
            with CaptureQueriesContext(connection) as queries:
                text(sam.get(reverse(f"staff:{page}")))
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_list_leaves_out_is_what_opening_refuses(story: stories.Story) -> None:
    mine, other = stories.in_review(story), stories.in_review(story, "devon")
    oversee.declare_interest(other.pk, actor=story.actor("ana"), now=story.now)
    assert set(tied_people(story.actor("ana"))) == {story.person("ana").pk, other.person_id}
    assert list(within_reach(Case.objects.all(), story.actor("ana"))) == [mine]


def test_a_payment_of_a_case_one_is_tied_to_is_refused_and_that_is_recorded(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon")
    declare(story, "grace", case)
    payment = Payment.objects.get(case=case)
    assert at("grace").get(reverse("staff:money_payment", args=[payment.uuid])).status_code == 403
    assert AuditEntry.objects.filter(verb="refused_for_interest", actor=story.person("grace")).count() == 1


def test_a_recovery_of_someone_one_is_tied_to_is_not_found_nor_opened(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon")
    sam = at("sam")
    assert "devon" in text(sam.get(reverse("staff:recovery"), {"q": str(case.number)}))
    declare(story, "sam", case)
    assert "devon" not in text(sam.get(reverse("staff:recovery"), {"q": str(case.number)}))
    opened = sam.get(reverse("staff:recovery_open", args=[case.person.uuid]))
    assert opened.status_code == 403
    assert "devon" not in opened.content.decode()


def test_a_possible_match_lists_no_case_out_of_reach(story: stories.Story, at: At) -> None:
    case, other = stories.in_review(story, "devon"), stories.in_review(story)
    PossibleMatch.objects.create(case=case, other=other.person, likeness="name_and_birth_date", found_at=story.now)
    page = reverse("staff:case", args=[case.number])
    assert str(other.number) in text(at("ana").get(page))
    declare(story, "ana", other)
    assert str(other.number) not in text(at("ana").get(page))


def test_an_appeal_is_closed_by_nobody_who_decided_or_recommended(story: stories.Story, at: At) -> None:
    case = stories.approved(story, "devon")
    made = case.determinations.get()
    determine.record_appeal(made.pk, received_on=day_of(story.now), way="mail", actor=story.actor("ana"), now=story.now)
    task = Task.objects.get(case=case, kind="appeal")
    page = reverse("staff:task", args=[task.pk])
    given = {"outcome": "stands", "because": "Looked at again."}
    assert at("tom").post(page, given).status_code == 409
    assert "Someone else closes this" in text(at("tom").get(page))
    task.refresh_from_db()
    assert task.closed_at is None
    assert at("sam").post(page, given).status_code == 302
    task.refresh_from_db()
    assert task.closed_by == story.person("sam")


# --- accommodations


def test_that_someone_asked_for_an_accommodation_shows_on_no_page_but_the_exam_officers(
    story: stories.Story, at: At
) -> None:
    case = stories.ready_to_sit(story, "devon", "reciprocity")
    stories.accommodation_asked(story, "devon", case)
    form = Document.objects.get(case=case, kind="accommodation_form")
    photo = Document.objects.get(case=case, kind="photo_id")
    here = reverse("staff:case", args=[case.number])
    for who in ("ana", "tom", "sam", "pat"):
        client = at(who)
        page = text(client.get(here))
        assert "Asked for; an exam officer has yet to decide" not in page, who
        assert "Only exam officers see" in page, who
        assert "accommodation decision" not in page.lower(), who
        assert "accommodation decision" not in text(client.get(reverse("staff:oversee", args=[case.number]))).lower()
        # Nobody steps on the form among the documents, and nobody asks for it by its address.
        beside = text(client.get(here, {"document": str(photo.uuid)}))
        assert str(form.uuid) not in beside, who
        assert "Accommodation form" not in text(client.get(here, {"document": str(form.uuid)})), who
    accommodate.decide_accommodation(case.pk, outcome="granted", codes="EXTRA", actor=story.actor("li"), now=story.now)
    assert "Granted." not in text(at("ana").get(here))


def test_the_viewer_alone_tells_nothing_to_who_may_not_see_evidence(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon")
    photo = Document.objects.get(case=case, kind="photo_id")
    here = reverse("staff:case", args=[case.number])
    for who in ("li", "grace"):
        page = text(at(who).get(here, {"document": str(photo.uuid)}, headers={"HX-Request": "true"}))
        assert photo.name not in page, who


def test_evidence_is_opened_for_a_purpose_by_everyone_and_the_history_says_which(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon", "reciprocity")
    letter = Document.objects.get(case=case, kind="letter_colleague")
    image = reverse("staff:document_page", args=[letter.uuid, 1])
    assert at("ana").get(image).status_code == 200
    assert at("pat").get(image, {"purpose": "yearly audit"}).status_code == 200
    assert sorted(Opening.objects.filter(document=letter).values_list("purpose", flat=True)) == [
        "review", "yearly audit",
    ]  # fmt: skip
    history = text(at("sam").get(reverse("staff:history", args=[case.number])))
    assert "in review" in history
    assert "yearly audit" in history


def test_papers_of_a_draft_open_for_no_officer(story: stories.Story, at: At) -> None:
    case = stories.drafted(story, "devon")
    photo = Document.objects.get(case=case, kind="photo_id")
    assert at("ana").get(reverse("staff:document_page", args=[photo.uuid, 1])).status_code == 403
    assert not Opening.objects.exists()


def test_the_history_tells_amounts_to_those_alone_who_see_money(story: stories.Story, at: At) -> None:
    case = stories.in_review(story, "devon")
    payment = case.payments.get()
    told = f"${payment.amount_cents / 100:.2f} ({payment.reference})"
    here = reverse("staff:history", args=[case.number])
    for who, sees in (("grace", True), ("ana", True), ("li", False)):
        page = text(at(who).get(here))
        assert "Payment recorded" in page, who
        assert (told in page) == sees, who


def test_a_payment_that_belongs_to_no_case_is_hidden_from_nobody(story: stories.Story, at: At) -> None:
    payment = pay.record_payment(
        None, means="check", reference="77", amount_cents=100, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    declare(story, "grace", stories.in_review(story, "devon"))
    assert str(payment.uuid) in text(at("grace").get(reverse("staff:money")))
