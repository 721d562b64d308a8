"""Letters: those that did not arrive first; what was sent; posting on paper; and one letter with what became of it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.access import may, within_reach
from peercert.program.errors import Refused
from peercert.program.journey import notice, recover, review
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import ABOUT_ACCOMMODATION, confirmed_address, letters_in_trouble, postal_address
from peercert.program.people.queries import person_by_email
from peercert.web.doors import now, officer
from peercert.web.find import find_cases, page_key, typed
from peercert.web.staff.case_frame import named, said
from peercert.web.staff.money_forms import refused_in
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Chip, Kind, Row
from peercert.web.ui.templatetags.ui import day_words, moment

#: How many letters a page shows.
PAGE = 50
KINDS: dict[str, Kind] = {
    "waiting": "waiting", "sent": "done", "posted": "done", "failed": "problem", "bounced": "problem",
}  # fmt: skip


class PostForm(forms.Form):
    """That the letter was posted on paper."""

    posted_on = DayField(label=gettext_lazy("The day it was posted"))
    address = forms.CharField(
        label=gettext_lazy("Posted to"), max_length=400, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("The whole postal address as on the envelope."),
    )  # fmt: skip


class BounceForm(forms.Form):
    """That the letter came back."""

    because = forms.CharField(
        label=gettext_lazy("How do you know?"), max_length=300,
        help_text=gettext_lazy("What the returned message or the envelope says."),
    )  # fmt: skip


@officer("see_letters")
def letters(request: HttpRequest) -> HttpResponse:
    """Letters that need an officer, the oldest first; or all letters, the newest first, found by case or address."""
    show, text = request.GET.get("show", "trouble"), typed(request)
    rows = _listed(request, _rows(request, show, text))
    before = page_key(request)
    if before and (show == "all" or text):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    trouble = _listed(request, letters_in_trouble()).count()
    more = len(found) > PAGE and (show == "all" or bool(text))
    page = {
        "rows": [
            (row, KINDS[row.state], said(f"letterstate_{row.state}"), named(row.person)) for row in found[:PAGE]
        ],
        "trouble": trouble, "show": show, "q": text,
        "filters": [
            Chip(_("Need someone"), _address(), is_on=show == "trouble" and not text, count=str(trouble)),
            Chip(_("All letters"), _address(show="all"), is_on=show == "all" and not text),
        ],
        "next_url": _address(show=show, q=text, before=found[PAGE - 1].pk) if more else "",
        "first_url": _address(show=show, q=text) if before else "",
    }  # fmt: skip
    return render(request, "staff/letters.html", page)


@officer("see_letters")
def letter(request: HttpRequest, letter: UUID) -> HttpResponse:
    """One letter as it was sent, and its way; posting it, or that it came back, is recorded here."""
    rows = _readable(request, Letter.objects.select_related("case", "person"))
    found = get_object_or_404(rows, uuid=letter)
    actor = request.actor  # type: ignore[attr-defined]
    if found.case:
        look = review.reach if request.method == "POST" else review.open_case
        look(found.case, actor=actor, now=now())
    else:
        recover.refuse_interest(found.person, actor)
    what = request.POST.get("what", "")
    post = PostForm(request.POST if what == "post" else None, initial={"address": postal_address(found.person)})
    bounce = BounceForm(request.POST if what == "bounce" else None)
    if request.method == "POST":
        done = _act(request, found, what, post, bounce)
        if done:
            messages.success(request, done)
            return redirect(request.path)
    page = {
        "letter": found, "rows": _facts(found), "kind": KINDS[found.state], "state": said(f"letterstate_{found.state}"),
        "post_form": post, "bounce_form": bounce, "may_post": may(actor, "post_letter"),
        "can_post": found.state != "posted", "can_bounce": found.state in {"sent", "posted"},
        "can_send": found.state in {"failed", "bounced"} or (found.state == "waiting" and found.channel == "paper"),
        "address": confirmed_address(found.person) or "", "print_address": postal_address(found.person),
    }  # fmt: skip
    return render(request, "staff/letter.html", page, status=422 if post.is_bound or bounce.is_bound else 200)


def _act(request: HttpRequest, found: Letter, what: str, post: PostForm, bounce: BounceForm) -> str:
    """Take the step that was asked for; the sentence that says it was done, "" where the form needs a second look."""
    actor, moment_ = request.actor, now()  # type: ignore[attr-defined]
    form = {"post": post, "bounce": bounce}.get(what)
    try:
        if what == "send_again":
            notice.send_again(found.pk, actor=actor, now=moment_)
            return _("On its way again, under the same Message-ID.")
        if what == "post" and post.is_valid():
            given = post.cleaned_data
            notice.posted(found.pk, on=given["posted_on"], address=given["address"], actor=actor, now=moment_)
            return _("Recorded. Time to act counts from some days after the posting, as the figure says.")
        if what == "bounce" and bounce.is_valid():
            notice.bounced(found.pk, because=bounce.cleaned_data["because"], actor=actor, now=moment_)
            return _("Recorded. The letter starts no time to act until it arrives.")
    except Refused as refusal:
        if form is None:
            raise
        refused_in(form, refusal)
    return ""


def _readable(request: HttpRequest, rows: QuerySet[Letter]) -> QuerySet[Letter]:
    """Letters about accommodations are for exam officers alone; an invitation is its organization's own matter."""
    rows = rows.exclude(person=None)
    if may(request.actor, "see_accommodation"):  # type: ignore[attr-defined]
        return rows
    return rows.exclude(code__startswith=ABOUT_ACCOMMODATION)


def _listed(request: HttpRequest, rows: QuerySet[Letter]) -> QuerySet[Letter]:
    """What a list shows: nothing to people to whom this officer is tied, either."""
    return within_reach(_readable(request, rows), request.actor)  # type: ignore[attr-defined]


def _rows(request: HttpRequest, show: str, text: str) -> QuerySet[Letter]:
    everyone = Letter.objects.select_related("case", "person__account").order_by("-pk")
    if text:
        cases = [case.pk for case in find_cases(text, request.actor).cases]
        # By keys and indexes alone: a part of an address would have to be looked for in every letter.
        person = person_by_email(text) if "@" in text else None
        theirs = Q(person=person) if person else Q(message_id__in=[text, f"<{text}>"])
        return everyone.filter(Q(case__in=cases) | theirs)
    return everyone if show == "all" else letters_in_trouble()


def _facts(found: Letter) -> list[Row]:
    rows = [
        Row(_("To"), named(found.person)),
        Row(_("By"), said(f"channel_{found.channel}")),
        Row(_("Address"), found.to_address or _("No address that we may write to")),
        Row(_("Language"), said(f"language_{found.language}")),
        Row(_("Written"), moment(found.written_at)),
    ]
    if found.sent_at:
        rows.append(Row(_("Sent"), moment(found.sent_at)))
    if found.posted_on:
        rows.append(Row(_("Posted"), day_words(found.posted_on)))
    if found.opened_at:
        rows.append(Row(_("Opened in the account"), moment(found.opened_at)))
    reached = day_words(found.reached_on) if found.reached_on else _("Not yet")
    rows.append(Row(_("Reached the person"), reached))
    if found.failure:
        rows.append(Row(_("What the mail server said"), found.failure, hint=_tries(found.tries)))
    rows.append(Row("Message-ID", found.message_id))
    return rows


def _tries(number: int) -> str:
    return _("%(number)s tries") % {"number": number} if number > 1 else ""


def _address(**query: Any) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{reverse('staff:letters')}{'?' if given else ''}{urlencode(given)}"
