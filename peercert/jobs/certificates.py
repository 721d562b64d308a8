"""Certificates: printing the document, once for each name and last day that it says."""

import hashlib

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert import words
from peercert.gateways import files, keys, printer
from peercert.program.certificates import actions, queries
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain
from peercert.program.people.actor import PROGRAM

#: Texts of the page that stand in both languages (words/certificate.toml).
_TEXTS = ("program", "heading", "certifies", "is", "profession", "check", "qr")


@app.task(name="certificates.print", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def print_certificate(certificate_id: int) -> None:
    """Make the document of what the certificate says now and store it sealed; done once however often it runs.

    Bytes first, row second; the same certificate gives the same bytes at the same place, so a run that was cut off
    leaves nothing that the next one does not replace.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    key = queries.print_key(certificate)
    if queries.newest_file(certificate) is not None:
        return
    try:
        content = printer.pdf(page_of(certificate), made_at=certificate.issued_at)
    except printer.CannotPrint:
        maintain.cannot_print(certificate.pk, actor=PROGRAM, now=timezone.now())
        return
    path = f"{queries.FOLDER}/{certificate.uuid}/{key}"
    files.remove(path)
    path = files.store(path, keys.encrypt(content, queries.about_file(certificate)))
    digest = hashlib.sha256(content).hexdigest()
    actions.record_file(certificate, key=key, path=path, digest=digest, size=len(content), now=timezone.now())


@app.periodic(cron="23 * * * *", periodic_id="unprinted_certificates")
@app.task(name="certificates.print_missing", queueing_lock="certificates.print_missing")
def print_missing(timestamp: int) -> None:
    """Print what has no document an hour later: its job was lost or gave up while something was down."""
    for certificate in queries.unprinted():
        print_certificate(certificate.pk)


def page_of(certificate: Certificate) -> printer.Page:
    """What the document says, in both languages; the address is the one where the certificate is verified."""
    number, last_on = certificate.number, queries.term_of(certificate).last_on
    with translation.override("en"):
        address = settings.ENVIRONMENT.origin + reverse("public:certificate", args=[number])
    en, es = ({name: words.fill("certificate", name, lang=lang) for name in _TEXTS} for lang in words.LANGUAGES)
    return printer.Page(
        title=words.fill("certificate", "title", {"number": number}),
        description=words.fill("certificate", "description", {"number": number}),
        program=en["program"],
        name=certificate.printed_name,
        address=address,
        shown_address=address.split("://", 1)[1].rstrip("/"),
        lines=(
            _line("number", number),
            _line("issued", *(words.day(certificate.issued_on, lang) for lang in words.LANGUAGES)),
            _line("good_through", *(words.day(last_on, lang) for lang in words.LANGUAGES)),
        ),
        en=en,
        es=es,
    )


def _line(code: str, value: str, value_es: str = "") -> printer.Line:
    return printer.Line(words.fill("certificate", code), words.fill("certificate", code, lang="es"), value, value_es)
