"""Who acts for an organisation: invited, given another role, removed, each by a form of its own on one page."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.access import may
from peercert.program.errors import Refused
from peercert.program.journey import members
from peercert.program.notices.models import Letter
from peercert.program.people.organisations import MEMBER_ROLES, Invitation
from peercert.rules.days import day_of
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged
from peercert.web.partner.words import called, said

#: Invitations that wait: an organisation sends thirty a day, and each ends after two weeks.
MOST = 100


class InviteForm(forms.Form):
    """An address, a role there, and the language of the message."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address at work"), max_length=254,
        help_text=gettext_lazy("Only the owner of this address can accept the invitation."),
        error_messages={"required": gettext_lazy("Enter an e-mail address.")},
    )  # fmt: skip
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect, initial="member")
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the message"), choices=[("en", "English"), ("es", "Español")]
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(code, said(f"role_{code}")) for code, _name in MEMBER_ROLES]


@member("see_organisation")
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everyone who acts for it, and invitations that wait; with `show=past`, whoever did."""
    row = request.organisation  # type: ignore[attr-defined]
    step = request.POST.get("step", "")
    form = InviteForm(request.POST if step == "invite" else None, initial={"language": (get_language() or "en")[:2]})
    refusal = ""
    if request.method == "POST":
        try:
            done = _take(request, step, form)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            if done:
                messages.success(request, done)
                return redirect("partner:people", organisation=row.uuid)
    return _page(request, form, refusal)


def _page(request: HttpRequest, form: InviteForm, refusal: str) -> HttpResponse:
    row, past = request.organisation, request.GET.get("show") == "past"  # type: ignore[attr-defined]
    every = row.memberships.filter(until_at__isnull=not past).select_related("person__account", "ended_by__account")
    found, ways = paged(request, every)
    waiting = row.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("-pk")[:MOST]
    # Loaded now: three questions, however many wait.
    waiting = list(waiting.select_related("invited_by__account"))
    names = called(
        [one.person for one in found] + [one.ended_by for one in found] + [one.invited_by for one in waiting]
    )
    keeps = may(request.member, "keep_members")  # type: ignore[attr-defined]
    context = {
        "form": form, "refusal": refusal, "keeps": keeps, "past": past,
        "rows": [(one, names[one.person_id], said(f"role_{one.role}"), names[one.ended_by_id]) for one in found],
        "roles": [(code, said(f"role_{code}")) for code, _name in MEMBER_ROLES],
        "waiting": [(one, said(f"role_{one.role}"), names[one.invited_by_id], state) for one, state in _sent(waiting)],
        **ways,
    }  # fmt: skip
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "partner/people.html", context, status=status)


def _take(request: HttpRequest, step: str, form: InviteForm) -> str:
    """Take the step that was posted; the sentence that says it was done, "" where its form needs another look."""
    row = request.organisation  # type: ignore[attr-defined]
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if step == "invite":
        if not form.is_valid():
            return ""
        given = form.cleaned_data
        sent = members.invite(row.pk, given["email"], given["role"], language=given["language"], **who)
        return _("The invitation is on its way to %(email)s.") % {"email": sent.email}
    chosen = _uuid(request.POST.get("chosen", ""))
    if step == "withdraw":
        members.withdraw_invitation(get_object_or_404(row.invitations, uuid=chosen).pk, **who)
        return _("The invitation is taken back. Its link no longer works.")
    one = get_object_or_404(row.memberships, uuid=chosen)
    if step == "role":
        members.change_role(one.pk, request.POST.get("role", ""), **who)
        return _("The role is changed.")
    if step != "remove":
        raise Http404
    members.remove(one.pk, **who)
    return _("This person no longer acts for the organization. They can no longer open anything of it.")


def _sent(waiting: list[Invitation]) -> list[tuple[Invitation, str]]:
    """Each invitation that waits with what became of its message: over, not delivered, or on its way."""
    keys = {f"invitation:{one.pk}": one for one in waiting}
    states = dict(Letter.objects.filter(key__in=keys).values_list("key", "state"))
    today = day_of(now())
    return [(one, "over" if one.expires_on < today else states.get(key, "waiting")) for key, one in keys.items()]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
