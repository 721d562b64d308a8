"""Holders in the shapes of FHIR R4: what a certificate says, as Practitioner and PractitionerRole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from peercert import words
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import LegalName
from peercert.program.rosters.models import Npi

BASE = "/api/v1/fhir/r4"
NPI = "http://hl7.org/fhir/sid/us-npi"
#: Peer Specialist, in the taxonomy that claims name a rendering provider by.
TAXONOMY = {"system": "http://nucc.org/provider-taxonomy", "code": "175T00000X", "display": "Peer Specialist"}
#: Since when the statement of what is spoken here says what it says.
SINCE = "2026-11-26"
TITLE = "Certified Medi-Cal Peer Support Specialist"


def system(name: str) -> str:
    """The system of identifiers or codes of ours: `certificate` or `specialization`."""
    return f"{settings.ENVIRONMENT.origin}/fhir/{name}"


@dataclass(frozen=True)
class Holder:
    """What is told of one certificate's holder today."""

    certificate: Certificate
    answer: queries.Answer
    name: LegalName | None
    npi: str


def holders(certificates: Sequence[Certificate], today: date) -> list[Holder]:
    """What is told of each, by a fixed number of reads."""
    people = [certificate.person_id for certificate in certificates]
    names = {name.person_id: name for name in LegalName.objects.filter(person__in=people, until_at=None)}
    npis = Npi.objects.filter(person__in=people, taken_back_at=None, days__contains=today)
    npi = dict(npis.values_list("person_id", "npi"))
    answers = queries.public_answers(list(certificates), today, today=today)
    return [
        Holder(one, answer, names.get(one.person_id), npi.get(one.person_id, ""))
        for one, answer in zip(certificates, answers, strict=True)
    ]


def practitioner(holder: Holder, lang: str) -> dict[str, Any]:
    """The holder. Each run of days certified is a qualification with its period: outside them nobody is certified."""
    number = {"use": "official", "system": system("certificate"), "value": holder.answer.number}
    identifiers = [number]
    if holder.npi:
        identifiers.append({"use": "official", "system": NPI, "value": holder.npi})
    return {
        "resourceType": "Practitioner",
        "id": str(holder.certificate.uuid),
        "identifier": identifiers,
        "active": holder.answer.is_certified,
        "name": [_name(holder)],
        "qualification": [
            {
                "identifier": [number],
                "code": {"coding": [TAXONOMY], "text": TITLE},
                "period": _period(first, last),
                "issuer": {"display": words.fill("problems", "issuer", lang=lang)},
            }
            for first, last in holder.answer.certified
        ],
    }


def practitioner_role(holder: Holder, lang: str) -> dict[str, Any]:
    """What the holder may do: peer support, in their areas of specialization.

    A role has one period: the newest run of days certified. Earlier ones are the Practitioner's qualifications.
    """
    found: dict[str, Any] = {
        "resourceType": "PractitionerRole",
        "id": str(holder.certificate.uuid),
        "identifier": [{"use": "official", "system": system("certificate"), "value": holder.answer.number}],
        "active": holder.answer.is_certified,
        "practitioner": {
            "reference": f"Practitioner/{holder.certificate.uuid}", "display": holder.answer.name,
        },
        "code": [{"coding": [TAXONOMY], "text": TITLE}],
    }  # fmt: skip
    if holder.answer.certified:
        found["period"] = _period(*holder.answer.certified[-1])
    if holder.answer.areas:
        found["specialty"] = [
            {"coding": [{"system": system("specialization"), "code": area}],
             "text": words.fill("casework", f"provider_{area}", lang=lang)}
            for area in holder.answer.areas
        ]  # fmt: skip
    return found


SHAPES = {"Practitioner": practitioner, "PractitionerRole": practitioner_role}


def capability() -> dict[str, Any]:
    """What this server does, as FHIR says it."""
    parameters = {
        "Practitioner": {"_id": "token", "identifier": "token", "family": "string", "given": "string",
                         "active": "token"},
        "PractitionerRole": {"_id": "token", "identifier": "token", "active": "token", "specialty": "token",
                             "practitioner": "reference"},
    }  # fmt: skip
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": SINCE,
        "kind": "instance",
        "publisher": "PeerCert",
        "implementation": {"description": TITLE, "url": f"{settings.ENVIRONMENT.origin}{BASE}"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer, a key with the scope holders.", "cors": False},
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [{"name": name, "type": sort} for name, sort in names.items()],
                    }
                    for kind, names in parameters.items()
                ],
            }
        ],
    }


def _name(holder: Holder) -> dict[str, Any]:
    name = holder.name
    if name is None:
        return {"use": "official", "text": holder.answer.name}
    given = [part for part in (name.first, name.middle) if part]
    return {"use": "official", "text": name.full, "family": name.last, "given": given}


def _period(first: date, last: date) -> dict[str, str]:
    return {"start": first.isoformat(), "end": last.isoformat()}
