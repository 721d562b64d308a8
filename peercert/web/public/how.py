"""How certification works: steps, fees and times, drawn from the figures in force today."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert import words
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, public
from peercert.web.ui.templatetags.ui import reader


@public
@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """The way from a first question to a certificate."""
    today = day_of(now())
    return render(
        request,
        "public/how.html",
        {"today": today, "fees": fees(today), "f": in_words(today)},
    )


def in_words(on: date) -> dict[str, str]:
    """The figures that sentences of the page name, as people read them."""
    names = (
        "minimum_age",
        "review_days",
        "training_review_days",
        "core_training_hours",
        "core_training_after",
        "training_certificate_years",
        "approval_months",
        "sittings_allowed",
        "retake_processing_days",
        "accommodation_lead_days",
        "exam_items",
        "exam_minutes",
        "certificate_years",
        "renewal_window_days",
        "continuing_education_hours",
        "law_and_ethics_hours",
        "continuing_education_years",
        "reciprocity_hours_one_year",
        "grandparenting_deadline",
    )
    return {name: words.shown(figure(name, on).value, reader()) for name in names}


def fees(on: date) -> list[dict[str, Any]]:
    """Each confirmed fee with the day since which it holds and the text it rests on."""
    labels = {
        "application_fee": _("Application"),
        "exam_fee": _("Exam"),
        "retake_fee": _("Each further sitting of the exam"),
        "renewal_fee": _("Renewal, every two years"),
    }
    found = [(label, figure(name, on)) for name, label in labels.items()]
    return [
        {"label": label, "cents": fee.value * 100, "since": fee.since, "source": fee.source}
        for label, fee in found
        if fee.certainty != "unconfirmed"
    ]
