"""The answers of an eligibility check, signed and in the person's own hands: in the page, or in a short-lived cookie.

The server keeps nothing of the check. A person who goes on to sign up takes the answers along in a cookie of their own
browser, which is forgotten when the application opens, when the browser closes, or after an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from peercert.program.applications.sections import savable, sections_of

COOKIE = "eligibility"
SALT = "peercert.eligibility"
HOUR = 3600

Answers = dict[str, Any]
#: List of an application → its entries, each as column → value.
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Carried:
    """What someone answered, question by question, and the pathway that follows from it."""

    answers: Answers
    pathway: str

    def answers_for(self, pathway: str) -> dict[str, Any]:
        """The answers as columns of an application by this pathway."""
        return {name: value for name, value in columns(self.answers).items() if name in savable(pathway)}

    def rows_for(self, pathway: str) -> Rows:
        """The lists of an application by this pathway, begun with what was told of them: sums and kinds, no names."""
        asked = {section.rows for section in sections_of(pathway)}
        return {rows: entries for rows, entries in begun(self.answers).items() if rows in asked}


def columns(answers: Answers) -> dict[str, Any]:
    """Answers of the check that an application asks again, as its columns."""
    kept = {name: answers[name] for name in _SAME if name in answers}
    for name in DAYS:
        if isinstance(answers.get(name), str):
            kept[name] = date.fromisoformat(answers[name])
    if answers.get("lived_experience_role") in {"consumer", "parent", "family", "caregiver"}:
        kept["lived_experience_role"] = answers["lived_experience_role"]
    if answers.get("service_role") in {"member", "spouse"}:
        kept["service_role"] = answers["service_role"]
    if kept.get("id_kind") == "nothing":
        del kept["id_kind"]
    if kept.get("orders_kind") == "nothing":
        del kept["orders_kind"]
    return kept


def begun(answers: Answers) -> Rows:
    """A job, a course and letters as far as the check asks about them; the person completes or takes out each."""
    worked, learned, law = (
        Decimal(answers.get(name) or 0) for name in ("hours", "continuing_education", "law_and_ethics")
    )
    letters = answers.get("letters") or []
    return {
        "employments": [{"hours_total": worked}] if worked else [],
        "continuing_education": [{"hours": learned, "law_and_ethics_hours": min(law, learned)}] if learned else [],
        "letters_of_support": [{"kind": kind} for kind in letters],
    }


#: Answers that are days, carried as text.
DAYS = ("born_on", "id_expires_on", "other_issued_on", "other_expires_on")
_SAME = (
    "id_kind",
    "education_kind",
    "is_willing_to_share",
    "is_dedicated",
    "other_state",
    "other_in_good_standing",
    "other_has_pending_discipline",
    "other_has_open_complaint",
    "orders_kind",
)


def pathway_of(answers: Answers) -> str:
    """The pathway that the first answers point to."""
    if not answers.get("has_other"):
        return "initial"
    return "portability" if answers.get("service_role") in {"member", "spouse"} else "reciprocity"


def sealed(answers: Answers) -> str:
    """Answers as text that nobody can change unseen."""
    return signing.dumps(answers, salt=SALT, compress=True)


def opened(text: str) -> Answers:
    """Answers from their text; none where it was changed, is too old or never was one."""
    try:
        found = signing.loads(text, salt=SALT, max_age=24 * HOUR)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def put(response: HttpResponse, text: str) -> None:
    """Hand the answers to the person's browser, until it closes or an hour has passed."""
    response.set_cookie(
        COOKIE, text, max_age=HOUR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, path="/"
    )


def read(request: HttpRequest) -> Carried | None:
    """What the person brings along, if anything."""
    answers = opened(request.COOKIES.get(COOKIE, ""))
    return Carried(answers, pathway_of(answers)) if answers else None


def forget(response: HttpResponse) -> None:
    """Take the cookie away again."""
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
