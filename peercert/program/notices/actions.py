"""Writes of the notices room: a letter written once, and what became of it. Sending is a job."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction

from peercert.program.casework.models import Case
from peercert.program.casework.queue import defer
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import confirmed_address, postal_address
from peercert.program.people.models import Person
from peercert.program.people.queries import greeting_name
from peercert.rules import days, figures
from peercert.words.letter import compose

#: What a kept letter shows where its message said a code or a link.
HIDDEN = "••••••"


def write_letter(
    case: Case,
    code: str,
    *,
    key: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    paragraphs: Sequence[str] = (),
    person: Person | None = None,
) -> Letter:
    """Write the letter `code` to the case's person (or to `person`) and queue its sending in this transaction.

    The text comes from words/letters in the person's language, filled with `values`; `number` (of the case) and the
    person's name are always there. `paragraphs` are further ones, already in the person's language, that stand where
    the text says `{paragraphs}`. The same `key` writes no second letter: the existing row is the answer. Goes by e-mail
    to the address that the person confirmed and has not retired; on paper where there is none or they asked for paper.
    """
    person = person or case.person
    return _write(person, case, code, key=key, now=now, values=values, paragraphs=paragraphs)


def write_to(person: Person, code: str, *, key: str, now: datetime, values: Mapping[str, Any] | None = None) -> Letter:
    """Write a letter that belongs to no case (about an account); otherwise as `write_letter`."""
    return _write(person, None, code, key=key, now=now, values=values, paragraphs=())


def write_to_address(
    person: Person,
    code: str,
    *,
    to_address: str,
    key: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Letter:
    """Write a letter about an account to this very address, confirmed or not: a code, a link, a warning.

    `secrets` are values that only the message says; the letter that is kept shows dots in their place, so that nobody
    who may read letters can sign in with one. Raises words.MissingWords.
    """
    name = greeting_name(person)
    return _with_secrets(person, to_address, person.language, code, name, key, now, values, secrets)


def write_to_stranger(
    to_address: str,
    language: str,
    code: str,
    *,
    key: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Letter:
    """Write to an address whose owner may have no account: an invitation. Otherwise as `write_to_address`."""
    return _with_secrets(None, to_address, language, code, "", key, now, values, secrets)


def _with_secrets(
    person: Person | None,
    to_address: str,
    language: str,
    code: str,
    name: str,
    key: str,
    now: datetime,
    values: Mapping[str, Any] | None,
    secrets: Mapping[str, str] | None,
) -> Letter:
    given = {"number": "", **(values or {})}
    kept = compose(code, {**given, **dict.fromkeys(secrets or {}, HIDDEN)}, language, name=name)
    said = compose(code, {**given, **(secrets or {})}, language, name=name)
    uid = uuid.uuid4()
    with transaction.atomic():
        letter = Letter.objects.create(
            uuid=uid, key=key, person=person, code=code, language=language, channel="email",
            to_address=to_address, subject=kept.subject, text=kept.body, message_text=said.body,
            message_id=f"<letter-{uid}@{_mail_domain()}>", written_at=now,
        )  # fmt: skip
        queue_sending(letter)
    return letter


def send_again(letter: Letter, *, to_address: str) -> Letter:
    """Queue a letter that failed or came back once more, under the same Message-ID, to a confirmed address."""
    letter.state, letter.tries, letter.failure, letter.to_address = "waiting", 0, "", to_address
    letter.save(update_fields=["state", "tries", "failure", "to_address"])
    queue_sending(letter)
    return letter


def queue_sending(letter: Letter) -> None:
    """Queue the job that sends this letter; at most one waits at a time."""
    defer("notices.send", once=f"notices.send:{letter.pk}", letter_id=letter.pk)


def record_sent(letter: Letter, *, now: datetime) -> Letter:
    """The mail server took the letter for delivery: notice reached the person that day, unless it comes back."""
    letter.state, letter.sent_at, letter.failure = "sent", now, ""
    letter.reached_on = letter.reached_on or days.day_of(now)
    if not letter.is_sealed and not settings.ENVIRONMENT.is_demo:
        # A code or link has done its work; the demonstration keeps it, since its letters are read on a page.
        letter.message_text = letter.text
    letter.save(update_fields=["state", "sent_at", "failure", "reached_on", "message_text"])
    return letter


def record_try(letter: Letter, *, failure: str, is_final: bool) -> Letter:
    """A try that did not succeed, and why; a final one is told to officers."""
    letter.tries += 1
    letter.failure = failure[:300]
    if is_final:
        letter.state = "failed"
    letter.save(update_fields=["tries", "failure", "state"])
    return letter


def record_bounce(letter: Letter, *, because: str) -> Letter:
    """A letter that had been sent came back: it starts nothing, unless the person opened it in their account."""
    letter.state, letter.failure = "bounced", because[:300]
    letter.reached_on = days.day_of(letter.opened_at) if letter.opened_at else None
    letter.save(update_fields=["state", "failure", "reached_on"])
    return letter


def record_opened(letter: Letter, *, now: datetime) -> Letter:
    """The person opened the letter in their account for the first time; later openings change nothing."""
    if letter.opened_at is None:
        letter.opened_at = now
        opened_on = days.day_of(now)
        letter.reached_on = min(letter.reached_on, opened_on) if letter.reached_on else opened_on
        letter.save(update_fields=["opened_at", "reached_on"])
    return letter


def record_posted(letter: Letter, *, on: date, address: str) -> Letter:
    """The letter was posted on paper that day; it counts as having reached the person some days later (figure)."""
    wait = int(figures.figure("notice_days_after_posting", on).value)
    reached_on = days.add_days(on, wait)
    letter.channel, letter.to_address, letter.state, letter.posted_on = "paper", address, "posted", on
    letter.reached_on = min(letter.reached_on, reached_on) if letter.reached_on else reached_on
    letter.save(update_fields=["channel", "to_address", "state", "posted_on", "reached_on"])
    return letter


def _write(
    person: Person,
    case: Case | None,
    code: str,
    *,
    key: str,
    now: datetime,
    values: Mapping[str, Any] | None,
    paragraphs: Sequence[str],
) -> Letter:
    existing = Letter.objects.filter(key=key).first()
    if existing:
        return existing
    given = {"number": (case.number if case else "") or "", **(values or {})}
    text = compose(code, given, person.language, name=greeting_name(person), paragraphs=paragraphs)
    email = confirmed_address(person)
    on_paper = email is None or (person.wants_paper and bool(postal_address(person)))
    name = uuid.uuid4()
    site = settings.ENVIRONMENT.origin + ("/es" if person.language == "es" else "")
    letter = Letter.objects.create(
        uuid=name, key=key, case=case, person=person, code=code, language=person.language,
        channel="paper" if on_paper else "email",
        to_address=postal_address(person) if email is None or on_paper else email,
        subject=text.subject, text=text.body, is_sealed=text.is_sealed,
        message_text=text.message(f"{site}/apply/letters/{name}/", help_at=f"{site}/cannot-sign-in/"),
        message_id=f"<letter-{name}@{_mail_domain()}>", written_at=now,
    )  # fmt: skip
    if not on_paper:
        queue_sending(letter)
    return letter


def _mail_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
