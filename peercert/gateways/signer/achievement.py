"""What a certificate says as a credential: Open Badges 3.0.3 on Verifiable Credentials 2.0, ready to be signed.

Every node has an id except the identity object, whose model allows none: it is the one blank node. Addresses are under
our own origin and stable; the credential itself is a `urn:uuid`, since nobody should find it by guessing. Its evidence
is the proof that what it says stands in the public log.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from peercert import words
from peercert.gateways.signer import did, inclusion
from peercert.gateways.signer.terms import BADGES, V2, utc
from peercert.rules import days

#: The areas of specialization, in the order of the figure `specializations`.
AREAS = ("parent_caregiver_family", "crisis", "unhoused", "justice")


@dataclass(frozen=True)
class Words:
    """The English of the record. `competencies` and `areas` are (code, name), in the order in which they are told."""

    title: str
    description: str
    criteria: str
    entry: str
    competencies: tuple[tuple[str, str], ...]
    areas: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Content:
    """Everything that a certificate's credential says. No contact data, no county, nothing but the name as printed."""

    origin: str
    issuer: str
    uuid: UUID
    number: str
    name: str
    issued_on: date
    first_day: date
    last_day: date
    valid_from: datetime
    areas: tuple[str, ...]
    status_list: str
    status_index: int
    words: Words
    proof: inclusion.Inclusion


@cache
def words_of_record() -> Words:
    """The words that are signed today: the English of the catalogues."""
    codes = ("title", "description", "criteria", "entry")
    title, description, criteria, entry = (words.fill("achievement", code) for code in codes)
    competencies = tuple((code, words.fill("competencies", code)) for code in words.catalogue("competencies"))
    areas = tuple((code, words.fill("casework", f"provider_{code}")) for code in AREAS)
    return Words(title, description, criteria, entry, competencies, areas)


def document(content: Content) -> dict[str, Any]:
    """The credential, not yet signed. The same content gives the same document."""
    urn = f"urn:uuid:{content.uuid}"
    return {
        "@context": [V2, BADGES],
        "id": urn,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": content.words.title,
        "issuer": {
            "id": did.of(content.origin), "type": ["Profile"], "name": content.issuer, "url": f"{content.origin}/"
        },
        "validFrom": utc(content.valid_from),
        "validUntil": days.end_of(content.last_day).isoformat(),
        "awardedDate": days.start_of(content.issued_on).isoformat(),
        "credentialSubject": {
            "id": f"{content.origin}/verify/{content.number}/#holder",
            "type": ["AchievementSubject"],
            "licenseNumber": content.number,
            "term": f"{content.first_day}/{content.last_day}",
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityHash": content.name, "identityType": "name"}
            ],
            "achievement": _achievement(content.origin, frozenset(content.areas), content.words),
        },
        "credentialStatus": {
            "id": f"{urn}#status",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(content.status_index),
            "statusListCredential": content.status_list,
        },
        "evidence": [{
            "id": inclusion.address(content.origin, content.number, content.proof), "type": ["Evidence"],
            "name": content.words.entry,
        }],
    }  # fmt: skip


def definition(origin: str, areas: frozenset[str], words: Words) -> dict[str, Any]:
    """The achievement of a combination of areas as a document of its own. Raises ValueError for an unknown area."""
    return {"@context": [V2, BADGES], **_achievement(origin, areas, words)}


def said_by(document: dict[str, Any]) -> dict[str, Any]:
    """What a document of this shape says, by the names of `Content`. Raises ValueError for a day that is none."""
    subject = document["credentialSubject"]
    first, _, last = subject["term"].partition("/")
    _, _, areas = subject["achievement"]["id"].rpartition("/")
    return {
        "uuid": document["id"].removeprefix("urn:uuid:"),
        "number": subject["licenseNumber"],
        "name": subject["identifier"][0]["identityHash"],
        "issued_on": datetime.fromisoformat(document["awardedDate"]).date(),
        "first_day": date.fromisoformat(first),
        "last_day": date.fromisoformat(last),
        "valid_from": datetime.fromisoformat(document["validFrom"]),
        "valid_until": datetime.fromisoformat(document["validUntil"]),
        "areas": tuple(areas.split("+")[1:]),
    }


def is_said_by(document: dict[str, Any], says: dict[str, Any]) -> bool:
    """Whether an entry of the log says of the certificate what this document says: number, name, days, areas."""
    said = said_by(document)
    wanted = {
        "certificate": said["number"], "name": said["name"], "issued_on": str(said["issued_on"]),
        "standing": "in_force", "last_on": str(said["last_day"]),
    }  # fmt: skip
    if said["areas"]:
        wanted["areas"] = list(said["areas"])
    # Days of a suspension that was served are told where a figure says so, and no credential speaks of them.
    return {name: value for name, value in says.items() if name != "suspended"} == wanted


def _achievement(origin: str, areas: frozenset[str], words: Words) -> dict[str, Any]:
    """A copy, so that whoever changes a document changes only that one."""
    kept = _achievement_of(origin, areas, words)
    return {**kept, "type": [*kept["type"]], "criteria": {**kept["criteria"]},
            "alignment": [{**each} for each in kept["alignment"]]}  # fmt: skip


@lru_cache(maxsize=64)
def _achievement_of(origin: str, areas: frozenset[str], words: Words) -> dict[str, Any]:
    """The achievement of a combination of areas: what thousands of credentials share."""
    unknown = areas - {code for code, _ in words.areas}
    if unknown:
        raise ValueError(f"no such area of specialization: {min(unknown)}")
    held = [(code, name) for code, name in words.areas if code in areas]
    address = "+".join([f"{origin}/achievements/certified", *sorted(areas)])
    aligned = [_aligned(f"{origin}/competencies/#{code}", "ceasn:Competency", code, name)
               for code, name in words.competencies]  # fmt: skip
    aligned += [_aligned(f"{origin}/areas/#{code}", "ext:AreaOfSpecialization", code, name) for code, name in held]
    achievement: dict[str, Any] = {
        "id": address,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": words.title,
        "description": words.description,
        "criteria": {"id": f"{origin}/achievements/#criteria", "narrative": words.criteria},
        "alignment": aligned,
    }
    if held:
        achievement["specialization"] = "; ".join(name for _, name in held)
    return achievement


def _aligned(address: str, kind: str, code: str, name: str) -> dict[str, Any]:
    return {"id": address, "type": ["Alignment"], "targetType": kind, "targetCode": code, "targetName": name,
            "targetUrl": address}  # fmt: skip
