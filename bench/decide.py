"""`decide` beside zen-engine: the same requirements, the same facts, the same verdicts; JSON in and JSON out.

Compared are the twelve requirements of an initial application that both can express (the folding of names is beyond
zen's expressions, so every name here equals its ID). zen answers true, false or null for each; ours answers besides
with the words, the source, the figure and its days. One process each, compiled once, processor time.
"""

import gc
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import orjson
import zen

from peercert.commands.answers import answer
from peercert.rules import figures
from peercert.rules.decide import decide
from peercert.rules.facts import Facts

LINES = 20_000
ROUNDS = 3

#: Each requirement as zen writes it: null where something is not known yet.
ZEN = {
    "pathway_open": "d(submitted_on) >= d('2022-05-01')",
    "orientation": "orientation_done_on == null ? null : true",
    "self_assessment": "self_assessment_done_on == null ? null : true",
    "adult": "born_on == null ? null : d(born_on).add(18, 'y') <= d(submitted_on)",
    "id_accepted": (
        "identity == null ? null : identity[0].has_photo != true ? null : "
        "not (identity[0].kind in ['driver_license', 'state_id', 'us_passport', 'foreign_passport', 'consular_id', "
        "'tribal_id', 'military_id', 'permanent_resident_card']) ? null : "
        "d(identity[0].expires_on) < d(submitted_on) ? null : true"
    ),
    "education": (
        "education == null ? null : education[0].kind == 'none' ? false : "
        "education[0].kind in ['diploma', 'ged', 'degree', 'transcript', 'foreign_equivalent'] ? true : null"
    ),
    "lived_experience": (
        "lived_experience == null ? null : lived_experience.is_attested == false ? false : "
        "lived_experience.role in ['consumer', 'parent', 'family', 'caregiver'] ? true : null"
    ),
    "willing_to_share": "is_willing_to_share",
    "dedication": "is_dedicated",
    "ethics": "ethics == null ? null : ethics[0].version == '2022-05' ? true : null",
    "application_fee": "application_fee == null ? null : application_fee[0].cents >= 10000 ? true : null",
    "no_unanswered_match": "has_unanswered_match == false ? true : null",
}


def lines(count: int) -> list[bytes]:
    """Facts of that many applicants, some with facts that are missing or stand against them."""
    source = random.Random(7)
    return [orjson.dumps(_applicant(source)) for _ in range(count)]


def _applicant(source: random.Random) -> dict[str, Any]:
    def some(value: Any, other: Any = None) -> Any:
        return value if source.random() < 0.97 else other

    submitted_on = date(2022, 5, 1) + timedelta(days=source.randrange(1500))
    born_on = date(1950, 1, 1) + timedelta(days=source.randrange(20_400))
    if (born_on.month, born_on.day) == (2, 29):  # zen has no 18th birthday for it
        born_on -= timedelta(days=1)
    name = {"first": "Maria", "last": "Garcia Lopez"}
    expires_on = submitted_on + timedelta(days=source.randrange(-20, 1500))
    kind = some("driver_license", "other")
    facts = {
        "pathway": "initial",
        "question": "apply",
        "submitted_on": submitted_on,
        "orientation_done_on": some(submitted_on),
        "self_assessment_done_on": some(submitted_on),
        "born_on": some(born_on),
        "name": name,
        "identity": [{"kind": kind, "name": name, "expires_on": expires_on, "has_photo": some(True)}],
        "education": some([{"kind": some("ged", source.choice(["none", "other"]))}]),
        "lived_experience": some({"role": some("parent"), "is_attested": some(True, False)}),
        "is_willing_to_share": some(True, False),
        "is_dedicated": some(True),
        "ethics": some([{"version": some("2022-05", "2021-01"), "agreed_on": submitted_on}]),
        "application_fee": some([{"cents": some(10_000, 5_000)}]),
        "has_unanswered_match": some(False, True),
    }
    return {name: value for name, value in facts.items() if value is not None}


def decision() -> Any:
    """The twelve requirements as one compiled zen decision."""
    expressions = [{"id": code, "key": code, "value": value} for code, value in ZEN.items()]
    content = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {
                "id": "law",
                "type": "expressionNode",
                "name": "law",
                "position": {"x": 1, "y": 0},
                "content": {"expressions": expressions},
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "first", "sourceId": "in", "targetId": "law", "type": "edge"},
            {"id": "last", "sourceId": "law", "targetId": "out", "type": "edge"},
        ],
    }
    return zen.ZenEngine().create_decision(zen.ZenDecisionContent(orjson.dumps(content).decode()))


def assert_same_verdicts(given: list[bytes], zen_decision: Any) -> dict[str, int]:
    """Both give the same verdict on every requirement of every line; how the lines came out."""
    from msgspec import json

    outcomes = {"approve": 0, "deny": 0, "incomplete": 0}
    for line in given:
        finding = decide(json.decode(line, type=Facts))
        theirs = zen_decision.evaluate(orjson.loads(line))["result"]
        ours = {reason.code: reason.met for reason in finding.reasons}
        assert ours.pop("name_matches_id") is True
        verdicts = {code: theirs.get(code) for code in ZEN}
        assert verdicts == ours, (
            line,
            {code: (ours[code], verdicts[code]) for code in ZEN if ours[code] != verdicts[code]},
        )
        found = verdicts.values()
        outcome = "deny" if False in found else "incomplete" if None in found else "approve"
        assert outcome == finding.outcome
        outcomes[outcome] += 1
    return outcomes


def run() -> dict[str, Any]:
    """Decisions per second and core of both, beside each other."""
    given, compiled, in_force = lines(LINES), decision(), figures.in_force()
    outcomes = assert_same_verdicts(given, compiled)

    def ours(line: bytes) -> bytes:
        return orjson.dumps(answer(line, None, in_force, "en"))

    def ours_in_spanish(line: bytes) -> bytes:
        return orjson.dumps(answer(line, None, in_force, "es"))

    def theirs(line: bytes) -> bytes:
        return orjson.dumps(compiled.evaluate(orjson.loads(line))["result"])

    gc.set_threshold(100_000)
    peercert, spanish, rival = (_rate(one, given) for one in (ours, ours_in_spanish, theirs))
    requirements = len(ZEN)
    return {
        "PeerCert, English": {"decisions/s/core": peercert, "µs": 1e6 / peercert, "requirements": requirements + 1},
        "PeerCert, Spanish": {"decisions/s/core": spanish, "µs": 1e6 / spanish, "requirements": requirements + 1},
        "zen-engine": {"decisions/s/core": rival, "µs": 1e6 / rival, "requirements": requirements},
        "times as fast as zen": peercert / rival,
        "µs for ten requirements": 1e6 / peercert / (requirements + 1) * 10,
        "same verdicts on": {"lines": len(given), **outcomes},
    }


def _rate(one: Callable[[bytes], bytes], given: list[bytes]) -> float:
    """Lines a second of processor time: the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for line in given:
            one(line)
        best = min(best, time.process_time() - began)
    return len(given) / best
