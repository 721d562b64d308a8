"""What happened in an organisation, for its own people: who invited, removed, made a key, and what the program did."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.casework.models import AuditEntry
from peercert.program.people.models import Person
from peercert.web.doors import member
from peercert.web.find import paged
from peercert.web.partner.words import called, language
from peercert.web.ui.templatetags.ui import day_words

#: Entries of the program about itself: an officer's tie is nobody else's business.
OURS = ("tie_declared", "refused_for_interest")
#: What an entry says of its matter in so many letters.
SAID = ("email", "key", "url", "certificate")


@member("see_organisation")
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """The newest first. Officers act for the program and are not named."""
    row = request.organisation  # type: ignore[attr-defined]
    every = AuditEntry.objects.filter(values__organisation=str(row.uuid), values__has_key="organisation")
    found, ways = paged(request, every.exclude(verb__in=OURS).select_related("actor__account"))
    meant = Person.objects.filter(uuid__in=[one.values["person"] for one in found if "person" in one.values])
    people = {str(one.uuid): one for one in meant.select_related("account")}
    names = called([*(one.actor for one in found), *people.values()])
    rows = [
        (one, words.fill("timeline", one.verb, lang=language()), _about(one, people, names), _who(one, names))
        for one in found
    ]
    return render(request, "partner/history.html", {"rows": rows, **ways})


def _who(entry: AuditEntry, names: dict[int | None, str]) -> str:
    acts_for_it = entry.role.startswith("partner_") or entry.role == "applicant"
    return names[entry.actor_id] if acts_for_it else names[None]


def _about(entry: AuditEntry, people: dict[str, Person], names: dict[int | None, str]) -> str:
    """Whom or what an entry is about, as far as it says."""
    person = people.get(str(entry.values.get("person", "")))
    role = entry.values.get("role", "")
    parts = [names[person.pk] if person else "", *(str(entry.values.get(name, "")) for name in SAID)]
    if role and words.has("organisations", code := f"role_{role.removeprefix('partner_')}"):
        parts.append(words.fill("organisations", code, lang=language()))
    if on := entry.values.get("on"):
        parts.append(day_words(date.fromisoformat(str(on))))
    if (people := entry.values.get("people")) is not None:
        parts.append(ngettext("%(people)s person", "%(people)s people", people) % {"people": people})
    return ", ".join(part for part in parts if part)
