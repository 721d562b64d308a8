"""Documents: taken in sealed, opened by nobody before they passed, recorded whenever somebody looks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as live
from django.utils import timezone

from peercert.config.environment import Scanner
from peercert.gateways import files, scanner
from peercert.gateways.sanitise import Unacceptable
from peercert.program.access import Barred
from peercert.program.casework import documents as kept
from peercert.program.casework.models import Case, Document, Opening
from peercert.program.errors import Refused
from peercert.program.journey import documents
from peercert.program.journey.orphans import orphans
from peercert.rules.figures import figure
from tests import stories
from tests.fixtures.clamd import SIGNATURE
from tests.stories import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def case(story: Story) -> Case:
    return stories.started(story)


@pytest.fixture
def sent(story: Story) -> Case:
    """An application that was sent: officers may look at what is given from now on."""
    return stories.submitted(story)


def give(
    story: Story, case: Case, content: bytes | None = None, who: str = "maria", kind: str = "photo_id"
) -> Document:
    return documents.give_document(
        case.pk, kind=kind, name="id.jpg", content=content or stories.picture(), actor=story.actor(who), now=story.now
    )


def test_the_original_is_stored_sealed(story: Story, case: Case) -> None:
    content = stories.picture("My name")
    document = give(story, case, content)
    assert content not in files.fetch(document.sealed_path)
    assert kept.open_original(document) == content


def test_nobody_opens_a_document_before_it_passed(story: Story, sent: Case) -> None:
    document = give(story, sent)
    for who in ("maria", "ana"):
        with pytest.raises(Refused, match="document_not_passed"):
            documents.open_page(document.uuid, 1, actor=story.actor(who), now=story.now)


def test_once_judged_its_pages_open_and_an_officers_look_is_recorded(
    story: Story, sent: Case, run_jobs: Callable[..., list[str]]
) -> None:
    document = give(story, sent)
    assert "files.judge" in run_jobs()
    document.refresh_from_db()
    assert (document.state, document.is_scanned, document.pages.count()) == ("passed", False, 1)
    page = documents.open_page(document.uuid, 1, actor=story.actor("maria"), now=story.now)
    assert page.startswith(b"\xff\xd8\xff")
    assert not Opening.objects.exists()
    assert documents.open_page(document.uuid, 1, actor=story.actor("ana"), now=story.now) == page
    assert Opening.objects.get().person == story.person("ana")


def test_strangers_and_roles_without_need_do_not_see_evidence(
    story: Story, sent: Case, run_jobs: Callable[..., list[str]]
) -> None:
    document = give(story, sent)
    run_jobs()
    for who in ("devon", "li", "grace", "robin"):
        with pytest.raises(Refused, match="not_yours"):
            documents.open_page(document.uuid, 1, actor=story.actor(who), now=story.now)


def test_an_auditor_names_a_purpose(story: Story, sent: Case, run_jobs: Callable[..., list[str]]) -> None:
    document = give(story, sent)
    run_jobs()
    with pytest.raises(Refused, match="purpose_needed"):
        documents.open_page(document.uuid, 1, actor=story.actor("pat"), now=story.now)
    documents.open_page(document.uuid, 1, actor=story.actor("pat"), now=story.now, purpose="sample of May")
    assert Opening.objects.get().purpose == "sample of May"


def test_an_accommodation_form_opens_for_exam_officers_alone(
    story: Story, sent: Case, run_jobs: Callable[..., list[str]]
) -> None:
    document = give(story, sent, kind="accommodation_form")
    run_jobs()
    for who in ("ana", "tom", "sam", "pat"):
        with pytest.raises(Refused, match="not_yours"):
            documents.open_page(document.uuid, 1, actor=story.actor(who), now=story.now, purpose="why")
    assert documents.open_page(document.uuid, 1, actor=story.actor("li"), now=story.now)


def test_the_same_photo_tapped_twice_is_one_document(story: Story, case: Case) -> None:
    content = stories.picture()
    first, second = give(story, case, content), give(story, case, content)
    assert first == second
    assert Document.objects.count() == 1
    assert list(orphans(timezone.now() + timedelta(minutes=1))) == []


@pytest.mark.parametrize(("content", "code"), [(b"", "empty"), (b"hello", "unknown_type")])
def test_what_can_be_told_at_once_is_told_at_once(story: Story, case: Case, content: bytes, code: str) -> None:
    with pytest.raises(Unacceptable, match=code):
        documents.give_document(
            case.pk, kind="photo_id", name="x", content=content, actor=story.actor("maria"), now=story.now
        )
    assert not Document.objects.exists()


def test_fifteen_megabytes_are_taken_and_one_byte_more_is_not(story: Story, case: Case) -> None:
    most = figure("upload_max_bytes", story.now.date()).value
    assert most == 15 * 1024 * 1024
    head = stories.picture()
    give(story, case, head + b"\0" * (most - len(head)))
    with pytest.raises(Unacceptable, match="too_large"):
        give(story, case, head + b"\0" * (most - len(head) + 1))


def test_a_file_that_only_the_child_can_judge_is_refused_with_its_reason(
    story: Story, case: Case, run_jobs: Callable[..., list[str]]
) -> None:
    document = give(story, case, stories.picture()[:300])
    run_jobs()
    document.refresh_from_db()
    assert (document.state, document.refusal) == ("refused", "corrupt")
    assert [entry.verb for entry in case.timeline.order_by("pk")][-1] == "document_refused"


def test_judging_twice_changes_nothing_more(story: Story, case: Case) -> None:
    document = give(story, case)
    documents.judge(document.pk, now=story.now)
    documents.judge(document.pk, now=story.wait(hours=1))
    assert document.pages.count() == 1
    assert case.timeline.filter(verb="document_passed").count() == 1


def test_what_the_scanner_knows_is_refused_and_what_it_does_not_is_scanned(
    story: Story, case: Case, clamd: None, run_jobs: Callable[..., list[str]]
) -> None:
    harmful, harmless = give(story, case, stories.picture() + SIGNATURE), give(story, case)
    run_jobs()
    harmful.refresh_from_db()
    harmless.refresh_from_db()
    assert (harmful.state, harmful.refusal, harmful.pages.count()) == ("refused", "infected", 0)
    assert (harmless.state, harmless.is_scanned) == ("passed", True)
    for who, code in (("maria", "document_not_passed"), ("ana", "not_yours")):  # nobody else sees a draft's papers
        with pytest.raises(Refused, match=code):
            documents.open_page(harmful.uuid, 1, actor=story.actor(who), now=story.now)


def test_a_document_waits_while_the_scanner_is_down(story: Story, case: Case, settings: object) -> None:
    document = give(story, case)
    where = Scanner(host="127.0.0.1", port=1, socket=None)
    settings.ENVIRONMENT = replace(live.ENVIRONMENT, scanner=where)  # type: ignore[attr-defined]
    with pytest.raises(scanner.ScannerUnavailable):
        documents.judge(document.pk, now=story.now)
    document.refresh_from_db()
    assert document.state == "waiting"


def test_a_strangers_case_takes_no_document(story: Story, case: Case) -> None:
    with pytest.raises(Refused, match="not_yours"):
        give(story, case, who="devon")
    assert list(orphans(timezone.now() + timedelta(minutes=1))) == []


def test_a_destroyed_document_is_gone_from_the_store_and_its_row_says_so(
    story: Story, sent: Case, run_jobs: Callable[..., list[str]]
) -> None:
    document = give(story, sent)
    run_jobs()
    documents.destroy_document(document.pk, now=story.now)
    documents.destroy_document(document.pk, now=story.now)
    run_jobs()
    with pytest.raises(FileNotFoundError):
        files.fetch(document.sealed_path)
    assert sent.timeline.filter(verb="document_destroyed").count() == 1
    with pytest.raises(Refused, match="document_destroyed"):
        documents.open_page(document.uuid, 1, actor=story.actor("ana"), now=story.now)


def test_bytes_whose_row_never_came_are_found(story: Story, case: Case) -> None:
    give(story, case)
    left = kept.seal(stories.picture("cut off"), most_bytes=10_000_000)
    assert list(orphans(timezone.now() + timedelta(minutes=1))) == [left.path]
    assert list(orphans(timezone.now() - timedelta(days=1))) == []


def test_an_officer_with_an_interest_sees_nothing_and_the_try_is_recorded(
    story: Story, sent: Case, run_jobs: Callable[..., list[str]]
) -> None:
    from peercert.program.casework.models import AuditEntry
    from peercert.program.people.models import DeclaredInterest

    document = give(story, sent)
    run_jobs()
    DeclaredInterest.objects.create(officer=story.person("ana"), about=sent.person, declared_at=story.now)
    with pytest.raises(Barred):
        documents.open_page(document.uuid, 1, actor=story.actor("ana"), now=story.now)
    assert AuditEntry.objects.get().verb == "refused_for_interest"
