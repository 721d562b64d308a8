"""What a printed certificate and a card say: exactly what the credential inside says, in both languages."""

import orjson
from django.conf import settings

from peercert import words
from peercert.gateways import printer
from peercert.gateways.signer import achievement, compact
from peercert.program.certificates import signing
from peercert.program.certificates.models import Certificate, Credential
from peercert.rules.days import day_of

#: Texts of the page that stand in both languages (words/certificate.toml).
_TEXTS = ("program", "heading", "certifies", "is", "profession", "check", "qr")


def page_of(certificate: Certificate, current: Credential) -> printer.Page:
    """What the document says, in both languages, and the credential that lies in it. What is read is what is signed.

    The address is the one where the certificate is verified.
    """
    said = achievement.said_by(orjson.loads(current.signed))
    number = said["number"]
    printed = compact.Printed(
        number, said["name"], said["issued_on"], said["last_day"], areas=said["areas"],
        known_on=min(day_of(current.made_at), said["last_day"]),
    )  # fmt: skip
    address = f"{settings.ENVIRONMENT.origin}/verify/{number}/"
    en, es = ({name: words.fill("certificate", name, lang=lang) for name in _TEXTS} for lang in words.LANGUAGES)
    lines = [
        _line("number", number),
        _line("issued", *(words.day(said["issued_on"], lang) for lang in words.LANGUAGES)),
        _line("good_through", *(words.day(said["last_day"], lang) for lang in words.LANGUAGES)),
    ]
    if said["areas"]:
        lines.append(_line("areas", *(_areas(said["areas"], lang) for lang in words.LANGUAGES)))
    return printer.Page(
        title=words.fill("certificate", "title", {"number": number}),
        description=words.fill("certificate", "description", {"number": number}),
        program=en["program"],
        name=said["name"],
        address=address,
        shown_address=address.split("://", 1)[1].rstrip("/"),
        code=compact.write(printed, signing.signer_for("credential")),
        lines=tuple(lines),
        en=en,
        es=es,
        attachment=printer.Attachment(
            name=f"credential-{number}.json",
            content=current.signed,
            media_type="application/vc",
            description=words.fill("certificate", "attached", {"number": number}),
        ),
    )


def _areas(areas: tuple[str, ...], lang: str) -> str:
    return "; ".join(words.fill("casework", f"provider_{area}", lang=lang) for area in areas)


def _line(code: str, value: str, value_es: str = "") -> printer.Line:
    return printer.Line(words.fill("certificate", code), words.fill("certificate", code, lang="es"), value, value_es)
