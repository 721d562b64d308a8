"""Whom the organisations of the stories watch: rosters with every kind of answer, what changed since, one objection."""

from datetime import datetime, timedelta

from peercert.demo import partners
from peercert.demo.stories import Story
from peercert.gateways.webhooks import Answer
from peercert.program.certificates.models import Certificate
from peercert.program.certificates.queries import standing_on
from peercert.program.journey import maintain, rosters, watched, webhooks
from peercert.program.people.models import LegalName
from peercert.program.people.organisations import Organisation
from peercert.program.rosters import queries
from peercert.program.rosters.models import Roster, Watch
from peercert.program.rosters.webhooks import Delivery
from peercert.rules import numbers
from peercert.rules.days import add_days, day_of

_HEAD = "Certificate number,Last name,First name,Date of birth"
#: Nobody's machine: it answered while Dana's people tried it, and she paused it before their program moves.
_RECEIVER = "https://changes.alameda.example/peercert"


def watching(story: Story, now: datetime) -> None:
    """The county watches six and has one to confirm, its program paused; the employer watches Devon, who objects."""
    story.now = (now - timedelta(days=30)).replace(hour=17, minute=20)
    county, employer = (Organisation.objects.get(name=one.name) for one in (partners.COUNTY, partners.EMPLOYER))
    devon = Certificate.objects.get(person=story.person("devon"))
    held = _held(devon, now)
    endpoint = webhooks.add_endpoint(county.pk, _RECEIVER, actor=story.actor("dana"), now=story.now)
    webhooks.knocked(endpoint.pk, Answer("taken", "204"), now=story.wait(hours=1))
    named = [_by_name(one) for one in (held[-1], devon)]
    twice = held[0].number
    sent = _sent(
        story, "omar", county, "network-providers.csv",
        *(f"{one.number},,," for one in held[:-1]), *named, f"{twice},,,", f"{_mistyped(twice)},,,",
        f"{numbers.make('C')},,,", ",Quintero,Aurelia,1984-06-19",
    )  # fmt: skip
    matched = queries.lines_of(sent).filter(outcome="matched").order_by("line").first()
    assert matched is not None
    rosters.confirm_match(sent.pk, matched.line, actor=story.actor("omar"), now=story.wait(hours=3))
    rosters.choose_digest(county.pk, True, actor=story.actor("dana"), now=story.now)
    _sent(
        story, "noor", employer, "staff.csv", f"{devon.number},,,", f"{_mistyped(devon.number)},,,", _by_name(held[1])
    )
    watched.tell_holders(now=story.now)

    story.now, by = (now - timedelta(days=9)).replace(hour=18, minute=5), story.actor("sam")
    first = LegalName.objects.get(person=held[0].person_id, until_at=None).first
    maintain.correct_name(held[0].pk, first, "", "Salazar", "marriage", actor=by, now=story.now)
    webhooks.answered(
        endpoint.pk, [(one.pk, Answer("taken", "204")) for one in Delivery.objects.filter(state="waiting")],
        now=story.wait(hours=1),
    )  # fmt: skip
    webhooks.pause_endpoint(endpoint.pk, actor=story.actor("dana"), now=story.wait(days=3))
    today = day_of(story.wait(days=2))
    maintain.correct_standing(
        held[1].pk, "suspended", today, add_days(today, 59), "Corrective plan overdue.", actor=by, now=story.now
    )
    watched.object_to_watch(
        Watch.objects.get(organisation=employer, certificate=devon).pk,
        "I left Harbor House in the spring and work elsewhere.", actor=story.actor("devon"), now=story.wait(days=1),
    )  # fmt: skip


def _held(devon: Certificate, now: datetime) -> list[Certificate]:
    """Five that are in force, and before the last of them one that expired long ago."""
    issued = Certificate.objects.exclude(pk=devon.pk).filter(issued_at__lt=now - timedelta(days=40)).order_by("pk")
    standing = [(one, standing_on(one, day_of(now))) for one in issued]
    in_force = [one for one, row in standing if row is not None and row.state == "in_force"]
    return [*in_force[:4], issued[0], in_force[4]]


def _sent(story: Story, who: str, row: Organisation, name: str, *lines: str) -> Roster:
    """A roster is sent and answered within the hour."""
    content = "\n".join((_HEAD, *lines, "")).encode()
    sent = rosters.receive_roster(row.pk, name, content, replaces=True, actor=story.actor(who), now=story.wait(hours=2))
    return rosters.take_roster(sent.pk, now=story.wait(hours=1))


def _by_name(one: Certificate) -> str:
    name = LegalName.objects.get(person=one.person_id, until_at=None)
    return f",{name.last},{name.first},{one.person.born_on}"


def _mistyped(number: str) -> str:
    """The same number with another check character."""
    return number[:-1] + ("2" if number[-1] != "2" else "3")
