"""Words about the exam on officers' pages."""

from django.utils.translation import gettext as _

from peercert import words
from peercert.program.exams.models import ExamAuthorisation, ExamFileRow
from peercert.program.exams.queries import news_of
from peercert.web.staff.case_frame import language
from peercert.web.ui.parts import Kind


def word(code: str, part: str = "says", **values: object) -> str:
    """A word of words/exams.toml in the reader's language."""
    return words.fill("exams", code, values, language(), part)


def why(row: ExamFileRow) -> str:
    """Why a record was not taken, or changed nothing, in a sentence; "" where there is nothing to say."""
    code, _space, column = row.reason.partition(" ")
    return word(code, "why", column=column) if code else ""


def condition(authorisation: ExamAuthorisation, booked_on: object = None) -> tuple[Kind, str]:
    """Where an authorisation stands: colour and word."""
    if authorisation.cancelled_at is not None:
        return "neutral", _("Canceled")
    if authorisation.used_at is not None:
        return "done", _("Used")
    return ("waiting", _("Booked")) if booked_on else ("waiting", _("Open"))


def telling(authorisation: ExamAuthorisation) -> tuple[Kind, str]:
    """Whether the vendor has heard the newest of it: colour and word."""
    told = authorisation.told_at
    if told is None and authorisation.cancelled_at is not None:
        return "neutral", _("Never told")
    if told is None or authorisation.changed_at > told:
        return "yours", {
            "new": _("To tell: new"),
            "changed": _("To tell: changed"),
            "cancelled": _("To tell: canceled"),
        }[news_of(authorisation)]
    return "done", _("Told")
