"""The questions of "Am I eligible?", one a page, and the facts that the answers make for the law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.applications.queries import plain
from peercert.rules import days, facts
from peercert.web.applicant.carried import DAYS, Answers, pathway_of
from peercert.web.applicant.forms.about import STATES
from peercert.web.applicant.forms.answers import ChoiceField, HoursField, YesNoField
from peercert.web.applicant.forms.choices import LETTERS, ROLES, education_kinds, id_kinds
from peercert.web.ui.fields import DayField

Field = Callable[[date], forms.Field]


@dataclass(frozen=True)
class Question:
    """One question: its code, how it is asked on that day, and on which pathways."""

    code: str
    field: Field
    pathways: frozenset[str] = frozenset({"initial", "reciprocity", "portability"})


def _born(on: date) -> forms.Field:
    return DayField(
        label=gettext_lazy("When were you born?"),
        help_text=gettext_lazy("You must be 18 or older on the day you apply."),
        earliest=days.add_years(on, -120),
        latest=on,
        earliest_words=_("Check the year of your birth."),
        latest_words=_("Your birth date can't be in the future. Check the year."),
    )


def _expires(on: date) -> forms.Field:
    return DayField(
        label=gettext_lazy("Until when is that certificate good?"),
        help_text=gettext_lazy("The day printed on it. Leave it empty if you don't know."),
        earliest=days.add_years(on, -60),
        latest=days.add_years(on, 60),
        required=False,
    )


def _issued(on: date) -> forms.Field:
    return DayField(
        label=gettext_lazy("When was that certificate issued?"),
        help_text=gettext_lazy("The day printed on it. Leave it empty if you don't know."),
        earliest=days.add_years(on, -60),
        latest=on,
        latest_words=_("The day it was issued can't be in the future."),
        required=False,
    )


def _id_expires(on: date) -> forms.Field:
    return DayField(
        label=gettext_lazy("When does that ID expire?"),
        help_text=gettext_lazy("The day printed on it. Leave it empty if you don't know."),
        earliest=days.add_years(on, -60),
        latest=days.add_years(on, 60),
        required=False,
    )


def _states(on: date) -> forms.Field:
    choices = [("", gettext_lazy("Choose")), *((code, code) for code in STATES if code != "CA")]
    return forms.ChoiceField(
        label=gettext_lazy("Which state certified you?"),
        choices=choices,
        widget=forms.Select(attrs={"class": "usa-input--small"}),
        error_messages={"required": gettext_lazy("Choose the state.")},
    )


RECIPROCITY = frozenset({"reciprocity"})
ELSEWHERE = frozenset({"reciprocity", "portability"})

QUESTIONS: tuple[Question, ...] = (
    Question(
        "has_other",
        lambda on: YesNoField(
            label=gettext_lazy("Has another state certified you as a peer support specialist?"),
            help_text=gettext_lazy("Most people have not. Then the initial pathway is yours."),
        ),
    ),
    Question(
        "service_role",
        lambda on: ChoiceField(
            label=gettext_lazy("Do you or your spouse have military orders to California?"),
            choices=(
                ("member", gettext_lazy("Yes, I am a service member with orders")),
                ("spouse", gettext_lazy("Yes, my spouse is a service member with orders")),
                ("neither", gettext_lazy("No")),
            ),
        ),
        ELSEWHERE,
    ),
    Question("born_on", _born),
    Question(
        "id_kind",
        lambda on: ChoiceField(
            label=gettext_lazy("Which photo ID can you show that is not expired?"),
            help_text=gettext_lazy("It can be from any country. One is enough."),
            choices=[*id_kinds(on), ("nothing", gettext_lazy("None at the moment"))],
        ),
    ),
    Question("id_expires_on", _id_expires),
    Question(
        "education_kind",
        lambda on: ChoiceField(
            label=gettext_lazy("What can you show for your education?"),
            help_text=gettext_lazy("One of them is enough, from any country and any year."),
            choices=education_kinds(on),
        ),
    ),
    Question(
        "lived_experience_role",
        lambda on: ChoiceField(
            label=gettext_lazy("Do you have lived experience of a mental health or substance use challenge?"),
            help_text=gettext_lazy("You decide whether this describes you. Nobody asks for your story or any proof."),
            choices=(*ROLES, ("no", gettext_lazy("No, none of these"))),
        ),
    ),
    Question(
        "is_willing_to_share",
        lambda on: YesNoField(
            label=gettext_lazy("Are you willing to share your experience when it helps someone?"),
            help_text=gettext_lazy("You choose what, when and how much."),
        ),
    ),
    Question(
        "is_dedicated",
        lambda on: YesNoField(
            label=gettext_lazy("Are you strongly dedicated to recovery?"),
            help_text=gettext_lazy("Your own, or that of those you support."),
        ),
    ),
    Question("other_state", _states, ELSEWHERE),
    Question(
        "other_in_good_standing",
        lambda on: YesNoField(
            label=gettext_lazy("Is that certificate in force and in good standing today?"),
            help_text=gettext_lazy("Not expired, not suspended, nothing overdue."),
        ),
        ELSEWHERE,
    ),
    Question("other_issued_on", _issued, ELSEWHERE),
    Question("other_expires_on", _expires, ELSEWHERE),
    Question(
        "other_has_pending_discipline",
        lambda on: YesNoField(label=gettext_lazy("Is any discipline against it pending or in force?")),
        ELSEWHERE,
    ),
    Question(
        "other_has_open_complaint",
        lambda on: YesNoField(label=gettext_lazy("Is there a complaint about you there that has not been settled?")),
        ELSEWHERE,
    ),
    Question(
        "orders_kind",
        lambda on: ChoiceField(
            label=gettext_lazy("What can you show for the orders?"),
            choices=(
                ("orders", gettext_lazy("Military orders")),
                ("commander_letter", gettext_lazy("Letter from the commanding officer")),
                ("nothing", gettext_lazy("Nothing yet")),
            ),
        ),
        frozenset({"portability"}),
    ),
    Question(
        "hours",
        lambda on: HoursField(
            label=gettext_lazy("How many hours have you worked as a peer in the last three years?"),
            help_text=gettext_lazy("Paid or not, about. Full time for a year is about 2,000 hours. Write 0 if none."),
            most=20_000,
        ),
        RECIPROCITY,
    ),
    Question(
        "continuing_education",
        lambda on: HoursField(
            label=gettext_lazy("How many hours of continuing education have you completed in the last two years?"),
            help_text=gettext_lazy("Write 0 if none."),
            most=5_000,
        ),
        RECIPROCITY,
    ),
    Question(
        "law_and_ethics",
        lambda on: HoursField(
            label=gettext_lazy("How many of these hours were in law and ethics?"),
            help_text=gettext_lazy("Write 0 if none."),
            most=5_000,
        ),
        RECIPROCITY,
    ),
    Question(
        "letters",
        lambda on: forms.MultipleChoiceField(
            label=gettext_lazy("Which letters about your work can you get?"),
            help_text=gettext_lazy("Check all that apply, or none."),
            choices=LETTERS,
            widget=forms.CheckboxSelectMultiple,
            required=False,
        ),
        RECIPROCITY,
    ),
)
#: The questions that tell the pathway of someone whom another state certified; how many come after is not known before.
ASKED_FIRST = ["has_other", "service_role"]
BY_CODE = {question.code: question for question in QUESTIONS}


def asked(answers: Answers) -> list[Question]:
    """The questions of this person's pathway, in order, as far as the answers tell the pathway."""
    pathway = pathway_of(answers)
    if answers.get("has_other") and "service_role" not in answers:
        return [question for question in QUESTIONS if question.code in ASKED_FIRST]
    left_out = {"id_expires_on"} if answers.get("id_kind") == "nothing" else set()
    return [question for question in QUESTIONS if pathway in question.pathways and question.code not in left_out]


class QuestionForm(forms.Form):
    """One question as a page."""

    use_required_attribute = False

    def __init__(self, question: Question, on: date, answers: Answers, data: Any = None) -> None:
        self.question = question
        value = answers.get(question.code)
        if isinstance(value, str) and question.code in DAYS:
            value = date.fromisoformat(value)
        super().__init__(data, initial={question.code: value})
        self.fields[question.code] = question.field(on)

    def clean(self) -> dict[str, Any]:
        """The answer as it is carried: plain JSON."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: plain(value) for name, value in given.items()}


def facts_of(answers: Answers, on: date) -> facts.Facts:
    """The answers as facts of the question "may this application be approved", asked on that day."""
    pathway = pathway_of(answers)
    given: dict[str, Any] = {"question": "apply", "submitted_on": on}
    given["born_on"] = _day(answers, "born_on")
    if (kind := answers.get("id_kind")) and kind != "nothing":
        expires = _day(answers, "id_expires_on")
        given["identity"] = (facts.IdentityDocument(kind=kind, has_photo=True, expires_on=expires),)
    if kind := answers.get("education_kind"):
        given["education"] = (facts.Education(kind=kind),)
    if role := answers.get("lived_experience_role"):
        is_so = role != "no"
        given["lived_experience"] = facts.LivedExperience(role=role if is_so else None, is_attested=is_so)
    given["is_willing_to_share"] = answers.get("is_willing_to_share")
    given["is_dedicated"] = answers.get("is_dedicated")
    if pathway == "reciprocity":
        given |= _experience(answers, on)
    if pathway in ELSEWHERE:
        given["other_certificate"] = _other(answers)
    if pathway == "portability":
        given["service"] = answers.get("service_role")
        if (kind := answers.get("orders_kind")) and kind != "nothing":
            given["orders"] = (facts.Orders(evidence=kind, to_california=True),)
    return facts.PATHWAYS[pathway](**given)


def _day(answers: Answers, code: str) -> date | None:
    return date.fromisoformat(answers[code]) if answers.get(code) else None


def _other(answers: Answers) -> facts.OtherCertificate:
    return facts.OtherCertificate(
        state=answers.get("other_state"),
        issued_on=_day(answers, "other_issued_on"),
        expires_on=_day(answers, "other_expires_on"),
        in_good_standing=answers.get("other_in_good_standing"),
        has_pending_discipline=answers.get("other_has_pending_discipline"),
        has_open_complaint=answers.get("other_has_open_complaint"),
    )


def _experience(answers: Answers, on: date) -> dict[str, Any]:
    """Hours as one span of the window asked about: what they were, not where."""
    worked, learned = float(answers.get("hours") or 0), float(answers.get("continuing_education") or 0)
    law = min(float(answers.get("law_and_ethics") or 0), learned)
    first = days.add_days(days.add_years(on, -3), 1)
    found: dict[str, Any] = {}
    if worked:
        found["employment"] = (facts.Employment(employer="stated", from_on=first, to_on=on, hours_total=worked),)
    if learned:
        course = facts.ContinuingEducation(hours=learned, law_and_ethics_hours=law, completed_on=on)
        found["continuing_education"] = (course,)
    found["letters"] = tuple(
        facts.Letter(kind=kind, is_on_letterhead=True if kind == "supervisor" else None)
        for kind in answers.get("letters") or ()
    )
    return found
