"""The signed credential follows its certificate: made for every change, superseded for good, whatever goes wrong."""

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings as live
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from peercert import cli
from peercert.commands import keys as command
from peercert.gateways import keys as sealing
from peercert.gateways.signer import achievement, canonical, did, inclusion, status, verify
from peercert.program.casework.models import Case, Task
from peercert.program.certificates import credentials, log, outside, queries, signing
from peercert.program.certificates.log_models import LogFact
from peercert.program.certificates.models import Certificate, Credential, SigningKey, StatusList
from peercert.program.certificates.status_lists import list_address, signed_list
from peercert.program.journey import credential as steps
from peercert.program.journey import keep_keys, maintain, specialize
from peercert.program.journey.standing_changed import DAY_CAME
from peercert.program.rosters.models import Change
from peercert.rules.days import day_of
from tests import stories
from tests.fixtures.forked import forked
from tests.fixtures.queue import do_jobs

Jobs = Callable[..., list[str]]


class Held:
    """A certificate of María's, a hundred days old, and the officers around it."""

    def __init__(self) -> None:
        self.story = stories.Story(now=datetime.now(stories.PACIFIC) - timedelta(days=130))
        self.certificate = Certificate.objects.get(case=stories.certified(self.story))
        self.story.now = datetime.now(stories.PACIFIC)
        self.today = day_of(self.story.now)

    def correct(self, state: str, first_on: date, last_on: date | None) -> None:
        maintain.correct_standing(
            self.certificate.pk, state, first_on, last_on, "A finding.", actor=self.story.actor("sam"),
            now=datetime.now(stories.PACIFIC),
        )  # fmt: skip

    def suspend(self, days: int = 30) -> None:
        self.correct("suspended", self.today, self.today + timedelta(days=days))

    @property
    def current(self) -> Credential | None:
        return queries.current_credential(self.certificate)


@pytest.fixture(scope="module")
def lived(one_life: None) -> Held:
    held = Held()
    do_jobs(only={"certificates.sign"})
    return held


@pytest.fixture
def held(lived: Held, db: None) -> Held:
    return deepcopy(lived)


@pytest.fixture(params=["here", "outside"])
def keys_held(request: pytest.FixtureRequest) -> None:
    """Keys that sign are sealed in the database, or held by an outside signer."""
    if request.param == "outside":
        request.getfixturevalue("outside_signer")


def judged(credential: Credential, at: datetime | None = None) -> verify.Verdict:
    """What a stranger's verifier finds, with what we publish: the DID document's keys and the status lists."""
    issuer = did.of(live.ENVIRONMENT.origin)
    keys = {did.key_id(issuer, key.kid): key for key in signing.public_keys("credential", "jwt")}
    at = at or datetime.now(stories.PACIFIC)

    def fetch(address: str) -> bytes | None:
        found = signed_list(int(address.rpartition("/")[2]), now=at)
        return found.encode() if found else None

    log_keys = signing.public_keys("log")
    return verify.explain(
        credential.signed, issuer=issuer, resolve_key=keys.get, fetch_status=fetch, log_keys=log_keys, at=at
    )


def codes(verdict: verify.Verdict) -> set[str]:
    return {step.code for step in verdict.steps if step.holds is not True}


def test_what_is_certified_is_signed_and_says_what_the_certificate_says(held: Held) -> None:
    credential = held.current
    assert credential is not None
    verdict = judged(credential)
    assert verdict.holds, verdict
    last_on = queries.term_of(held.certificate).last_on
    assert {name: verdict.says[name] for name in ("uuid", "number", "name", "issued_on", "last_day", "areas")} == {
        "uuid": str(credential.uuid), "number": held.certificate.number, "name": held.certificate.printed_name,
        "issued_on": held.certificate.issued_on, "last_day": last_on, "areas": (),
    }  # fmt: skip
    document = orjson.loads(credential.signed)
    assert set(document["credentialStatus"]) == {
        "id", "type", "statusPurpose", "statusListIndex", "statusListCredential",
    }  # fmt: skip
    person = held.certificate.person
    told = credential.signed.lower()
    address = person.account.email if person.account else ""
    assert address
    assert address.lower() not in told
    assert "oakland" not in told


def test_what_is_signed_stands_in_the_log_and_carries_the_proof(held: Held) -> None:
    credential = held.current
    assert credential is not None
    fact = LogFact.objects.get(certificate=held.certificate)
    assert fact.position is not None
    assert judged(credential)["log"].values["position"] == fact.position + 1
    evidence = orjson.loads(credential.signed)["evidence"][0]
    assert evidence["id"].startswith(f"{live.ENVIRONMENT.origin}/log/proof/{held.certificate.number}#")
    carried = inclusion.carried_by(evidence["id"])
    assert carried.entry == bytes(fact.entry)
    # It opens to what strangers are told, and to the seal on the rows behind it: those stay with the register.
    assert carried.opened[64:].decode() == fact.public
    assert bytes(fact.secret) not in carried.opened
    # The log goes on; what was carried away still leads to the head of its day, and the key that signed it stays known.
    keep_keys.rotate_key("log", compromised=False, actor=held.story.actor("robin"), now=held.story.now)
    held.suspend()
    log.append_pending(now=held.story.now)
    assert judged(credential)["log"].holds
    assert codes(judged(credential)) == {"no_longer_current"}


def test_nothing_is_signed_while_the_log_cannot_say_it(db: None, run_jobs: Jobs, settings: Any) -> None:
    """The key that signs the log's heads cannot be opened: the job waits, and nobody gets anything meanwhile."""
    signing.signer_for("log")
    held, right = Held(), live.ENVIRONMENT
    settings.ENVIRONMENT = replace(right, keys=(b"k" * 32,))
    with pytest.raises(sealing.CannotOpen):
        app.tasks["certificates.sign"].func(certificate_id=held.certificate.pk)
    assert held.current is None
    settings.ENVIRONMENT = right
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert judged(held.current)["log"].holds


def test_a_new_name_makes_a_new_credential_and_sets_the_bit_of_the_old_one_at_once(held: Held, run_jobs: Jobs) -> None:
    old = held.current
    assert old is not None
    tom = held.story.actor("tom")
    maintain.correct_name(held.certificate.pk, "Mario", "", "Vega", "court_order", actor=tom, now=held.story.now)
    assert codes(judged(old)) == {"no_longer_current"}
    run_jobs(only={"certificates.sign"})
    new = held.current
    assert new is not None
    assert judged(new).says["name"] == "Mario Vega"
    assert judged(new).holds
    assert (new.status_list_id, new.status_index) != (old.status_list_id, old.status_index)


def test_each_change_of_areas_makes_a_new_credential(held: Held, run_jobs: Jobs) -> None:
    sam, maria, now = held.story.actor("sam"), held.story.actor("maria"), held.story.now
    specialize.record_specialization(held.certificate.pk, "crisis", held.today, "Seen.", actor=sam, now=now)
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert judged(held.current).says["areas"] == ("crisis",)
    specialize.show_areas(held.certificate.pk, False, actor=maria, now=now)
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert judged(held.current).says["areas"] == ()
    assert Credential.objects.filter(certificate=held.certificate).count() == 3


def test_a_change_of_nothing_that_is_signed_leaves_the_credential(held: Held, run_jobs: Jobs) -> None:
    before = held.current
    maria = held.story.actor("maria")
    maintain.leave_out_of_name_search(held.certificate.case_id, True, actor=maria, now=held.story.now)
    maintain.print_again(held.certificate.pk, actor=maria, now=held.story.now)
    assert "certificates.sign" not in run_jobs(only={"certificates.sign"})
    assert steps.catch_up(held.story.now) == 0
    assert held.current == before


def test_a_credential_is_valid_from_the_first_day_after_a_gap(held: Held, run_jobs: Jobs) -> None:
    gap = held.certificate.issued_on + timedelta(days=20)
    held.correct("not_certified", gap, gap)
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    says = judged(held.current).says
    assert day_of(says["valid_from"]) == gap + timedelta(days=1)
    assert says["first_day"] == held.certificate.issued_on


def test_a_suspension_sets_the_bit_and_makes_none_and_a_reinstatement_makes_a_new_one(
    held: Held, run_jobs: Jobs
) -> None:
    old = held.current
    assert old is not None
    held.suspend()
    assert "certificates.sign" not in run_jobs(only={"certificates.sign"})
    assert held.current is None
    assert codes(judged(old)) == {"no_longer_current"}
    held.correct("in_force", held.today, held.today + timedelta(days=30))
    run_jobs(only={"certificates.sign"})
    new = held.current
    assert new is not None
    assert new.pk != old.pk
    assert judged(new).holds
    assert codes(judged(old)) == {"no_longer_current"}


@pytest.mark.parametrize("end", ["revoked", "surrendered", "ended_by_death"])
def test_an_end_sets_the_bit_and_makes_none(held: Held, run_jobs: Jobs, end: str) -> None:
    old, sam, now = held.current, held.story.actor("sam"), held.story.now
    assert old is not None
    if end == "revoked":
        held.correct("revoked", held.today, None)
    else:
        take = maintain.record_surrender if end == "surrendered" else maintain.record_death
        take(held.certificate.pk, held.today, actor=sam, now=now)
    assert "certificates.sign" not in run_jobs(only={"certificates.sign"})
    assert held.current is None
    assert codes(judged(old)) == {"no_longer_current"}


def test_expiry_alone_sets_no_bit_but_the_dates_tell(held: Held) -> None:
    credential = held.current
    assert credential is not None
    after = datetime.combine(
        queries.term_of(held.certificate).last_on + timedelta(days=2), datetime.min.time(), stories.PACIFIC
    )
    assert steps.catch_up(after) == 0
    assert codes(judged(credential, after)) == {"expired"}


def test_a_suspension_that_begins_and_ends_by_its_days_is_followed_by_the_clock(held: Held, run_jobs: Jobs) -> None:
    old = held.current
    assert old is not None
    held.correct("suspended", held.today + timedelta(days=5), held.today + timedelta(days=9))
    assert held.current == old
    assert steps.catch_up(held.story.now + timedelta(days=4)) == 0
    assert steps.catch_up(held.story.now + timedelta(days=5)) == 1
    assert held.current is None
    assert codes(judged(old)) == {"no_longer_current"}
    assert steps.catch_up(held.story.now + timedelta(days=6)) == 0
    assert steps.catch_up(held.story.now + timedelta(days=10)) == 1
    # The job looks at today's day, on which the certificate stands as well.
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert held.current.pk != old.pk


def test_a_figure_that_shows_less_from_a_day_on_is_followed_and_nobody_is_told_of_a_change(
    held: Held, run_jobs: Jobs, reform: Callable[..., None]
) -> None:
    sam = held.story.actor("sam")
    specialize.record_specialization(held.certificate.pk, "crisis", held.today, "Seen.", actor=sam, now=held.story.now)
    run_jobs(only={"certificates.sign"})
    changes = Change.objects.filter(certificate=held.certificate).count()
    assert steps.catch_up(held.story.now) == 0
    reform("specializations_shown", False, held.today)
    assert not log.says_so_already(held.certificate, held.today)
    assert steps.catch_up(held.story.now) == 1
    run_jobs(only={DAY_CAME, "certificates.sign"})
    assert held.current is not None
    assert judged(held.current).holds
    assert judged(held.current).says["areas"] == ()
    proof = log.proof_of(held.certificate, today=held.today)
    assert proof is not None
    assert "crisis" not in proof.fact.public
    assert Change.objects.filter(certificate=held.certificate).count() == changes
    assert steps.catch_up(held.story.now + timedelta(days=1)) == 0


def test_a_lost_job_is_made_up_for_by_the_clock(db: None, run_jobs: Jobs) -> None:
    held = Held()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'certificates.sign'")
    assert app.tasks["certificates.sign_missing"].func(timestamp=0) is None
    assert run_jobs(only={"certificates.sign"}) == ["certificates.sign"]
    assert held.current is not None
    assert steps.catch_up(held.story.now) == 0


@pytest.mark.database("guards")
@pytest.mark.parametrize("change", ["superseded_at = NULL", "signed = ''", "status_index = 1"])
def test_a_bit_is_never_cleared_and_nothing_else_of_a_credential_changes(held: Held, change: str) -> None:
    held.suspend()
    refused = pytest.raises(Exception, match=r"superseded, once|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE program_credential SET {change}")


@pytest.mark.database("guards")
def test_not_even_the_owner_of_the_tables_clears_a_bit(committed: str, as_owner: Any, run_jobs: Jobs) -> None:
    held = Held()
    run_jobs(only={"certificates.sign"})
    held.suspend()
    for statement in (
        "UPDATE program_credential SET superseded_at = NULL", "UPDATE program_credential SET superseded_at = now()",
        "DELETE FROM program_credential", "TRUNCATE program_credential CASCADE", "DELETE FROM program_statuslist",
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"superseded, once|Cannot (update or )?delete|never removed"):
            as_owner.execute(statement)


def test_a_list_holds_its_bit_at_the_place_that_the_credential_names(held: Held) -> None:
    credential = held.current
    assert credential is not None
    text = signed_list(1, now=held.story.now)
    assert text == signed_list(1, now=held.story.now)
    held.suspend()
    after = signed_list(1, now=held.story.now)
    assert text is not None
    assert after is not None
    before, now = (status.decode(orjson.loads(one)["credentialSubject"]["encodedList"]) for one in (text, after))
    assert [place for place in range(len(now) * 8) if status.is_set(now, place)] == [credential.status_index]
    assert not any(before)
    assert orjson.loads(after)["id"] == list_address(1)
    assert signed_list(2, now=held.story.now) is None


def test_a_list_that_fills_up_is_followed_by_a_new_one(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of forty places: when few are left, a new one begins."""
    now = datetime.now(stories.PACIFIC)
    monkeypatch.setattr(StatusList, "LENGTH", 40)
    story = stories.Story(now=now - timedelta(days=60))
    certificate = Certificate.objects.get(case=stories.certified(story))
    seen = set()
    for _ in range(45):
        draft = steps.draft(certificate.pk, now=now)
        assert draft is not None
        kept = steps.keep(draft, signing.Signed("key-x", "{}"), now=now)
        assert kept is not None
        assert (kept.status_list.number, kept.status_index) not in seen
        seen.add((kept.status_list.number, kept.status_index))
        credentials.supersede(kept, now=now)
    assert {number for number, _ in seen} == {1, 2}
    assert len({index for number, index in seen if number == 1}) >= 25


@pytest.mark.database("guards")
def test_a_place_taken_meanwhile_is_not_given_twice(held: Held) -> None:
    credential = held.current
    assert credential is not None
    held.suspend()
    held.correct("in_force", held.today, held.today + timedelta(days=30))
    draft = steps.draft(held.certificate.pk, now=held.story.now)
    assert draft is not None
    taken = credentials.Place(credential.status_list, credential.status_index)
    late = steps.Draft(draft.certificate_id, draft.told, draft.uuid, taken, draft.proof)
    assert steps.keep(late, signing.Signed("key-x", "{}"), now=held.story.now) is None
    assert held.current is None


def test_what_changed_while_it_was_signed_is_not_stored_but_signed_again(held: Held, run_jobs: Jobs) -> None:
    held.suspend()
    held.correct("in_force", held.today, held.today + timedelta(days=30))
    draft = steps.draft(held.certificate.pk, now=held.story.now)
    assert draft is not None
    signed = signing.sign(achievement.document(draft.content), canonical.credential, now=held.story.now)
    tom = held.story.actor("tom")
    maintain.correct_name(held.certificate.pk, "Mario", "", "Vega", "court_order", actor=tom, now=held.story.now)
    assert steps.keep(draft, signed, now=held.story.now) is None
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert judged(held.current).says["name"] == "Mario Vega"
    assert steps.draft(held.certificate.pk, now=held.story.now) is None


def test_a_name_that_cannot_be_signed_becomes_a_task(held: Held, run_jobs: Jobs) -> None:
    tom = held.story.actor("tom")
    maintain.correct_name(held.certificate.pk, "Ma\ufdd0ria", "", "Vega", "court_order", actor=tom, now=held.story.now)
    run_jobs(only={"certificates.sign"})
    assert held.current is None
    assert Task.objects.filter(case=held.certificate.case, kind="print_certificate", closed_at=None).count() == 1
    assert steps.catch_up(held.story.now) == 0


def test_a_key_rotated_in_the_middle_of_a_run_leaves_every_credential_verifiable(
    db: None, keys_held: None, run_jobs: Jobs
) -> None:
    now = datetime.now(stories.PACIFIC)
    story = stories.Story(now=now - timedelta(days=60))
    people = [Certificate.objects.get(case=stories.certified(story, who)) for who in ("maria", "devon")]
    log.append_pending(now=now)
    keep_keys.rotate_key("credential", compromised=False, actor=story.actor("robin"), now=now)
    drafts = [steps.draft(certificate.pk, now=now) for certificate in people]
    assert drafts[0] is not None
    signed = signing.sign(achievement.document(drafts[0].content), canonical.credential, now=now)
    keep_keys.rotate_key("credential", compromised=False, actor=story.actor("robin"), now=now)
    # Signed before the rotation, stored after it; the other is signed by the next key.
    assert steps.keep(drafts[0], signed, now=now) is not None
    run_jobs(only={"certificates.sign"})
    made = [queries.current_credential(certificate) for certificate in people]
    assert all(one is not None and judged(one).holds for one in made)
    used = SigningKey.objects.filter(kid__in=[one.kid for one in made if one is not None])
    assert [bool(key.outside_name) for key in used] == [outside.is_set()] * 2


def test_what_a_leaked_key_signed_is_superseded_and_signed_again(held: Held, run_jobs: Jobs) -> None:
    old = held.current
    assert old is not None
    robin = held.story.actor("robin")
    keep_keys.rotate_key("credential", compromised=True, actor=robin, now=held.story.now)
    assert not judged(old).holds
    run_jobs(only={"certificates.sign_missing", "certificates.sign"})
    new = held.current
    assert new is not None
    assert new.kid != old.kid
    assert judged(new).holds


def test_what_rests_on_a_leaked_key_of_the_log_is_signed_again_under_a_head_of_the_next(
    held: Held, run_jobs: Jobs
) -> None:
    old = held.current
    assert old is not None
    keep_keys.rotate_key("log", compromised=True, actor=held.story.actor("robin"), now=datetime.now(stories.PACIFIC))
    assert judged(old)["log"].code == "log_key_unknown"
    run_jobs(only={"certificates.sign_missing", "certificates.sign"})
    assert held.current is not None
    assert held.current.pk != old.pk
    assert judged(held.current).holds
    assert steps.catch_up(datetime.now(stories.PACIFIC)) == 0


def test_a_leaked_key_is_followed_in_pieces_behind_what_people_wait_for(
    held: Held, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(stories.PACIFIC)
    story = stories.Story(now=now - timedelta(days=60))
    stories.certified(story, "devon")
    run_jobs(only={"certificates.sign"})
    keep_keys.rotate_key("credential", compromised=True, actor=story.actor("robin"), now=now)
    # Cut off after the first piece.
    (first,) = credentials.replace_leaked(0, most=1, now=now)
    assert Credential.objects.get(superseded_at=None).pk > first
    monkeypatch.setattr(command, "program", nullcontext)
    assert cli.main(["keys"]) == 0
    assert "2 certificates wait for the worker" in capsys.readouterr().out
    monkeypatch.setattr(steps, "MANY", 1)
    assert steps.catch_up(now) == 2
    assert not Credential.objects.filter(superseded_at=None).exists()
    waiting = ProcrastinateJob.objects.filter(task_name="certificates.sign", status="todo")
    assert {(job.queue_name, job.priority) for job in waiting} == {("long", -1)}
    assert steps.catch_up(now) == 2
    assert len(waiting) == waiting.count() == 2
    run_jobs(only={"certificates.sign"})
    assert [judged(one).holds for one in Credential.objects.filter(superseded_at=None)] == [True, True]
    assert cli.main(["keys"]) == 0
    assert "wait" not in capsys.readouterr().out
    assert steps.catch_up(now) == 0


def test_what_a_leaked_key_signed_of_a_certificate_that_expired_is_signed_anew_too(held: Held, run_jobs: Jobs) -> None:
    old = held.current
    after = datetime.combine(
        queries.term_of(held.certificate).last_on + timedelta(days=2), datetime.min.time(), stories.PACIFIC
    )
    keep_keys.rotate_key("credential", compromised=True, actor=held.story.actor("robin"), now=after)
    assert steps.catch_up(after) == 1
    run_jobs(only={"certificates.sign"})
    assert held.current is not None
    assert held.current != old


def test_a_worker_killed_between_signing_and_storing_leaves_nothing_and_the_next_run_makes_one(
    committed: str, keys_held: None, run_jobs: Jobs, eventually: Callable[..., Any]
) -> None:
    held = Held()
    signing.signer_for("credential")
    with transaction.atomic():
        # The worker signs, then waits here for the case before it may store.
        Case.objects.select_for_update().get(pk=held.certificate.case_id)
        worker = forked(lambda: app.tasks["certificates.sign"].func(certificate_id=held.certificate.pk))
        eventually(lambda: _waits_for_a_lock(), "the worker at the lock, its signature in hand")
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    assert not Credential.objects.exists()
    run_jobs(only={"certificates.sign"})
    assert Credential.objects.count() == 1
    assert held.current is not None
    assert judged(held.current).holds


@pytest.mark.database("locks")
def test_two_workers_at_once_make_one(
    committed: str, keys_held: None, run_jobs: Jobs, eventually: Callable[..., Any]
) -> None:
    held = Held()
    signing.signer_for("credential")
    task = app.tasks["certificates.sign"].func
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=held.certificate.case_id)
        workers = [forked(lambda: task(certificate_id=held.certificate.pk)) for _ in range(2)]
        eventually(lambda: _waits_for_a_lock(2), "both workers at the lock")
    assert [os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) for worker in workers] == [0, 0]
    assert Credential.objects.count() == 1


def _waits_for_a_lock(wanted: int = 1) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        (count,) = cursor.fetchone()
    return bool(count >= wanted)
