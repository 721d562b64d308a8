"""Mail: one message handed to the mail server, or the reason why not, told apart by whether trying again can help."""

import smtplib
from datetime import datetime
from email.utils import format_datetime

from django.core.mail import EmailMessage, get_connection


class NotNow(Exception):
    """The server could not be reached or asked to come back: worth another try."""


class Never(Exception):
    """The server refuses this message for good (an address that does not exist): trying again changes nothing."""


def send(*, message_id: str, to: str, subject: str, text: str, language: str, written_at: datetime) -> None:
    """Hand one plain-text message to the mail server of the settings.

    The same `message_id` sent twice is one message to the mailbox that receives it. Raises NotNow or Never, each with
    what the server said.
    """
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=text,
        to=[to],
        headers={
            "Message-ID": message_id,
            "Date": format_datetime(written_at),
            "Content-Language": language,
            "Auto-Submitted": "auto-generated",
        },
        connection=get_connection(),
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        raise (Never if code >= 500 else NotNow)(_said(code, said)) from None
    except smtplib.SMTPDataError as refused:
        raise (Never if refused.smtp_code >= 500 else NotNow)(_said(refused.smtp_code, refused.smtp_error)) from None
    except smtplib.SMTPResponseException as refused:
        # Signing in or our own sender refused: nothing is wrong with the letter, and an operator can mend it.
        raise NotNow(_said(refused.smtp_code, refused.smtp_error)) from None
    except (smtplib.SMTPException, OSError) as trouble:
        raise NotNow(f"{type(trouble).__name__}: {trouble}"[:300]) from None


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
