"""LinkedIn's address for adding a certificate to a profile. Nothing is sent there unless its holder follows it.

Parameters as addtoprofile.linkedin.com has them for certifications: `organizationName` or else `organizationId`, months
from 1 to 12, nothing that is blank.
"""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings

from peercert import words
from peercert.gateways.signer import achievement
from peercert.program.certificates.models import Certificate, Credential

LINKEDIN = "https://www.linkedin.com/profile/add"


def add_to_profile(certificate: Certificate, current: Credential) -> str:
    """LinkedIn's own page for adding a certificate, filled in. It opens there, for the holder to save or not."""
    said: dict[str, Any] = achievement.said_by(orjson.loads(current.signed))
    first, last = said["issued_on"], said["last_day"]
    return f"{LINKEDIN}?" + urlencode(
        {
            "startTask": "CERTIFICATION_NAME",
            "name": words.fill("achievement", "title"),
            "organizationName": words.fill("certificate", "program"),
            "issueYear": first.year,
            "issueMonth": first.month,
            "expirationYear": last.year,
            "expirationMonth": last.month,
            "certUrl": f"{settings.ENVIRONMENT.origin}/verify/{certificate.number}/",
            "certId": certificate.number,
        }
    )
