"""Changes on their way to an organisation's machine: in order per person, at least once, whatever the machine does."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from peercert.demo import partners
from peercert.gateways import webhooks as gateway
from peercert.jobs import signer
from peercert.jobs import webhooks as jobs
from peercert.program.certificates.models import Certificate, CertificateFile
from peercert.program.errors import Refused
from peercert.program.journey import maintain, members, organisations, take_over, webhooks
from peercert.program.notices.models import Letter
from peercert.program.people.models import LegalName
from peercert.program.rosters.actions import begin_watch
from peercert.program.rosters.models import Change
from peercert.program.rosters.webhooks import Delivery, Endpoint
from peercert.rules.days import add_days, day_of
from tests.cluster import PATIENCE
from tests.fixtures.mail import Mailbox
from tests.fixtures.queue import a_worker
from tests.fixtures.receiver import Receiver, receiving
from tests.gateways.signer.transit import Engine
from tests.stories import Story

TASKS = {"webhooks.send", "webhooks.knock"}
Jobs = Callable[..., list[str]]


class Setting:
    """A county that watches two holders, and its machine."""

    def __init__(self, receiver: Receiver, run_jobs: Jobs) -> None:
        self.receiver, self.run_jobs = receiver, run_jobs
        self.story = Story(now=timezone.now() - timedelta(days=4))
        today = day_of(timezone.now())
        for number, last in (("OLD-1", "Lake"), ("OLD-2", "Hill")):
            take_over.take_over_holder(
                take_over.Whom(number, "Ada", "", last, None, "", "en"), pathway="initial",
                issued_on=add_days(today, -90), last_on=add_days(today, 600), actor=self.story.actor("sam"),
                now=self.story.now,
            )  # fmt: skip
        self.row = partners.opened(self.story, "lena", partners.COUNTY)
        self.held = list(Certificate.objects.order_by("pk"))
        for one in self.held:
            begin_watch(self.row, one, now=self.story.now)
        self.endpoint = webhooks.add_endpoint(self.row.pk, receiver.url, **self.lena)
        run_jobs(only=TASKS)
        self.receiver.taken.clear()

    @property
    def lena(self) -> dict[str, Any]:
        return {"actor": self.story.actor("lena"), "now": timezone.now()}

    def suspend(self, which: int, days: int = 1) -> None:
        """Suspend one of them from today on, as a program manager does."""
        today = day_of(timezone.now())
        maintain.correct_standing(
            self.held[which].pk, "suspended", today, add_days(today, days - 1), "Because.",
            actor=self.story.actor("sam"), now=timezone.now(),
        )  # fmt: skip

    def rename(self, which: int, last: str) -> None:
        """Give one of them another name."""
        maintain.correct_name(
            self.held[which].pk, "New", "", last, "marriage", actor=self.story.actor("sam"), now=timezone.now()
        )

    def answers_again(self, behaves: str) -> None:
        """The machine was down, now does this, and the pause is over."""
        self.receiver.behaves = behaves
        Endpoint.objects.exclude(next_at=None).update(next_at=timezone.now())
        jobs.send_waiting(timestamp=0)
        self.run_jobs(only=TASKS)
        self.state()

    def told(self) -> list[dict[str, Any]]:
        """The events that the machine took."""
        return [json.loads(body) for _, body in self.receiver.taken]

    def state(self) -> Endpoint:
        """The address as it stands."""
        self.endpoint.refresh_from_db()
        return self.endpoint


@pytest.fixture
def county(db: None, receiver: Receiver, run_jobs: Jobs) -> Setting:
    return Setting(receiver, run_jobs)


def test_an_address_takes_changes_once_it_has_answered(db: None, receiver: Receiver, run_jobs: Jobs) -> None:
    receiver.behaves = "404"
    county = Setting(receiver, run_jobs)
    assert (county.state().state, county.endpoint.last_said) == ("new", "404")
    county.suspend(0)
    assert not Delivery.objects.exists()
    receiver.behaves = "204"
    webhooks.resume_endpoint(county.endpoint.pk, **county.lena)
    run_jobs(only=TASKS)
    assert county.state().state == "active"
    assert [event["type"] for event in county.told()] == ["org.peercert.knock"]
    assert county.told()[0]["data"] == {}


def test_a_change_arrives_as_a_signed_cloudevent_that_says_no_reason(county: Setting) -> None:
    county.suspend(0)
    county.run_jobs(only=TASKS)
    ((headers, body),) = county.receiver.taken
    event, change = json.loads(body), Change.objects.latest("pk")
    assert (event["specversion"], event["id"], event["subject"]) == ("1.0", str(change.uuid), county.held[0].number)
    assert event["type"] == "org.peercert.certificate.standing"
    assert event["data"]["standing"] == "suspended"
    assert headers["Idempotency-Key"] == f'"{change.uuid}"'
    assert "Because" not in body.decode()
    from tests.gateways.test_webhooks import judged

    message = {"method": "POST", "url": county.receiver.url, "headers": headers, "required": list(gateway.COVERED)}
    from peercert.program.certificates.signing import public_keys

    assert judged([{**message, "keys": gateway.directory(public_keys("webhook"))["keys"]}]) == [True]
    assert Delivery.objects.get().state == "taken"


def test_changes_wait_for_a_signer_that_is_down_and_count_as_no_failure(
    outside_signer: Engine, county: Setting
) -> None:
    outside_signer.stop()
    county.suspend(0)
    county.rename(1, "Brook")
    county.run_jobs(only=TASKS)
    assert county.receiver.taken == []
    assert {one.state for one in Delivery.objects.all()} == {"waiting"}
    assert county.state().next_at is None
    outside_signer.start()
    signer.follow(timestamp=0)
    jobs.send_waiting(timestamp=0)
    county.run_jobs(only=TASKS)
    assert len(county.told()) == 2
    assert {one.state for one in Delivery.objects.all()} == {"taken"}


def test_changes_of_one_person_arrive_in_their_order(county: Setting) -> None:
    for last in ("A", "B", "C", "D"):
        county.rename(0, last)
        county.rename(1, last)
    county.run_jobs(only=TASKS)
    for one in county.held:
        told = [int(event["sequence"]) for event in county.told() if event["subject"] == one.number]
        assert told == sorted(told)
        assert len(told) == 4


def test_a_former_name_goes_nowhere(county: Setting) -> None:
    former = LegalName.objects.get(person=county.held[0].person_id, until_at=None).full
    county.suspend(0)
    county.rename(0, "Later")
    county.run_jobs(only=TASKS)
    assert [event["data"]["name"] for event in county.told()] == ["New Later", "New Later"]
    assert former not in "".join(body.decode() for _, body in county.receiver.taken)


def test_a_refused_message_waits_and_with_it_what_comes_later_about_that_person_alone(county: Setting) -> None:
    county.receiver.behaves = "422"
    county.suspend(0)
    county.run_jobs(only=TASKS)
    county.receiver.behaves = "200"
    county.rename(0, "Later")
    county.suspend(1)
    county.run_jobs(only=TASKS)
    assert [event["subject"] for event in county.told()] == [county.held[1].number]
    first = Delivery.objects.order_by("pk")[0]
    assert (first.state, first.said, first.tries) == ("waiting", "422", 1)
    Delivery.objects.update(due_at=timezone.now())
    jobs.send(county.endpoint.pk)
    mine = [event["data"]["kind"] for event in county.told() if event["subject"] == county.held[0].number]
    assert mine == ["standing", "name"]


def test_a_message_that_nobody_takes_for_three_days_is_given_up_and_the_next_one_goes(county: Setting) -> None:
    county.receiver.behaves = "400"
    county.suspend(0)
    county.run_jobs(only=TASKS)
    now, tries = timezone.now(), 1
    while Delivery.objects.get().state == "waiting":
        waits = Delivery.objects.get().due_at
        assert waits > now
        now, tries = waits, tries + 1
        webhooks.answered(county.endpoint.pk, [(Delivery.objects.get().pk, gateway.Answer("refused", "400"))], now=now)
        assert tries < 40
    one = Delivery.objects.get()
    assert one.state == "given_up"
    assert timedelta(days=2.5) < now - one.queued_at <= timedelta(days=3)
    county.receiver.behaves = "200"
    county.rename(0, "Later")
    county.run_jobs(only=TASKS)
    assert [event["data"]["kind"] for event in county.told()] == ["name"]


def test_while_the_other_side_is_down_one_message_alone_tries_the_door(county: Setting) -> None:
    county.receiver.behaves = "503"
    for which in (0, 1):
        county.suspend(which)
    county.run_jobs(only=TASKS)
    assert county.state().failures == 1
    later = county.endpoint.next_at
    assert later is not None
    assert webhooks.knocks(county.endpoint, now=timezone.now()) == []
    assert len(webhooks.knocks(county.endpoint, now=later)) == 1
    assert webhooks.due(county.endpoint, most=64, now=later) == []
    county.answers_again("200")
    assert (county.endpoint.failing_since, county.endpoint.failures) == (None, 0)
    assert len(county.told()) == 2


def test_a_receiver_that_hangs_costs_one_line_and_its_own_time_alone(county: Setting) -> None:
    county.receiver.behaves = "503"
    connections = county.receiver.connections
    for last in ("A", "B"):
        county.rename(0, last)
        county.rename(1, last)
    county.run_jobs(only=TASKS)
    assert county.receiver.connections == connections + 1


def test_a_refusal_says_that_the_other_side_is_up(county: Setting) -> None:
    county.receiver.behaves = "503"
    county.suspend(0)
    county.suspend(1)
    county.run_jobs(only=TASKS)
    county.answers_again("422")
    assert county.endpoint.failing_since is None
    assert {one.said for one in Delivery.objects.all()} == {"422"}


def test_down_for_an_hour_tells_for_three_days_pauses_and_nothing_is_lost(county: Setting) -> None:
    county.receiver.behaves = "503"
    county.suspend(0)
    county.run_jobs(only=TASKS)
    down, letters, pauses = gateway.Answer("down", "503"), [], []
    while county.state().state == "active":
        moment = county.endpoint.next_at
        assert moment is not None
        pauses.append(moment)
        webhooks.answered(county.endpoint.pk, [(Delivery.objects.get().pk, down)], now=moment)
        letters.append(Letter.objects.filter(code__startswith="endpoint_is_").count())
        assert len(pauses) < 60
    began = pauses[0] - webhooks.PAUSE
    gaps = [later - earlier for earlier, later in pairwise(pauses)]
    assert gaps == sorted(gaps)
    assert timedelta(days=3) <= pauses[-1] - began < timedelta(days=3, hours=7)
    assert sorted(Letter.objects.filter(code__startswith="endpoint").values_list("code", flat=True)) == [
        "endpoint_is_down", "endpoint_is_paused",
    ]  # fmt: skip
    assert letters[0] == 0
    assert Delivery.objects.get().state == "waiting"
    county.rename(1, "Meanwhile")
    county.receiver.behaves = "200"
    webhooks.resume_endpoint(county.endpoint.pk, **county.lena)
    county.run_jobs(only=TASKS)
    knock, *told = (event["data"].get("kind") for event in county.told())
    assert (knock, sorted(told)) == (None, ["name", "standing"])


def test_gone_is_paused_at_once(county: Setting) -> None:
    county.receiver.behaves = "410"
    county.suspend(0)
    county.run_jobs(only=TASKS)
    assert (county.state().state, county.endpoint.because) == ("paused", "gone")


@pytest.mark.parametrize("behaves", ["hangs_up", "babbles", "301"])
def test_a_lying_receiver_is_down_and_gets_the_message_again(county: Setting, behaves: str) -> None:
    county.receiver.behaves = behaves
    county.suspend(0)
    county.run_jobs(only=TASKS)
    assert county.state().failures == 1
    county.answers_again("200")
    assert len(county.told()) == 1


def test_killed_between_the_answer_and_our_row_it_goes_again_under_the_same_key(
    county: Setting, monkeypatch: Any
) -> None:
    county.suspend(0)

    class Killed(BaseException):
        pass

    def die(*given: Any, **named: Any) -> Any:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(webhooks, "answered", die)
        with pytest.raises(Killed):
            jobs.send(county.endpoint.pk)
    jobs.send(county.endpoint.pk)
    first, second = county.receiver.taken
    assert first[0]["Idempotency-Key"] == second[0]["Idempotency-Key"]
    assert Delivery.objects.get().state == "taken"


@pytest.mark.database("program/journey/webhooks.py")
def test_everything_is_sent_again_from_a_day_on_under_the_same_keys(county: Setting) -> None:
    county.suspend(0)
    county.rename(1, "Later")
    county.run_jobs(only=TASKS)
    before = [event["id"] for event in county.told()]
    county.receiver.taken.clear()
    assert webhooks.replay(county.endpoint.pk, day_of(timezone.now()), **county.lena) == 2
    county.run_jobs(only=TASKS)
    assert sorted(event["id"] for event in county.told()) == sorted(before)
    with pytest.raises(Refused, match="day_in_future"):
        webhooks.replay(county.endpoint.pk, add_days(day_of(timezone.now()), 1), **county.lena)


def test_only_an_administrator_of_that_organisation_keeps_its_addresses(county: Setting) -> None:
    for key in ("maria", "sam", "robin"):
        who = {"actor": county.story.actor(key), "now": timezone.now()}
        with pytest.raises(Refused, match="not_yours"):
            webhooks.pause_endpoint(county.endpoint.pk, **who)
        with pytest.raises(Refused, match="not_yours"):
            webhooks.add_endpoint(county.row.pk, "https://example.org/", **who)
    with pytest.raises(Refused, match="endpoint_known"):
        webhooks.add_endpoint(county.row.pk, county.receiver.url, **county.lena)


def test_nothing_goes_to_an_organisation_whose_account_has_ended(county: Setting) -> None:
    county.suspend(0)
    organisations.end(county.row.pk, "closed_down", actor=county.story.actor("sam"), now=timezone.now())
    county.run_jobs(only=TASKS)
    assert county.told() == []


@pytest.mark.database("queue")
def test_two_jobs_of_an_address_are_done_one_after_the_other_and_each_message_once(
    committed: str, receiver: Receiver, run_jobs: Jobs, eventually: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", PATIENCE)
    county = Setting(receiver, run_jobs)
    receiver.behaves = "waits"
    county.suspend(0)

    def states() -> list[str]:
        found = ProcrastinateJob.objects.filter(task_name="webhooks.send").order_by("pk")
        return list(found.values_list("status", flat=True))[-2:]

    with a_worker():
        eventually(lambda: receiver.waiting, "the first message is on its way")
        county.suspend(1)
        eventually(lambda: states() == ["doing", "todo"], "a second job waits")
        jobs.send_waiting(timestamp=0)
        receiver.goes_on.set()
        eventually(lambda: states() == ["succeeded", "succeeded"], "both are done")
    assert sorted(event["subject"] for event in county.told()) == sorted(one.number for one in county.held)
    assert Endpoint.objects.get().failures == 0


def test_machines_that_never_answer_keep_nobody_waiting(
    committed: str,
    receiver: Receiver,
    run_jobs: Jobs,
    mailbox: Mailbox,
    eventually: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", PATIENCE)
    county = Setting(receiver, run_jobs)
    for number in (2, 3, 4):
        webhooks.add_endpoint(county.row.pk, f"{receiver.url}?{number}", **county.lena)
    county.story.now = timezone.now() - timedelta(days=4)
    employer = partners.opened(county.story, "dana", partners.EMPLOYER)
    begin_watch(employer, county.held[0], now=county.story.now)
    printed = CertificateFile.objects.filter(certificate=county.held[1])
    with receiving() as other:
        dana = {"actor": county.story.actor("dana"), "now": timezone.now()}
        webhooks.add_endpoint(employer.pk, other.url, **dana)
        run_jobs()
        webhooks.add_endpoint(county.row.pk, f"{receiver.url}?new", **county.lena)
        other.taken.clear()
        receiver.behaves = "slow"
        county.suspend(0)
        county.rename(1, "Later")
        members.invite(county.row.pk, "new@example.org", "member", language="en", **county.lena)

        def done() -> bool:
            hanging = ProcrastinateJob.objects.filter(task_name__in=TASKS, status="doing").count()
            return hanging == 5 and bool(mailbox.to("new@example.org")) and printed.count() == 2 and bool(other.taken)

        with a_worker():
            eventually(done, "letter, print and the employer's message are out while every line to the county hangs")
            webhooks.add_endpoint(employer.pk, f"{other.url}?new", **dana)
            eventually(lambda: len(other.taken) == 2, "a new address is knocked at meanwhile")
            assert not Endpoint.objects.exclude(failures=0).exists()
            receiver.ended.set()
