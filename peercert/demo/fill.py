"""The demo state: about 300 made-up people on every stage and pathway, each brought there by living the journey.

Past lives lie on fixed days (the first exam of November 2022, the last days of grandparenting), present ones are
counted back from today. Everything is one transaction: a fill that is cut off leaves an empty database.
"""

import random
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from peercert.demo import cast, partners, people, rosters, seconds, stories
from peercert.demo.lives import (
    PRESENT,
    asked,
    certified,
    deliver,
    denied,
    first_certified,
    first_failed,
    live,
    not_completed,
)
from peercert.demo.stories import PACIFIC, Story
from peercert.program.casework.models import Case, Document
from peercert.program.certificates import log
from peercert.program.certificates.models import Certificate
from peercert.program.counties.models import County, Participation
from peercert.program.journey import answer, determine, maintain, oversee, pay
from peercert.program.notices.models import Letter
from peercert.program.people.models import Person
from peercert.program.training import actions as training
from peercert.rules.days import day_of

#: Luck is the same in every demo, so that tests and docs can name what is in it.
SEED = 803
#: Of the first exam: 24 counties, more than nine of ten passed (certification figures of November 2022).
FIRST_COUNTIES, FIRST_SITTING, FIRST_FAILED = 24, 56, 4
#: Tasks of which nothing is left to do when the demo stands.
DONE = ("notices.send", "files.judge", "rosters.take", "rosters.tell_holders", "webhooks.knock", "webhooks.send")


class NotEmpty(Exception):
    """The database holds people already; the sentence says which."""


def fill(now: datetime) -> int:
    """Fill an empty database; answers how many people are in it. Raises NotEmpty, and changes nothing then."""
    refuse_unless_empty()
    with transaction.atomic():
        luck = random.Random(SEED)  # noqa: S311 - a demo wants the same luck every time
        story = Story(now=datetime(2022, 5, 2, 9, 0, tzinfo=PACIFIC))
        for member in cast.CAST:
            story.person(member.key)
        _counties(luck)
        _providers(story)
        _lives(story, luck, now)
        _special(story, now)
        partners.everyone(story, now)
        rosters.watching(story, now)
        seconds.wait_for_seconds(story, now)
        deliver()
        Person.objects.filter(is_demo=False).update(is_demo=True)
        Case.objects.update(is_demo=True)
        _forget_done_jobs()
        log.append_pending(now=now)
    return Person.objects.count()


def refuse_unless_empty() -> None:
    """Raise NotEmpty where anybody is on record: the demo never stands beside real people."""
    if Person.objects.filter(is_demo=False).exists():
        raise NotEmpty("This database holds real people. The demo state needs an empty database of its own.")
    if Person.objects.exists():
        raise NotEmpty("The demo state is in this database already.")


def _counties(luck: random.Random) -> None:
    """52 of the 58 take part in at least one delivery system; which systems is not confirmed for each."""
    outside = {"Alpine", "Mariposa", "Sierra", "Modoc", "Colusa", "Trinity"}
    rows = []
    for county in County.objects.order_by("code"):
        if county.name in outside:
            continue
        for system in ("SMHS", "DMC-ODS") if luck.random() < 0.7 else ("SMHS",):
            rows.append(Participation(county=county, system=system, days=(date(2022, 7, 1), None)))
    Participation.objects.bulk_create(rows)


def _providers(story: Story) -> None:
    """Providers with dated spans: one long, one that ended, one whose contract came later, one for Spanish alone."""
    now = story.now
    stories.provider(story)
    spans = (
        ("Delta Recovery Institute", "en", date(2022, 7, 1), date(2022, 7, 1), date(2025, 6, 30)),
        ("Bay Peer Learning Collective", "en", date(2022, 7, 1), date(2022, 9, 15), None),
        ("Voces del Valle", "es", date(2023, 1, 15), date(2023, 2, 1), None),
        ("North State Wellness Academy", "en", date(2024, 8, 1), None, None),
    )
    for name, language, approved_on, contract_on, until_on in spans:
        provider = training.new_provider(name, now=now)
        training.record_span(
            provider, type="core", language=language, approved_on=approved_on, contract_executed_on=contract_on,
            until_on=until_on, by=story.person("ana"), now=now,
        )  # fmt: skip


def _lives(story: Story, luck: random.Random, now: datetime) -> None:
    everybody = iter(people.people(320, luck))
    counties = list(County.objects.filter(kind="county").order_by("code"))
    first = counties[:FIRST_COUNTIES]
    for number in range(FIRST_SITTING):
        failed = number < FIRST_FAILED
        pathway = "grandparenting" if number % 2 else "initial"
        begin = datetime(2022, 8, 15, 9, 0, tzinfo=PACIFIC) + timedelta(days=luck.randrange(18))
        life = first_failed if failed else first_certified
        live(story, next(everybody), life, pathway, begin, first[number % FIRST_COUNTIES], luck)
    for number in range(24):
        begin = datetime(2023, 3, 1, 9, 0, tzinfo=PACIFIC) + timedelta(days=luck.randrange(110))
        life = (certified, certified, denied, not_completed)[number % 4]
        live(story, next(everybody), life, "grandparenting", begin, luck.choice(counties), luck)
    for life, pathway, count, least, most in PRESENT:
        for _ in range(count):
            begin = now - timedelta(days=luck.uniform(least, most))
            begin = begin.replace(hour=17, minute=luck.randrange(60), second=0, microsecond=0)
            live(story, next(everybody), life, pathway, begin, luck.choice(counties), luck)


# --- single lives that a visitor looks for


def _special(story: Story, now: datetime) -> None:
    """The cast's own two applications, and one of each thing that is rare."""
    luck = random.Random(SEED + 1)  # noqa: S311
    story.now = now - timedelta(days=20)
    asked(story, "maria", "initial", luck)
    story.now = now - timedelta(days=160)
    certified(story, "devon", "reciprocity", luck)
    certificates = list(Certificate.objects.filter(issued_on__gte=day_of(now) - timedelta(days=500)).order_by("pk")[:3])
    story.now = now - timedelta(days=2)
    if certificates:
        maintain.record_surrender(certificates[0].pk, day_of(story.now), actor=story.actor("sam"), now=story.now)
    pay.record_payment(
        None, means="money_order", reference="MO-558102", payer_name="A. Gomez", amount_cents=10_000,
        received_on=day_of(story.now), actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    turned_down = Case.objects.filter(stage="denied").order_by("-pk")[:2]
    if len(turned_down) > 1:
        determination = turned_down[0].determinations.get()
        determine.record_appeal(
            determination.pk, received_on=day_of(story.now), way="mail", actor=story.actor("ana"), now=story.now
        )
    in_time = Case.objects.filter(stage="review", assigned_to=None, next_due_on__gte=day_of(story.now))
    waiting = in_time.order_by("pk").first()
    if waiting is not None:
        answer.ask_question(
            waiting.pk, "Did my check arrive?", language=waiting.person.language,
            actor=cast.actor(story.members["maria"], waiting.person), now=story.now,
        )  # fmt: skip
        oversee.pause_clock(waiting.pk, "review", "waiting_for_issuer", actor=story.actor("sam"), now=story.now)


def _forget_done_jobs() -> None:
    """Remove the queued jobs of what is done: letters are sent, documents judged, rosters answered."""
    assert not Document.objects.filter(state="waiting").exists()
    assert not Letter.objects.filter(state="waiting", channel="email").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND task_name = ANY(%s)",
            [[*DONE]],
        )
