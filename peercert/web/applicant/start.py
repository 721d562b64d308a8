"""Choosing a pathway and opening a draft, with the answers of an eligibility check where the person brings them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.applications.queries import open_application
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.rules.figures import figure
from peercert.web.applicant import carried
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import case_url, today
from peercert.web.doors import as_applicant, now, signed_in


@dataclass(frozen=True)
class Pathway:
    """A pathway as it is offered: for whom, and what it asks."""

    code: str
    title: Any
    says: Any


PATHWAYS = (
    Pathway(
        "initial",
        gettext_lazy("Initial"),
        gettext_lazy(
            "You have not been certified before. You take the core training after your application is approved."
        ),
    ),
    Pathway(
        "reciprocity",
        gettext_lazy("Reciprocity"),
        gettext_lazy(
            "Another state has certified you, and you have worked as a peer. No core training; you still take the exam."
        ),
    ),
    Pathway(
        "portability",
        gettext_lazy("Portability (military)"),
        gettext_lazy("You or your spouse have military orders to California, and another state has certified you."),
    ),
)


class PathwayForm(forms.Form):
    """Which pathway."""

    use_required_attribute = False
    pathway = forms.ChoiceField(
        label=gettext_lazy("Which of these describes you?"),
        choices=[(one.code, one.title) for one in PATHWAYS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the one that describes you best.")},
    )


@signed_in
def start(request: HttpRequest) -> HttpResponse:
    """Choose a pathway. Someone who has a draft by it already goes on with that one."""
    brought = carried.read(request)
    initial = {"pathway": brought.pathway} if brought else {}
    form = PathwayForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _open(request, form.cleaned_data["pathway"], brought)
    given = {
        "form": form,
        "pathways": PATHWAYS,
        "brought": brought,
        "closed_on": figure("grandparenting_deadline", today()).value,
        "chosen": form["pathway"].value(),
    }
    return render(request, "applicant/start.html", given, status=422 if form.errors else 200)


def _open(request: HttpRequest, pathway: str, brought: carried.Carried | None) -> HttpResponse:
    actor = as_applicant(request)
    answers = brought.answers_for(pathway) if brought else None
    rows = brought.rows_for(pathway) if brought else None
    try:
        case = apply.start(pathway, actor=actor, now=now(), answers=answers, rows=rows)
    except Refused as why:
        if why.reason != "already_open" or actor.person is None:
            raise
        messages.info(request, said(why))
        there = open_application(actor.person, pathway)
        return redirect(case_url(there) if there else reverse("applicant:home"))
    answer = redirect(reverse("applicant:tasks", args=[case.uuid]))
    if brought:
        messages.success(
            request, _("The answers of your eligibility check are in your application. Please check them.")
        )
        carried.forget(answer)
    return answer
