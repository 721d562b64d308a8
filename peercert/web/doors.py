"""What every door does before its views: who is asking, may they come in, and what a refusal looks like."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert import words
from peercert.gateways.signer.keys import SignerDown
from peercert.program.access import may, require_member, roles_of
from peercert.program.errors import Refused
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.program.people.organisations import Membership
from peercert.web.account import factors, typed

#: Refusals that say "not you", whatever the step.
_OF_A_MEMBER = frozenset({"member_no_more", "administrators_only", "invitation_over"})
_NOT_YOURS = frozenset(
    {"not_yours", "own_case", "declared_interest", "own_organisation", "member_no_more", "administrators_only"}
)

#: Seconds after which to come again where a signer is down.
RETRY_AFTER = 60

View = Callable[..., HttpResponse]


def now() -> datetime:
    """The moment of this request: the one place where a door reads the clock."""
    return timezone.now()


class ActorMiddleware:
    """Sets `request.actor` (an Actor, or None where nobody signed in); turns a Refused, and a signer that is down, into
    their pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refusal_page(request, exception)
        if isinstance(exception, SignerDown):
            return cannot_sign_page(request)
        return None


def actor_of(request: HttpRequest) -> Actor | None:
    """Who asks: the signed-in person with their officer's roles, or None."""
    if not request.user.is_authenticated:
        return None
    person = Person.objects.filter(account=request.user).first()
    if person is None:
        return None
    roles = roles_of(person, now())
    return Actor(person=person, role=min(roles) if roles else "applicant", roles=roles)


def as_applicant(request: HttpRequest) -> Actor:
    """The signed-in person acting in their own matter, whatever officer's roles they hold."""
    return Actor(person=request.actor.person, role="applicant")  # type: ignore[attr-defined]


def sentence(refusal: Refused) -> str:
    """A refusal in the reader's language."""
    return words.fill("refusals", refusal.reason, refusal.values, (get_language() or "en")[:2])


def tried(take: Callable[[], object]) -> str:
    """Take a step of the journey; the sentence that says why it was refused, "" where it was done."""
    try:
        take()
    except Refused as refusal:
        return sentence(refusal)
    return ""


def refusal_page(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The page that says why a step was refused and what can be done: 403 for "not yours", else 409."""
    status = 403 if refusal.reason in _NOT_YOURS else 409
    back = reverse("partner:home") if refusal.reason in _OF_A_MEMBER else request.path
    given = {"says": sentence(refusal), "reason": refusal.reason, "back": back}
    return render(request, "refused.html", given, status=status)


def cannot_sign_page(request: HttpRequest) -> HttpResponse:
    """The page that says that a signature cannot be had for now: 503, and when to come again."""
    response = render(request, "503.html", {"again": request.path}, status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in and back: to this page, or to the one whose form was sent after the session had ended."""
    here = request.get_full_path()
    if request.method in {"GET", "HEAD"}:
        return _login(here)
    return to_sign_in(request, action=here, back=_page_before(request) or here)


def to_sign_in(request: HttpRequest, *, action: str, back: str) -> HttpResponse:
    """To the sign-in with a form that came without a session; what was typed is given back afterwards.

    A script's request keeps what was typed on its own page.
    """
    if request.headers.get("HX-Request") == "true" or not typed.keep(request, action=action, back=back):
        return _login(back)
    messages.info(request, _("What you typed is kept. Sign in, and it comes back."))
    return _login(reverse("account:give_back"))


def _login(back: str) -> HttpResponse:
    return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def _page_before(request: HttpRequest) -> str:
    """The path of the page of ours that a form was sent from; empty where the browser does not say."""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return came_from.path if came_from.netloc == request.get_host() else ""


def signed_in(view: View) -> View:
    """Only for someone signed in; others go to the sign-in and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor:  # type: ignore[attr-defined]
            return _sign_in(request)
        return typed.leave_mark(request, view(request, *args, **kwargs))

    guarded.guard = "signed_in"  # type: ignore[attr-defined]
    return guarded


def with_second_factor(view: View) -> View:
    """Only for someone signed in who showed a second factor in this session; others are led to show it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor:  # type: ignore[attr-defined]
            return _sign_in(request)
        if factors.is_owed(request):
            return to_second_factor(request)
        return typed.leave_mark(request, view(request, *args, **kwargs))

    guarded.guard = "second_factor"  # type: ignore[attr-defined]
    return guarded


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page where a second factor is shown or set up, and back."""
    return redirect(f"{reverse('account:second_factor')}?{urlencode({'next': request.get_full_path()})}")


def member(verb: str) -> Callable[[View], View]:
    """Only for those who act now for the organisation that the address names, in a role that lists `verb`.

    Whoever never belonged there learns nothing, not even that there is one: 404. Asked anew at every request, so that
    leaving counts at once. The view finds `request.organisation`, and itself as `request.member`, the actor.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, organisation: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor  # type: ignore[attr-defined]
            if not actor:
                return _sign_in(request)
            belongs = Membership.objects.filter(organisation__uuid=organisation, person=actor.person)
            one = belongs.select_related("organisation").first()
            if one is None:
                raise Http404
            if factors.is_owed(request):
                return to_second_factor(request)
            request.organisation = one.organisation  # type: ignore[attr-defined]
            request.member = require_member(actor, verb, one.organisation)  # type: ignore[attr-defined]
            return typed.leave_mark(request, view(request, *args, **kwargs))

        guarded.guard = verb  # type: ignore[attr-defined]
        return guarded

    return wrap


def officer(verb: str) -> Callable[[View], View]:
    """Only for officers one of whose roles lists `verb` in access.MAY; others are told whom to ask (403)."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor  # type: ignore[attr-defined]
            if not actor:
                return _sign_in(request)
            if not actor.is_officer or not may(actor, verb):
                return render(request, "403.html", {"verb": verb}, status=403)
            if factors.is_owed(request):
                return to_second_factor(request)
            return typed.leave_mark(request, view(request, *args, **kwargs))

        guarded.guard = verb  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """For everyone, on purpose: a house test accepts no view without one of these three."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view
