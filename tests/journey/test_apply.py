"""The way to submission: rows, timeline, letters, and every refusal."""

from datetime import date
from uuid import uuid4

import pytest

from peercert.program.applications.models import Application
from peercert.program.applications.queries import missing
from peercert.program.casework.models import TimelineEntry
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.program.money.models import Due
from peercert.program.notices.models import Letter
from peercert.program.people.queries import current_name
from peercert.rules.days import day_of
from tests import stories

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> stories.Story:
    return stories.Story()


def verbs(case) -> list[str]:
    return list(TimelineEntry.objects.filter(case=case).order_by("pk").values_list("verb", flat=True))


def test_a_complete_draft_is_sent_once_with_all_that_follows(story):
    case = stories.drafted(story)
    sent = apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now)

    assert sent.stage == "submitted"
    assert sent.number.startswith("A-")
    assert sent.received_on == day_of(story.now)
    assert sent.sort_name == "garcia lopez, maria"
    application = Application.objects.get(case=case)
    assert application.submitted_at == story.now
    assert application.facts["first_name"] == "María"
    assert application.facts["born_on"] == "1988-03-14"
    name = current_name(sent.person)
    assert (name.first, name.last) == ("María", "García-López")
    sent.person.refresh_from_db()
    assert (sent.person.born_on, sent.person.city) == (date(1988, 3, 14), "Oakland")
    assert Due.objects.get(case=case).amount_cents == 100_00
    assert sent.checks.exists()
    letter = Letter.objects.get(case=case, code="receipt")
    assert letter.language == "es"
    assert sent.number in letter.text
    assert "$100.00" in letter.text
    assert "submitted" in verbs(case)


@pytest.mark.parametrize("pathway", ["initial", "reciprocity", "portability"])
def test_every_open_pathway_can_be_sent(story, pathway):
    # On the pathway that the fee schedule does not name nothing is charged, and the review begins at once.
    sent = "review" if pathway == "portability" else "submitted"
    assert stories.submitted(story, "devon", pathway).stage == sent


def test_the_same_key_or_another_gives_the_one_submission(story):
    case = stories.drafted(story)
    key = uuid4()
    maria = story.actor("maria")
    first = apply.submit(case.pk, key, actor=maria, now=story.now)
    again = apply.submit(case.pk, key, actor=maria, now=story.wait(minutes=1))
    from_another_tab = apply.submit(case.pk, uuid4(), actor=maria, now=story.wait(minutes=1))

    assert first.number == again.number == from_another_tab.number
    assert verbs(case).count("submitted") == 1
    assert Letter.objects.filter(case=case, code="receipt").count() == 1
    assert Due.objects.filter(case=case).count() == 1


def test_a_key_of_another_application_is_refused(story):
    key = uuid4()
    first = stories.drafted(story, "maria")
    apply.submit(first.pk, key, actor=story.actor("maria"), now=story.now)
    second = stories.drafted(story, "devon")
    with pytest.raises(Refused) as refused:
        apply.submit(second.pk, key, actor=story.actor("devon"), now=story.now)
    assert refused.value.reason == "stale_page"


@pytest.mark.parametrize(
    ("column", "empty", "named"),
    [
        ("last_name", "", ("name", "last_name")),
        ("born_on", None, ("name", "born_on")),
        ("city", "", ("contact", "city")),
        ("id_kind", None, ("photo-id", "id_kind")),
        ("is_dedicated", None, ("lived-experience", "is_dedicated")),
    ],
)
def test_a_draft_without_a_needed_answer_is_not_sent_and_says_which(story, column, empty, named):
    case = stories.drafted(story)
    apply.save_answers(case.pk, {column: empty}, actor=story.actor("maria"), now=story.now)
    with pytest.raises(Refused) as refused:
        apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now)
    assert refused.value.reason == "incomplete"
    gaps = missing(Application.objects.get(case=case), on=day_of(story.now))
    assert named in [(gap.section, gap.name) for gap in gaps]
    case.refresh_from_db()
    assert case.stage == "draft"


def test_what_the_law_would_deny_may_still_be_sent(story):
    case = stories.drafted(story, born_on=date(2015, 1, 1), education_kind="none", is_dedicated=False)
    assert apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now).stage == "submitted"


def test_without_schooling_no_paper_of_it_is_asked(story):
    case = stories.started(story)
    apply.save_answers(case.pk, {"education_kind": "none"}, actor=story.actor("maria"), now=story.now)
    gaps = missing(Application.objects.get(case=case), on=day_of(story.now))
    assert "document:education" not in [gap.name for gap in gaps]


def test_no_fixed_address_is_an_answer(story):
    case = stories.drafted(
        story, street="", city="", state="", postal_code="", has_no_fixed_address=True, county_of_residence=None
    )
    assert apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now).stage == "submitted"


def test_a_refused_paper_does_not_count_as_given(story):
    case = stories.drafted(story)
    case.documents.filter(kind="photo_id").update(state="refused", refusal="corrupt")
    gaps = missing(Application.objects.get(case=case), on=day_of(story.now))
    assert [gap.name for gap in gaps] == ["document:photo_id"]


def test_orientation_is_asked_where_the_figure_asks_for_it(story):
    case = stories.started(story)
    gaps = missing(Application.objects.get(case=case), on=day_of(story.now))
    assert [gap.name for gap in gaps][:2] == ["orientation_done_at", "assessed_at"]
    stories.oriented(story)
    gaps = missing(Application.objects.get(case=case), on=day_of(story.now))
    assert "orientation" not in [gap.section for gap in gaps]


def test_only_one_application_by_a_pathway_is_open(story):
    stories.started(story)
    with pytest.raises(Refused) as refused:
        stories.started(story)
    assert refused.value.reason == "already_open"
    assert stories.started(story, pathway="reciprocity").stage == "draft"


def test_grandparenting_opened_and_closed(story):
    with pytest.raises(Refused) as refused:
        stories.started(story, pathway="grandparenting")
    assert refused.value.reason == "grandparenting_closed"
    assert refused.value.values["closed_on"] == date(2023, 6, 30)

    past = stories.Story(now=stories.datetime(2023, 6, 30, 23, 0, tzinfo=stories.PACIFIC))
    assert stories.started(past, "devon", "grandparenting").stage == "draft"


def test_another_persons_draft_is_refused(story):
    case = stories.drafted(story)
    devon = story.actor("devon")
    for attempt in (
        lambda: apply.save_answers(case.pk, {"city": "Elsewhere"}, actor=devon, now=story.now),
        lambda: apply.submit(case.pk, uuid4(), actor=devon, now=story.now),
        lambda: apply.discard(case.pk, actor=devon, now=story.now),
        lambda: apply.attest(case.pk, False, actor=devon, now=story.now),
        lambda: apply.add_row(case.pk, "employments", actor=devon, now=story.now),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.reason == "not_yours"


def test_what_was_sent_is_not_changed_any_more(story):
    case = stories.submitted(story)
    maria = story.actor("maria")
    with pytest.raises(Refused) as refused:
        apply.save_answers(case.pk, {"city": "Elsewhere"}, actor=maria, now=story.now)
    assert refused.value.reason == "already_sent"


def test_signing_the_code_wants_the_legal_name_and_the_version_in_force(story):
    case = stories.started(story)
    maria = story.actor("maria")

    def sign(name, version="2022-05"):
        return apply.agree_to_code(case.pk, name, version=version, actor=maria, now=story.now)

    def refusal(*args):
        with pytest.raises(Refused) as refused:
            sign(*args)
        return refused.value.reason

    assert refusal("María García-López") == "name_first"
    apply.save_answers(
        case.pk,
        {"first_name": "María", "middle_name": "Elena", "last_name": "García-López"},
        actor=maria,
        now=story.now,
    )
    assert refusal("Devon Carter") == "signature_differs"
    assert refusal("María García-López", "2001-01") == "code_changed"
    assert sign("maria garcia lopez").ethics_agreed_at == story.now
    first = story.now
    story.wait(hours=1)
    assert sign("maria garcia lopez").ethics_agreed_at == first
    assert sign("MARÍA ELENA GARCÍA LÓPEZ").ethics_name == "MARÍA ELENA GARCÍA LÓPEZ"


def test_a_name_in_another_script_is_signed_with_its_own_letters(story):
    case, maria = stories.started(story), story.actor("maria")
    apply.save_answers(case.pk, {"first_name": "小明", "last_name": "王"}, actor=maria, now=story.now)
    version = "2022-05"
    with pytest.raises(Refused, match="signature_differs"):
        apply.agree_to_code(case.pk, "大明 李", version=version, actor=maria, now=story.now)
    assert apply.agree_to_code(case.pk, "小明 王", version=version, actor=maria, now=story.now).ethics_agreed_at


def test_another_role_asks_for_the_attestation_anew(story):
    case = stories.drafted(story)
    maria = story.actor("maria")
    apply.save_answers(case.pk, {"lived_experience_role": "parent"}, actor=maria, now=story.now)
    assert Application.objects.get(case=case).lived_experience_attested_at is None


def test_a_draft_thrown_away_forgets_its_answers_and_leaves_room_for_another(story):
    case = stories.drafted(story, pathway="reciprocity")
    gone = apply.discard(case.pk, actor=story.actor("maria"), now=story.now)
    application = Application.objects.get(case=case)
    assert gone.stage == "withdrawn"
    assert (application.first_name, application.born_on, application.phone) == (None, None, None)
    assert not application.employments.exists()
    assert application.closed_at == story.now
    assert not case.documents.filter(destroyed_at=None).exists()
    assert stories.started(story, pathway="reciprocity").pk != case.pk


def test_withdrawing_closes_the_case_ends_its_clocks_and_writes_a_letter(story):
    case = stories.submitted(story)
    gone = apply.withdraw(case.pk, actor=story.actor("maria"), now=story.wait(days=1))
    assert gone.stage == "withdrawn"
    assert not case.clocks.filter(ended_at=None).exists()
    assert Letter.objects.filter(case=case, code="withdrawn").count() == 1
    again = apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    assert again.stage == "withdrawn"
    assert Letter.objects.filter(case=case, code="withdrawn").count() == 1


def test_applying_again_starts_from_the_earlier_answers_but_signs_anew(story):
    case = stories.submitted(story, pathway="reciprocity")
    maria = story.actor("maria")
    with pytest.raises(Refused) as refused:
        apply.reapply(case.pk, actor=maria, now=story.now)
    assert refused.value.reason == "already_open"
    apply.withdraw(case.pk, actor=maria, now=story.wait(days=1))
    draft = apply.reapply(case.pk, actor=maria, now=story.wait(days=1))
    fresh = Application.objects.get(case=draft)
    assert (fresh.first_name, fresh.city, fresh.other_state) == ("María", "Oakland", "OR")
    assert fresh.employments.get().employer == "Harbor Wellness Center"
    assert (fresh.ethics_name, fresh.lived_experience_attested_at, fresh.submitted_at) == (None, None, None)
    assert fresh.copied_from.case_id == case.pk
    kinds = {document.kind for document in draft.documents.filter(replaced_at=None)}
    assert {"photo_id", "education", "other_certificate", "letter_self"} <= kinds
    assert not draft.documents.exclude(state="waiting").exists()


def test_two_taps_on_add_make_one_row(story):
    case = stories.started(story, pathway="reciprocity")
    maria = story.actor("maria")
    first = apply.add_row(case.pk, "employments", actor=maria, now=story.now)
    second = apply.add_row(case.pk, "employments", actor=maria, now=story.now)
    assert first.uuid == second.uuid


def test_a_row_taken_out_elsewhere_is_told(story):
    case = stories.started(story, pathway="reciprocity")
    maria = story.actor("maria")
    row = apply.add_row(case.pk, "employments", actor=maria, now=story.now)
    apply.remove_row(case.pk, "employments", row.uuid, actor=maria, now=story.now)
    apply.remove_row(case.pk, "employments", row.uuid, actor=maria, now=story.now)
    with pytest.raises(Refused) as refused:
        apply.change_row(case.pk, "employments", row.uuid, {"employer": "X"}, actor=maria, now=story.now)
    assert refused.value.reason == "row_gone"


@pytest.mark.parametrize(
    "changes",
    [{"stage": "approved"}, {"person_id": 1}, {"submitted_at": None}, {"other_state": "OR"}, {"first_name": "a\x00b"}],
)
def test_nothing_but_an_answer_of_the_pathway_can_be_saved(story, changes):
    case = stories.started(story)
    with pytest.raises(Refused) as refused:
        apply.save_answers(case.pk, changes, actor=story.actor("maria"), now=story.now)
    assert refused.value.reason == "not_an_answer"
