"""Walk in as anyone of the demonstration: its cast, or someone whose application stands at a certain point."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from peercert import words
from peercert.demo import cast
from peercert.program.access import roles_of
from peercert.program.casework.models import Case
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.people.actions import new_person
from peercert.program.people.models import Account, Person
from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import current_name, memberships_of
from peercert.web.account import typed
from peercert.web.account.landing import landing
from peercert.web.doors import now, public

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: Stages of which one person each is shown, in the order of a case's life.
STAGES = (
    "draft", "submitted", "review", "recommended", "approved", "certified", "denied", "not_completed", "ended",
    "withdrawn",
)  # fmt: skip

#: What each role does, for a visitor who meets it for the first time.
DOES = {
    "reviewer": gettext_lazy("looks at applications, asks for what is missing, recommends"),
    "determiner": gettext_lazy("decides what another officer recommended"),
    "exam_officer": gettext_lazy("authorizes people to test and exchanges files with the exam vendor"),
    "finance_officer": gettext_lazy("records payments and matches them to what is owed"),
    "program_manager": gettext_lazy("oversees cases, clocks, letters and training providers"),
    "auditor": gettext_lazy("reads everything that the law allows and changes nothing"),
    "administrator": gettext_lazy("grants roles together with another administrator, sees no case"),
}


@dataclass(frozen=True)
class Persona:
    """Someone to walk in as: who, and what they do or where they stand."""

    person: Person
    name: str
    what: str


@public
@require_safe
def personas(request: HttpRequest) -> HttpResponse:
    """Officers by role, people of organisations, the cast's applicants, and one person for each point of the way."""
    _only_where_allowed()
    emails = {member.email: member for member in cast.CAST}
    people = list(Person.objects.filter(account__email__in=emails, account__is_demo=True).select_related("account"))
    people.sort(key=lambda person: [*emails].index(person.account.email))  # type: ignore[union-attr]
    lang = _lang()
    officers, applicants, partners = [], [], []
    for person in people:
        member = emails[person.account.email]  # type: ignore[union-attr]
        if member.role:
            what = f"{words.fill('casework', f'role_{member.role}', lang=lang)}: {DOES[member.role]}"
            officers.append(Persona(person, f"{member.first} {member.last}", what))
        elif member.serves:
            partners.append(Persona(person, f"{member.first} {member.last}", _serves(person)))
        else:
            applicants.append(Persona(person, f"{member.first} {member.last}", _stands(person)))
    samples = _samples({person.pk for person in people})
    context = {"officers": officers, "applicants": applicants + samples, "partners": partners}
    return render(request, "demo/personas.html", context)


@public
@require_POST
def walk_in(request: HttpRequest) -> HttpResponse:
    """A session as this person; "new" is someone who has just made an account."""
    _only_where_allowed()
    wanted = request.POST.get("who", "")
    person = _newcomer() if wanted == "new" else _known(wanted)
    waiting = request.session.get(typed.KEY)
    logout(request)
    login(request, person.account, backend=BACKEND)
    name = current_name(person)
    request.session["persona"] = name.full if name else _first_name(person)
    if waiting is not None:
        request.session[typed.KEY] = waiting
        return redirect("account:give_back")
    return redirect(landing(person, now()))


def _only_where_allowed() -> None:
    if not (settings.ENVIRONMENT.is_demo and settings.ENVIRONMENT.personas):
        raise Http404


def _known(wanted: str) -> Person:
    try:
        return get_object_or_404(Person, uuid=UUID(wanted), is_demo=True, account__is_demo=True)
    except ValueError:
        raise Http404 from None


def _newcomer() -> Person:
    """Someone who made an account a moment ago and has not begun anything."""
    account = Account(email=f"new-{uuid4().hex[:8]}@example.com", is_demo=True)
    account.set_unusable_password()
    account.save()
    cast.confirm_address(account)
    return new_person(account=account, language=(get_language() or "en")[:2], is_demo=True)


def _first_name(person: Person) -> str:
    member = next((one for one in cast.CAST if person.account and one.email == person.account.email), None)
    return f"{member.first} {member.last}" if member else gettext("someone new")


def _samples(but: set[int]) -> list[Persona]:
    """For each stage up to two people: the one who moved last, and one with another thing to do."""
    found = []
    for stage in STAGES:
        seen: set[str] = set()
        cases = Case.objects.filter(stage=stage, is_demo=True, person__account__is_demo=True)
        for case in cases.exclude(person_id__in=but).select_related("person__account").order_by("-pk")[:6]:
            at = whereabouts(case, now=now())
            if at.code in seen or len(seen) == 2 or roles_of(case.person, now()):
                continue
            seen.add(at.code)
            name = current_name(case.person)
            called = name.full if name else case.person.chosen_name or gettext("someone without a name yet")
            found.append(Persona(case.person, called, at.says(_lang())))
    return found


def _stands(person: Person) -> str:
    case = person.cases.order_by("-pk").first()
    return whereabouts(case, now=now()).says(_lang()) if case else gettext("has an account, nothing begun")


def _serves(person: Person) -> str:
    """For whom someone acts and as what; or which account they asked for."""
    served = [
        f"{one.organisation}: {words.fill('organisations', f'role_{one.role}', lang=_lang())}"
        for one in memberships_of(person)
    ]
    asked = Organisation.objects.filter(asked_by=person, approved_at=None, declined_at=None)
    waiting = words.fill("organisations", "state_asked", lang=_lang())
    return ", ".join(served + [f"{one}: {waiting}" for one in asked]) or gettext("has an account, nothing begun")


def _lang() -> str:
    return (get_language() or "en")[:2]
