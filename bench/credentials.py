"""Credentials beside PyLD and beside bare Ed25519: the same documents, the same bytes, processor time of one core.

PyLD's way is the same build, the same digests, signature and check, with PyLD's canonical form in the place of ours and
the official contexts in memory. Bare is `sign` and `verify` of 64 bytes, as many as are signed, and nothing else.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pyld import jsonld

from peercert.gateways.signer import achievement, canonical, did, inclusion, keys, note, proof
from peercert.gateways.signer.terms import BADGES, V2

ORIGIN = "https://certify.example.org"
KEY = keys.local("ed25519", bytes(range(32)))
METHOD = did.key_id(did.of(ORIGIN), KEY.kid)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
COUNT = 400
BY_PYLD = 3
ROUNDS = 25

_DIST = Path(__file__).resolve().parent.parent / "assets/dist/contexts"


def logged(place: int) -> inclusion.Inclusion:
    """The proof that a credential carries from a log of a million entries: as long as a real one, of made-up hashes."""
    made = [hashlib.sha256(b"%d %d" % (place, level)).digest() for level in range(22)]
    head = f"certify.example.org/log\n1000000\n{base64.b64encode(made[0]).decode()}\n"
    said = {"certificate": f"C-{place:08}", "issued_on": "2026-01-01", "last_on": "2028-01-01",
            "name": f"María García {place}", "standing": "in_force"}  # fmt: skip
    opened = made[0] + made[1] + json.dumps(said, ensure_ascii=False).encode()
    return inclusion.Inclusion(opened, place, tuple(made[2:]), note.written(head, "certify.example.org/log", KEY))


def contents(count: int) -> list[achievement.Content]:
    """Certificates of that many people, in every combination of areas."""
    first = date(2026, 1, 1)
    plain = achievement.Content(
        origin=ORIGIN, issuer="Peer Certification", uuid=UUID(int=0), number="", name="", issued_on=first,
        first_day=first, last_day=first, valid_from=NOW, areas=(), status_list=f"{ORIGIN}/status/1", status_index=0,
        words=achievement.words_of_record(), proof=logged(0),
    )  # fmt: skip
    made = []
    for place in range(count):
        day = first + timedelta(days=place % 700)
        areas = tuple(code for bit, code in enumerate(achievement.AREAS) if place >> bit & 1)
        made.append(replace(
            plain, uuid=UUID(int=place), number=f"C-{place:08}", name=f"María García {place}", issued_on=day,
            first_day=day, last_day=day.replace(year=day.year + 2, day=min(day.day, 28)), areas=areas,
            status_index=place * 31 % 131_072, proof=logged(place),
        ))  # fmt: skip
    return made


def by_pyld(document: dict[str, Any]) -> str:
    """The canonical form of a document as PyLD makes it."""
    text: str = jsonld.normalize(
        document, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    )
    return text


_CONTEXTS = {V2: "credentials-v2.json", BADGES: "ob-3.0.3.json"}
_READ: dict[str, Any] = {}


def _load(url: str, _: object) -> dict[str, Any]:
    if url not in _READ:
        document = json.loads((_DIST / _CONTEXTS[url]).read_text())
        _READ[url] = {
            "contextUrl": None,
            "documentUrl": url,
            "document": document,
            "contentType": "application/ld+json",
        }
    return _READ[url]


def ours(content: achievement.Content) -> None:
    """Build, sign, and check what was signed."""
    proof.signed(achievement.document(content), KEY, METHOD, now=NOW, form=canonical.credential)


def pylds(content: achievement.Content) -> None:
    """The same steps by way of PyLD."""
    document = achievement.document(content)
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-06-01T00:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }
    signature = KEY.sign(_digests(options, document))
    assert KEY.verifies(signature, _digests(options, document))


def _digests(*documents: dict[str, Any]) -> bytes:
    return b"".join(hashlib.sha256(by_pyld(document).encode()).digest() for document in documents)


def run() -> dict[str, Any]:
    """Microseconds and ratios, each pair in turns so that whatever else the machine does weighs on both."""
    given = contents(COUNT)
    documents = [achievement.document(content) for content in given]
    for document in documents[:BY_PYLD]:
        assert canonical.credential(document).text == by_pyld(document)
    digests = [hashlib.sha512(document["id"].encode()).digest() for document in documents]

    def bare(digest: bytes) -> None:
        KEY.verifies(KEY.sign(digest), digest)

    taken = _best({
        "canonical form": (canonical.credential, documents),
        "canonical form, PyLD": (by_pyld, documents[:BY_PYLD]),
        "build, sign and verify": (ours, given),
        "build, sign and verify, PyLD": (pylds, given[:BY_PYLD]),
        "bare sign and verify": (bare, digests),
    })  # fmt: skip
    found: dict[str, Any] = {name: {"µs": each * 1e6, "a second": 1 / each} for name, each in taken.items()}
    found["canonical form, times PyLD's speed"] = taken["canonical form, PyLD"] / taken["canonical form"]
    together = taken["build, sign and verify"]
    found["together, times PyLD's way"] = taken["build, sign and verify, PyLD"] / together
    found["together, of bare Ed25519's speed"] = taken["bare sign and verify"] / together
    return found


def _best(calls: dict[str, tuple[Callable[[Any], object], list[Any]]]) -> dict[str, float]:
    """Seconds of processor time per call: the best of some rounds, all calls taking turns."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, (call, arguments) in calls.items():
            began = time.process_time()
            for argument in arguments:
                call(argument)
            best[name] = min(best[name], (time.process_time() - began) / len(arguments))
    return best
