"""Certificates: signing what one says, and printing the document that carries what was signed.

Each is done once for each name, term and combination of areas, however often it runs.
"""

import hashlib
from contextlib import suppress

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import LONG
from peercert.gateways import files, keys, printer
from peercert.gateways.signer import achievement, canonical
from peercert.gateways.signer.keys import SignerDown
from peercert.jobs.patience import Patient
from peercert.program.certificates import actions, log, printing, queries, signing
from peercert.program.certificates.models import Certificate
from peercert.program.journey import attest, credential, maintain, standing_changed
from peercert.program.people.actor import PROGRAM


class NotInTheLog(Exception):
    """The log does not say yet what is to be signed; the job is tried again."""


@app.task(name="certificates.sign", retry=Patient(max_attempts=20, exponential_wait=2))
def sign(certificate_id: int) -> None:
    """Sign what the certificate says now, verify it, then store it, in that order.

    A run that is cut off before it stores leaves nothing: no place is reserved, and nobody has what was not stored.
    What was overtaken while it was signed is drawn up and signed again.
    """
    while (draft := _drawn_up(certificate_id)) is not None:
        try:
            signed = signing.sign(achievement.document(draft.content), canonical.credential, now=timezone.now())
        except canonical.CannotSign:
            maintain.cannot_print(certificate_id, actor=PROGRAM, now=timezone.now())
            return
        credential.keep(draft, signed, now=timezone.now())


def _drawn_up(certificate_id: int) -> credential.Draft | None:
    """What is to be signed, and in the log already: nothing is certified that could be taken back unseen."""
    found = credential.draft(certificate_id, now=timezone.now())
    if found is not None and found.proof is None:
        log.append_pending(now=timezone.now())
        found = credential.draft(certificate_id, now=timezone.now())
    if found is not None and found.proof is None:  # the day alone made it true, and no step has said so yet
        standing_changed.day_came(certificate_id, now=timezone.now())
        raise NotInTheLog(certificate_id)
    return found


@app.periodic(cron="1 * * * *", periodic_id="credentials_that_follow")
@app.task(name="certificates.sign_missing", queue=LONG, queueing_lock="certificates.sign_missing")
def sign_missing(timestamp: int) -> None:
    """Let credentials follow what the day alone changed, and queue what no job made."""
    credential.catch_up(timezone.now())


@app.periodic(cron="13 * * * *", periodic_id="receipts_signed_anew")
@app.task(name="receipts.follow_leak", queue=LONG, queueing_lock="receipts.follow_leak")
def follow_leak(timestamp: int) -> None:
    """Tell who holds receipts of a key that leaked, and sign the same answers anew."""
    with suppress(SignerDown):  # the next hour goes on
        attest.follow_leak(now=timezone.now())


@app.task(name="certificates.print", queue=LONG, retry=Patient(max_attempts=20, exponential_wait=2))
def print_certificate(certificate_id: int) -> None:
    """Make the document that carries the current credential and store it sealed; done once however often it runs.

    Bytes first, row second: what a run that was cut off stored, and the second of two, no row names and the nightly
    sweep removes.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    current = queries.current_credential(certificate)
    if current is None or queries.newest_file(certificate) is not None:
        return
    key = queries.print_key(current)
    try:
        content = printer.pdf(printing.page_of(certificate, current), made_at=current.made_at)
    except printer.CannotPrint:
        maintain.cannot_print(certificate.pk, actor=PROGRAM, now=timezone.now())
        return
    sealed = keys.encrypt(content, queries.about_file(certificate))
    path = files.store(f"{queries.FOLDER}/{certificate.uuid}/{key}", sealed)
    digest = hashlib.sha256(content).hexdigest()
    actions.record_file(current, key=key, path=path, digest=digest, size=len(content), now=timezone.now())


@app.periodic(cron="23 * * * *", periodic_id="unprinted_certificates")
@app.task(name="certificates.print_missing", queue=LONG, queueing_lock="certificates.print_missing")
def print_missing(timestamp: int) -> None:
    """Print what has no document an hour later: its job was lost or gave up while something was down."""
    with suppress(SignerDown):  # the next hour finds them again
        for certificate in queries.unprinted():
            print_certificate(certificate.pk)


@app.task(name=standing_changed.DAY_CAME, retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def day_came(certificate_id: int) -> None:
    """Let everything follow what a day that was known before has changed of a certificate."""
    standing_changed.day_came(certificate_id, now=timezone.now())
