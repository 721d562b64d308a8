"""The official vocabularies that our documents' words belong to, and the contexts that say so."""

from datetime import UTC, datetime

V2 = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
VC = "https://www.w3.org/2018/credentials#"
STATUS = "https://www.w3.org/ns/credentials/status#"
SECURITY = "https://w3id.org/security#"
SCHEMA = "https://schema.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
#: The same, as the Open Badges context writes it. It is signed as the context says, not as it should say.
BADGES_XSD = "https://www.w3.org/2001/XMLSchema#"


def utc(moment: datetime) -> str:
    """A moment to the second, in UTC, as all our documents write it."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"
