"""Finding the case that an officer means: by its number, by an e-mail address, or by a name as someone wrote it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from peercert.program.access import within_reach
from peercert.program.casework.models import Case
from peercert.program.people.actor import Actor
from peercert.program.people.queries import people_called, person_by_email
from peercert.rules.numbers import read

#: A list that is longer than this is told to be narrowed.
MOST = 20
#: How many rows a page of a list shows.
PAGE = 50


@dataclass(frozen=True)
class FoundCases:
    """What a search found; `mistake` says what is wrong with a number that cannot be one."""

    cases: list[Case]
    mistake: str = ""


def typed(request: HttpRequest, name: str = "q") -> str:
    """What was typed into a search: trimmed, cut to a sane length, without characters that no database keeps."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:200]


def page_key(request: HttpRequest) -> int | None:
    """The key below which the next page begins; None on the first page, and for anything that is no key."""
    before = request.GET.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None


def paged(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE) -> tuple[list[Any], dict[str, str]]:
    """One page of rows, the newest first, by key, and the addresses of the first and the next page."""
    before = page_key(request)
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: size + 1])
    kept = request.GET.copy()
    kept.pop("before", None)
    first = f"?{kept.urlencode()}" if kept else request.path
    kept["before"] = str(found[size - 1].pk) if len(found) > size else ""
    ways = {"next_url": f"?{kept.urlencode()}" if len(found) > size else "", "first_url": first if before else ""}
    return found[:size], ways


def find_cases(text: str, actor: Actor | None) -> FoundCases:
    """Submitted cases that `text` may mean, but for those out of this officer's reach. Nothing typed finds nothing."""
    text = text.strip()
    if not text:
        return FoundCases([])
    cases = _cases() if actor is None else within_reach(_cases(), actor)
    if "@" in text:
        person = person_by_email(text)
        return FoundCases(list(cases.filter(person=person)[:MOST]) if person else [])
    if is_number(text):
        try:
            return FoundCases(list(cases.filter(number=read(text, "A"))))
        except ValueError:
            return FoundCases(
                [],
                _("That is not an application number: one character is mistyped or missing."),
            )
    # An initial stands for too many names to help; whoever has the other words is found without it.
    words = [word for word in text.replace(".", " ").split() if len(word) > 1]
    found = people_called(" ".join(words))
    order = {person: place for place, person in enumerate(found)}
    likely = list(cases.filter(person__in=order)[: 3 * MOST])
    return FoundCases(sorted(likely, key=lambda case: (order[case.person_id], -case.pk))[:MOST])


def is_number(text: str) -> bool:
    """Whether a number was meant rather than a name: by a digit, or by how it begins, since one in twenty has none.

    Nine letters without either are a number where a case has it: a typed O may stand for every 0.
    """
    if any(letter.isdigit() for letter in text) or text.upper().startswith("A-"):
        return True
    try:
        return Case.objects.filter(number=read(text, "A")).exists()
    except ValueError:
        return False


def _cases() -> QuerySet[Case]:
    return Case.objects.filter(number__isnull=False).select_related("person").order_by("-received_on", "-pk")
