"""Lives of the demo: each function lives one person from their first answer to where they stand today.

Every one takes the story, who it is, the pathway and luck, and gives the case.
"""

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from peercert.demo import cast, stories
from peercert.demo.papers import paper
from peercert.demo.stories import PACIFIC, Story
from peercert.program.casework.models import Case, Clock
from peercert.program.counties.models import County
from peercert.program.journey import (
    accommodate,
    answer,
    apply,
    ask,
    clockwork,
    determine,
    documents,
    pay,
    review,
)
from peercert.program.journey.grounds import grounds_of
from peercert.program.journey.law import ask_law
from peercert.program.notices import actions as notices
from peercert.program.notices.models import Letter
from peercert.program.review.models import Check

Life = Callable[[Story, str, str, random.Random], Case]


def deliver(case: Case | None = None) -> None:
    """Letters of the past were sent on their day; nothing of them leaves this machine."""
    waiting: Iterable[Letter] = Letter.objects.filter(state="waiting", channel="email")
    if case is not None:
        waiting = waiting.filter(case=case)  # type: ignore[attr-defined]
    for letter in waiting:
        notices.record_sent(letter, now=letter.written_at)


def live(
    story: Story, member: cast.Member, life: Life, pathway: str, begin: datetime, county: County, luck: random.Random
) -> Case:
    """One person's life: from `begin` on, in their county."""
    story.now = begin
    story.members[member.key] = member
    stories.LIVES_IN[member.key] = county
    return life(story, member.key, pathway, luck)


def draft(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Begun on a phone, not sent yet."""
    case = stories.started(story, who, pathway)
    if luck.random() < 0.7:
        stories.oriented(story, who)
    given = stories.answers_of(story, who, pathway)
    some = dict(list(given.items())[: luck.randrange(3, len(given))])
    apply.save_answers(case.pk, some, actor=story.actor(who), now=story.wait(hours=1))
    return case


def submitted(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Sent; we wait for the fee."""
    return stories.submitted(story, who, pathway)


def in_review(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Sent and paid, by check or by a payer."""
    case = stories.submitted(story, who, pathway)
    story.wait(days=luck.randrange(1, 5))
    if case.stage != "submitted":
        return case
    if luck.random() < 0.25 and pathway != "reciprocity":
        due = case.dues.get(item="application")
        kind = luck.choice(("scholarship", "county"))
        number = f"{kind[:2].upper()}-{luck.randrange(10_000, 99_999)}"
        pay.record_payer(due.pk, kind=kind, number=number, actor=story.actor("grace"), now=story.now)
        case = Case.objects.get(pk=case.pk)
    else:
        case = stories.paid(story, case, "application")
    return case


def assigned(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """In review, with a reviewer, some checks marked."""
    case = in_review(story, who, pathway, luck)
    ana = story.actor("ana")
    review.assign(case.pk, story.person("ana"), actor=ana, now=story.wait(days=1))
    for check in Check.objects.filter(case=case).order_by("position")[:2]:
        review.mark(check.pk, "pass", actor=ana, now=story.now)
    return case


def asked(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """In review, and asked for more."""
    case = assigned(story, who, pathway, luck)
    ana = story.actor("ana")
    wanted = [("id_photo", "id_unreadable"), ("education_shown", "education_unreadable")][: luck.randrange(1, 3)]
    for code, reason in wanted:
        check = Check.objects.get(case=case, code=code)
        review.mark(check.pk, "fail", [reason], actor=ana, now=story.wait(hours=1))
    keys = [ask.key_of(one) for one in ask.may_be_asked(case)]
    ask.ask_for_more(case.pk, keys, actor=ana, now=story.wait(hours=1))
    deliver(case)
    return Case.objects.get(pk=case.pk)


def answered(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Asked for more and answered: back with us."""
    case = asked(story, who, pathway, luck)
    actor = story.actor(who)
    story.wait(days=luck.randrange(1, 6))
    request = case.requests.get(closed_at=None)
    for item in request.items.all():
        kind = item.document_kind or "answer"
        given = paper(kind, again=True)
        document = documents.give_document(
            case.pk, kind=kind, name=given.name, content=given.content, actor=actor, now=story.now
        )
        documents.judge(document.pk, now=story.now, to_pages=stories.pages_of)
        answer.answer_item(item.pk, document=document, actor=actor, now=story.now)
    answer.send_answers(request.pk, actor=actor, now=story.now)
    return Case.objects.get(pk=case.pk)


def not_completed(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Asked for more, reminded, and never answered."""
    case = asked(story, who, pathway, luck)
    for _ in range(3):
        clock = Clock.objects.get(case=case, kind="answer", ended_at=None)
        story.now = datetime.combine(clock.due_on - timedelta(days=2), story.now.timetz()).replace(tzinfo=PACIFIC)
        clockwork.remind_of_request(clock.pk, now=story.now)
        deliver(case)
        story.wait(days=5)
        if clockwork.expire_request(clock.pk, now=story.now):
            break
    return Case.objects.get(pk=case.pk)


def withdrawn(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Sent, then taken back by the person."""
    case = stories.submitted(story, who, pathway)
    return apply.withdraw(case.pk, actor=story.actor(who), now=story.wait(days=3))


def recommended(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Looked at by one officer, waiting for the other."""
    case = in_review(story, who, pathway, luck)
    review.assign(case.pk, story.person("ana"), actor=story.actor("ana"), now=story.wait(days=luck.randrange(1, 6)))
    stories.looked_at(story, case)
    review.recommend(
        case.pk, "approve", "Everything was seen and fits.", actor=story.actor("ana"), now=story.wait(hours=2)
    )
    return Case.objects.get(pk=case.pk)


def denied(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Denied: there is no high-school education, and nothing more to give."""
    case = in_review(story, who, pathway, luck)
    ana = story.actor("ana")
    stories.looked_at(story, case)
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "fail", ["education_not_completed"], actor=ana, now=story.wait(days=4))
    review.recommend(
        case.pk, "deny", "No diploma or equivalent; experience cannot replace it.", actor=ana, now=story.wait(hours=1)
    )
    grounds = [one.key for one in grounds_of(case, ask_law(case, "apply", now=story.now)) if one.may_deny]
    determine.deny(
        case.pk, grounds, "The law asks for a diploma or equivalent.", actor=story.actor("tom"), now=story.wait(days=2)
    )
    deliver(case)
    return Case.objects.get(pk=case.pk)


def approved(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Approved: the months run."""
    case = recommended(story, who, pathway, luck)
    determine.approve(
        case.pk, "Everything was seen and fits.", actor=story.actor("tom"), now=story.wait(days=luck.randrange(1, 8))
    )
    return Case.objects.get(pk=case.pk)


def training_given(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """The training certificate is here and waits for us."""
    case = approved(story, who, pathway, luck)
    story.wait(days=luck.randrange(20, 40))
    return stories.training_given(story, who, case)


def trained(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Trained where the pathway asks for it: the exam fee is owed."""
    case = approved(story, who, pathway, luck)
    story.wait(days=luck.randrange(20, 40))
    return stories.trained(story, who, case) if pathway == "initial" else case


def accommodation_asked(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Asked for an accommodation: held until an exam officer decides."""
    case = trained(story, who, pathway, luck)
    stories.accommodation_asked(story, who, case)
    return Case.objects.get(pk=case.pk)


def authorised(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Leave to sit the exam."""
    case = trained(story, who, pathway, luck)
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor(who), now=story.wait(days=1))
    return stories.paid(story, case, "exam", 1)


def booked(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """A day is booked with the vendor."""
    case = authorised(story, who, pathway, luck)
    starts_at = story.now + timedelta(days=45)
    line = stories.vendor_line(story, case, "BOOKED", appointment=f"V{case.pk}", starts_at=starts_at, as_of=story.now)
    stories.vendor_told(story, line)
    return Case.objects.get(pk=case.pk)


def failed_once(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Sat once without passing; two tries are left."""
    case = authorised(story, who, pathway, luck)
    story.wait(days=luck.randrange(5, 20))
    scores = tuple(luck.randrange(40, 75) for _ in range(8))
    return stories.sat(story, case, "FAIL", appointment=f"V{case.pk}", scores=scores)


def certified(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Passed and certified."""
    case = authorised(story, who, pathway, luck)
    story.wait(days=luck.randrange(5, 30))
    return stories.sat(story, case, "PASS", appointment=f"V{case.pk}")


def ended(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Approved, and the months went by."""
    case = approved(story, who, pathway, luck)
    clock = Clock.objects.get(case=case, kind="approval", ended_at=None)
    story.now = datetime.combine(clock.due_on + timedelta(days=1), story.now.timetz()).replace(tzinfo=PACIFIC)
    clockwork.lapse_approval(clock.pk, now=story.now)
    return Case.objects.get(pk=case.pk)


def _first(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Of the first cohort: ready for the first exam, in the last days of November 2022."""
    case = authorised(story, who, pathway, luck)
    story.now = max(story.now, datetime(2022, 11, 28, 10, 0, tzinfo=PACIFIC)) + timedelta(hours=luck.randrange(48))
    return case


def first_certified(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Passed the first exam."""
    case = _first(story, who, pathway, luck)
    return stories.sat(story, case, "PASS", appointment=f"V{case.pk}")


def first_failed(story: Story, who: str, pathway: str, luck: random.Random) -> Case:
    """Did not pass the first exam, and let the months go by."""
    case = _first(story, who, pathway, luck)
    case = stories.sat(story, case, "FAIL", appointment=f"V{case.pk}", scores=(55,) * 8)
    clock = Clock.objects.get(case=case, kind="approval", ended_at=None)
    clockwork.lapse_approval(clock.pk, now=datetime.combine(clock.due_on, story.now.timetz()) + timedelta(days=2))
    return Case.objects.get(pk=case.pk)


#: Life, pathway, how many, and between how many days ago they begin.
PRESENT: tuple[tuple[Life, str, int, int, int], ...] = (
    (draft, "initial", 18, 1, 30),
    (draft, "reciprocity", 3, 1, 20),
    (draft, "portability", 2, 1, 20),
    (submitted, "initial", 14, 1, 25),
    (submitted, "reciprocity", 3, 1, 20),
    (in_review, "initial", 12, 6, 40),
    (in_review, "reciprocity", 4, 6, 25),
    (in_review, "portability", 2, 6, 20),
    (assigned, "initial", 8, 8, 25),
    (asked, "initial", 8, 8, 25),
    (asked, "reciprocity", 2, 8, 20),
    (answered, "initial", 4, 15, 25),
    (not_completed, "initial", 4, 60, 100),
    (withdrawn, "initial", 4, 10, 200),
    (recommended, "initial", 8, 12, 25),
    (recommended, "reciprocity", 2, 12, 25),
    (recommended, "portability", 1, 12, 25),
    (denied, "initial", 5, 20, 200),
    (denied, "reciprocity", 1, 20, 60),
    (approved, "initial", 14, 25, 250),
    (training_given, "initial", 6, 62, 64),
    (trained, "initial", 6, 75, 150),
    (accommodation_asked, "initial", 3, 70, 80),
    (authorised, "initial", 8, 80, 160),
    (authorised, "reciprocity", 2, 70, 120),
    (booked, "initial", 6, 75, 85),
    (failed_once, "initial", 6, 110, 200),
    (certified, "initial", 36, 130, 700),
    (certified, "reciprocity", 10, 130, 600),
    (certified, "portability", 2, 130, 300),
    (ended, "initial", 4, 420, 600),
)
