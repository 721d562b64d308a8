"""The transparency log: what a fact binds, how it gets its place, what proves it, what strangers never learn."""

import dataclasses
import hashlib
import json
import threading
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from pymerkle import verify_inclusion
from pymerkle.core import _inclusion_path_layout
from pymerkle.proof import InclusionProof, InvalidProof

from peercert.gateways.signer import note
from peercert.program.certificates import log, queries, signing, tree
from peercert.program.certificates.log_models import LogCheckpoint, LogFact, LogTile
from peercert.program.certificates.models import Certificate
from peercert.program.journey import keep_keys, maintain, specialize, standing_changed
from peercert.program.people.actor import PROGRAM
from peercert.rules.days import day_of
from tests.stories import Story, certified
from tests.witness import witness

pytestmark = pytest.mark.database("program/certificates/log.py")


class Held:
    """María's certificate, and a way through its life."""

    def __init__(self, story: Story | None = None) -> None:
        self.story = story or Story()
        self.certificate = Certificate.objects.get(case=certified(self.story))
        self.story.wait(days=100)

    def correct(self, state: str, first: int, last: int | None) -> None:
        """Days are counted from the story's today."""
        today = day_of(self.story.now)
        days = (today + timedelta(days=count) if count is not None else None for count in (first, last))
        maintain.correct_standing(
            self.certificate.pk, state, *days, "Found.", actor=self.story.actor("sam"), now=self.story.now
        )
        self.story.wait(hours=1)

    def rename(self, first: str, last: str) -> None:
        maintain.correct_name(
            self.certificate.pk, first, "", last, "marriage", actor=self.story.actor("sam"), now=self.story.now
        )
        self.story.wait(hours=1)

    def append(self) -> int:
        return log.append_pending(now=self.story.now)

    def proof(self) -> dict[str, Any]:
        self.certificate.refresh_from_db()
        found = log.proof_of(self.certificate, today=day_of(self.story.now))
        assert found is not None
        return found.document()


@pytest.fixture(scope="module")
def lived(one_life: None) -> Held:
    return Held()


@pytest.fixture
def held(lived: Held, db: None) -> Held:
    return deepcopy(lived)


def recomputed(proof: dict[str, Any]) -> bytes:
    """The leaf, by the recipe of docs/log.md and by nothing of ours."""
    entry = hashlib.sha256(bytes.fromhex(proof["salt"] + proof["sealed"]) + proof["says"].encode()).digest()
    return hashlib.sha256(b"\x00" + entry).digest()


def judged(proof: dict[str, Any]) -> None:
    """Let pymerkle decide whether the leaf leads to the root, and the keys whether the head is signed."""
    index, size = proof["position"] + 1, proof["size"]
    path = [recomputed(proof), *(bytes.fromhex(one) for one in proof["path"])]
    rule, _ = _inclusion_path_layout(index, size)
    root = bytes.fromhex(proof["root"])
    verify_inclusion(path[0], root, InclusionProof("sha256", True, size, index, rule, path), index=index, size=size)
    origin, signed_size, signed_root = witness.opened(proof["checkpoint"], proof["keys"])
    assert (origin, signed_size, signed_root) == (log.origin(), size, root)


def test_what_the_verify_page_says_is_proven_to_stand_in_the_log(held: Held) -> None:
    assert log.proof_of(held.certificate, today=day_of(held.story.now)) is None
    assert held.append() == 1
    proof = held.proof()
    judged(proof)
    assert json.loads(proof["says"]) == {
        "certificate": held.certificate.number, "name": held.certificate.printed_name, "standing": "in_force",
        "issued_on": str(held.certificate.issued_on), "last_on": str(queries.term_of(held.certificate).last_on),
    }  # fmt: skip
    with pytest.raises(InvalidProof):
        judged({**proof, "says": proof["says"].replace("in_force", "revoked")})


def test_a_lifted_suspension_and_a_former_name_leave_no_trace_in_the_proof(held: Held) -> None:
    held.append()
    first = held.proof()
    held.correct("suspended", 0, 30)
    held.append()
    assert json.loads(held.proof()["says"])["standing"] == "suspended"
    held.correct("in_force", 0, 30)
    held.append()
    assert [row.kind for row in LogFact.objects.order_by("position")] == ["issued", "suspended", "reinstated"]
    again = held.proof()
    judged(again)
    assert (again["says"], again["salt"], again["position"]) == (first["says"], first["salt"], first["position"])
    held.rename("María", "Núñez")
    held.append()
    renamed = held.proof()
    judged(renamed)
    assert json.loads(renamed["says"])["name"] == "María Núñez"
    for former in LogFact.objects.exclude(position=renamed["position"]):
        assert bytes(former.salt).hex() not in json.dumps(renamed)
    for fact in LogFact.objects.all():
        assert bytes(fact.secret).hex() not in json.dumps(renamed)


def test_an_expired_certificate_is_proven_by_what_was_said_while_it_was_good(held: Held) -> None:
    held.append()
    proof = log.proof_of(held.certificate, today=queries.term_of(held.certificate).last_on + timedelta(days=9))
    assert proof is not None
    judged(proof.document())


def test_a_day_that_was_known_before_is_announced_when_it_comes(held: Held) -> None:
    today = day_of(held.story.now)
    held.correct("suspended", 5, 9)
    assert json.loads(LogFact.objects.latest("id").public)["standing"] == "in_force"
    assert queries.days_ahead(held.certificate, today) == [today + timedelta(days=days) for days in (5, 10)]
    held.rename("Mary", "García-López")
    for days, standing, kind in ((5, "suspended", "suspended"), (5, "in_force", "reinstated")):
        held.story.wait(days=days)
        for _ in range(2):  # a job may run twice
            standing_changed.day_came(held.certificate.pk, now=held.story.now)
        newest = LogFact.objects.latest("id")
        assert (json.loads(newest.public)["standing"], newest.kind) == (standing, kind)
        held.append()
        judged(held.proof())
    assert [row.kind for row in LogFact.objects.order_by("id")] == [
        "issued", "corrected", "name", "suspended", "reinstated",
    ]  # fmt: skip


def test_areas_of_specialization_are_told_only_while_the_holder_shows_them(held: Held) -> None:
    today, sam, maria = day_of(held.story.now), held.story.actor("sam"), held.story.actor("maria")
    specialize.record_specialization(held.certificate.pk, "crisis", today, "Shown.", actor=sam, now=held.story.now)
    held.append()
    assert json.loads(held.proof()["says"])["areas"] == ["crisis"]
    held.story.wait(hours=1)
    specialize.show_areas(held.certificate.pk, False, actor=maria, now=held.story.now)
    held.append()
    hidden = held.proof()
    judged(hidden)
    assert "areas" not in json.loads(hidden["says"])
    assert hidden["position"] == 0


def test_nothing_of_a_future_suspension_is_told_before_its_day(held: Held) -> None:
    held.append()
    before = held.proof()
    held.correct("suspended", 5, 9)
    held.append()
    assert (held.proof()["says"], held.proof()["position"]) == (before["says"], before["position"])


def test_facts_stand_in_the_order_of_their_moments_and_full_tiles_are_written_once(held: Held) -> None:
    facts_of(held, 600)
    held.append()
    at = list(LogFact.objects.order_by("position").values_list("at", flat=True))
    assert at == sorted(at)
    assert list(LogFact.objects.order_by("position").values_list("position", flat=True)) == list(range(601))
    widths = {(row.level, row.place): len(row.hashes) // 32 for row in LogTile.objects.all()}
    assert widths == {(0, 0): 256, (0, 1): 256, (0, 2): 89, (1, 0): 2}
    row = LogTile.objects.get(level=0, place=2)
    for change in (b"\x00" * 96 * 32, bytes(row.hashes)[:-32], bytes(row.hashes) + b"\x00" * 31):
        with pytest.raises(ProgrammingError, match="tile"), transaction.atomic():
            LogTile.objects.filter(pk=row.pk).update(hashes=change)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LogTile.objects.filter(pk=row.pk).update(place=7)


def facts_of(held: Held, count: int) -> None:
    """Some hundred facts of this certificate, at shuffled moments."""
    known = log.facts.known_now(held.certificate, now=held.story.now)
    rows = []
    for number in range(count):
        at = held.story.now + timedelta(seconds=number * 7919 % count)
        rows.append(log.bound("corrected", dataclasses.replace(known, at=at, name=f"N{number}")))
    LogFact.objects.bulk_create(rows)


def test_batches_leave_the_same_tree_as_one(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    facts_of(held, 600)
    monkeypatch.setattr(log, "BATCH", 37)
    held.append()
    leaves = [tree.leaf(bytes(row.entry)) for row in LogFact.objects.order_by("position")]
    tiles = {(row.level, row.place): bytes(row.hashes) for row in LogTile.objects.all()}
    assert tiles == tree.grown(0, {}, leaves)
    head = log.newest_checkpoint()
    assert head is not None
    assert (head.size, bytes(head.root)) == (601, tree.root((0, 601), tiles))


def test_the_database_takes_no_fact_that_its_entry_does_not_bind(held: Held) -> None:
    known = log.facts.known_now(held.certificate, now=held.story.now)
    for change in ({"public": "{}"}, {"kept": "{}"}, {"salt": b"short"}, {"position": 5}):
        fact = log.bound("corrected", known)
        for name, value in change.items():
            setattr(fact, name, value)
        with pytest.raises(ProgrammingError), transaction.atomic():
            fact.save()
    fact = LogFact.objects.get()
    for change in ({"public": "{}"}, {"position": None}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            LogFact.objects.filter(pk=fact.pk).update(**change)
    LogFact.objects.filter(pk=fact.pk).update(position=0)
    with pytest.raises(ProgrammingError, match="once"), transaction.atomic():
        LogFact.objects.filter(pk=fact.pk).update(position=1)


def test_a_run_that_is_cut_off_leaves_nothing_or_a_tree_that_the_next_run_signs(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(LogTile.objects, "bulk_create", killed)
        with pytest.raises(Killed):
            held.append()
    assert not LogTile.objects.exists()
    assert LogFact.objects.filter(position=None).count() == 1
    with monkeypatch.context() as broken:
        broken.setattr(log, "signer_for", killed)
        with pytest.raises(Killed):
            held.append()
    assert log.tree_size() == 1
    assert not LogCheckpoint.objects.exists()
    assert held.append() == 0
    judged(held.proof())


def test_a_new_key_signs_the_same_head_again_and_old_heads_stay_verifiable(held: Held) -> None:
    held.append()
    old = held.proof()
    keep_keys.rotate_key("log", compromised=False, actor=PROGRAM, now=held.story.now)
    assert held.append() == 0
    new = held.proof()
    assert (old["size"], old["root"]) == (new["size"], new["root"])
    assert old["checkpoint"] != new["checkpoint"]
    for checkpoint in (old["checkpoint"], new["checkpoint"]):
        assert note.signed_by(checkpoint, log.origin(), signing.public_keys("log")) is not None
        assert witness.opened(checkpoint, new["keys"])[1] == 1
    assert note.signed_by(old["checkpoint"].replace("\n1\n", "\n2\n"), log.origin(), signing.public_keys("log")) is None


def test_proofs_reach_as_far_as_the_newest_checkpoint(held: Held) -> None:
    held.append()
    facts_of(held, 3)
    held.append()
    assert log.consistency(1, 4) == [
        tree.leaf(bytes(LogFact.objects.get(position=1).entry)),
        *log.consistency(1, 4)[1:],
    ]
    assert log.consistency(0, 4) == log.consistency(4, 4) == []
    for first, second in ((1, 5), (-1, 2), (3, 2)):
        with pytest.raises(log.OutOfRange):
            log.consistency(first, second)
    for position, size in ((4, 4), (0, 5), (-1, 4)):
        with pytest.raises(log.OutOfRange):
            log.inclusion(position, size)


def test_appenders_at_the_same_time_give_each_place_once(committed: str) -> None:
    held = Held()
    facts_of(held, 500)
    failed: list[BaseException] = []

    def one() -> None:
        try:
            log.append_pending(now=datetime.now(UTC))
        except BaseException as error:  # the thread's, told below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert list(LogFact.objects.order_by("position").values_list("position", flat=True)) == list(range(501))
    assert log.tree_size() == 501
    leaves = [tree.leaf(bytes(row.entry)) for row in LogFact.objects.order_by("position")]
    assert bytes(LogCheckpoint.objects.latest("size").root) == tree.root((0, 501), tree.grown(0, {}, leaves))
