"""Bounces: what a mail system tells about a message that did not arrive (RFC 3464). Knows no letter and no room."""

import email
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

#: How a report gives back the message that it speaks of: whole, or its headers alone.
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers"})


@dataclass(frozen=True)
class Bounce:
    """A message that a mail system gave up on: its Message-ID, what was said, and when (None: not told)."""

    message_id: str
    because: str
    at: datetime | None


def read(content: bytes) -> Bounce | None:
    """The bounce that a message is; None for anything else.

    No bounce is the report of a delay or of a delivery, an automatic answer, a person's own words, or a report that
    somebody forwards.
    """
    report = email.message_from_bytes(content)
    if report.get_content_type() != "multipart/report":
        return None
    parts = _parts(report)
    told = [one for part in parts if part.get_content_type() == "message/delivery-status" for one in _parts(part)]
    failed = next((one for one in told if _field(one, "Action").lower() == "failed"), None)
    message_id = next(filter(None, map(_returned_id, parts)), "")
    if failed is None or not message_id:
        return None
    said = _field(failed, "Diagnostic-Code").partition(";")[2].strip() or _field(failed, "Status")
    return Bounce(message_id, said, _moment(_field(report, "Date")))


def messages(content: bytes) -> Iterator[bytes]:
    """The messages of an mbox, or the one message that the content is."""
    if content.startswith(b"From "):
        yield from re.split(rb"(?:\A|\n\r?\n)From [^\n]*\n", content)[1:]
    else:
        yield content


def maildir(folder: Path) -> Iterator[bytes]:
    """The messages of a Maildir, read and unread ones."""
    box = mailbox.Maildir(folder, create=False)
    yield from (box.get_bytes(key) for key in box.iterkeys())


def _parts(message: Message) -> list[Message]:
    """What a message is made of; nothing where it is one piece."""
    given = message.get_payload()
    return [part for part in given if isinstance(part, Message)] if isinstance(given, list) else []


def _returned_id(part: Message) -> str:
    """The Message-ID of the message that a part gives back, or ""."""
    if part.get_content_type() not in _RETURNED:
        return ""
    whole = _parts(part)
    if whole:
        return _field(whole[0], "Message-ID")
    headers = part.get_payload(decode=True)
    return _field(email.message_from_bytes(headers), "Message-ID") if isinstance(headers, bytes) else ""


def _field(part: Message, name: str) -> str:
    """A header on one line, "" where it is not there; without NULs, which no database keeps."""
    return " ".join(str(part.get(name, "")).replace("\x00", "").split())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None
