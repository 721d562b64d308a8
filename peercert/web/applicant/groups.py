"""The question groups of an application as pages: their words, their form, and the words for what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from peercert import words
from peercert.program.applications.models import Application
from peercert.program.applications.queries import Missing, SectionState
from peercert.program.casework.models import Document
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.applicant.forms.about import ContactForm, LanguagesForm, NameForm, PlacesForm
from peercert.web.applicant.forms.answers import AnswerForm
from peercert.web.applicant.forms.evidence import EducationForm, OtherStateForm, PhotoIdForm, ServiceForm
from peercert.web.applicant.forms.lists import ContinuingEducationForm, EmploymentForm, LetterForm, TrainingForm
from peercert.web.applicant.forms.promises import AboutYouForm, EthicsForm, LivedExperienceForm
from peercert.web.doors import now
from peercert.web.ui.parts import Kind, Task

Words = Any


@dataclass(frozen=True)
class Group:
    """One page of questions. `minutes` is how long it takes, told before. Its words stand in words/question_groups."""

    slug: str
    form: type[AnswerForm] | None = None
    row_form: type[AnswerForm] | None = None
    minutes: int = 1

    def words(self, part: str) -> str:
        """One part of its words in the reader's language; "" where it has none."""
        code = self.slug.replace("-", "_")
        if not words.has("question_groups", code, part):
            return ""
        values = {name: figure(name, day_of(now())).value for name in FIGURES}
        return words.fill("question_groups", code, values, (get_language() or "en")[:2], part)

    @property
    def title(self) -> str:
        """The heading of its page."""
        return self.words("title")

    @property
    def why(self) -> str:
        """Why we ask."""
        return self.words("why")

    @property
    def at_hand(self) -> str:
        """What to have ready."""
        return self.words("at_hand")

    @property
    def row_title(self) -> str:
        """What one entry of its list is called."""
        return self.words("entry")

    @property
    def add(self) -> str:
        """The words of the button that adds an entry."""
        return self.words("add")

    @property
    def empty(self) -> str:
        """What is said of a list without entries."""
        return self.words("empty")


#: Figures that the words of a group name.
FIGURES = ("continuing_education_hours", "law_and_ethics_hours")

GROUPS: dict[str, Group] = {
    group.slug: group
    for group in (
        Group("name", NameForm, minutes=2),
        Group("contact", ContactForm, minutes=2),
        Group("languages", LanguagesForm),
        Group("places", PlacesForm),
        Group("photo-id", PhotoIdForm, minutes=3),
        Group("education", EducationForm, minutes=3),
        Group("other-state", OtherStateForm, minutes=4),
        Group("service", ServiceForm, minutes=3),
        Group("work", row_form=EmploymentForm, minutes=6),
        Group("continuing-education", row_form=ContinuingEducationForm, minutes=5),
        Group("letters-of-support", row_form=LetterForm, minutes=4),
        Group("core-training", row_form=TrainingForm, minutes=2),
        Group("lived-experience", LivedExperienceForm),
        Group("ethics", EthicsForm, minutes=5),
        Group("about-you", AboutYouForm, minutes=2),
    )
}

#: What each kind of document is called where it is asked for, with what helps.
PAPERS: dict[str, tuple[Words, Words]] = {
    "photo_id": (
        gettext_lazy("Photo of your ID"),
        gettext_lazy("The side with your photo; both sides if there is something on the back."),
    ),
    "education": (
        gettext_lazy("Photo or scan of what shows your education"),
        gettext_lazy(
            "If it carries a former name, that is fine: tell us in a question after you send your application."
        ),
    ),
    "other_certificate": (
        gettext_lazy("Photo or scan of the certificate"),
        gettext_lazy("If your state only lists it online, send a picture of that page."),
    ),
    "military_orders": (
        gettext_lazy("Photo or scan of the orders or the letter"),
        gettext_lazy("You may cover what is not about the move."),
    ),
    "employment_verification": (
        gettext_lazy("What confirms your hours"),
        gettext_lazy(
            "A letter or form signed by someone who knows your work. One for each job is best; one file each."
        ),
    ),
    "continuing_education": (
        gettext_lazy("Certificates of your courses"),
        gettext_lazy("One file for each, or one PDF with all."),
    ),
    "letter_supervisor": (
        gettext_lazy("Letter from your supervisor"),
        gettext_lazy("On the agency's letterhead, with date and signature."),
    ),
    "letter_colleague": (gettext_lazy("Letter from a colleague"), gettext_lazy("With date and signature.")),
    "letter_self": (gettext_lazy("Your own letter"), gettext_lazy("In your own words: your role and your duties.")),
}

#: Slugs of pages → slugs of sections where they differ, so that pages of later chapters can have the plain word.
SECTION_OF = {"letters-of-support": "letters", "core-training": "training"}
PAGE_OF = {section: page for page, section in SECTION_OF.items()}


def page_slug(section: str) -> str:
    """The page of a section."""
    return PAGE_OF.get(section, section)


def section_slug(page: str) -> str:
    """The section of a page."""
    return SECTION_OF.get(page, page)


def page_url(application: Application, section: str) -> str:
    """Where a section is answered."""
    if section == "orientation":
        return reverse("applicant:orientation")
    return reverse("applicant:question_group", args=[application.case.uuid, page_slug(section)])


STATE_WORDS: dict[str, tuple[Kind, Words]] = {
    "complete": ("done", gettext_lazy("Complete")),
    "started": ("yours", gettext_lazy("Started")),
    "not_started": ("neutral", gettext_lazy("Not started")),
    "skippable": ("neutral", gettext_lazy("Optional")),
}


def task_of(application: Application, state: SectionState) -> Task:
    """A section as a line of the task list."""
    group = GROUPS[page_slug(state.section.slug)]
    kind, word = STATE_WORDS[state.state]
    hint = "" if state.state == "complete" else _("about %(minutes)d min") % {"minutes": group.minutes}
    if state.state == "started" and state.missing:
        hint = missing_words(application, state.missing[0])
    return Task(str(group.title), kind, str(word), page_url(application, state.section.slug), hint)


def missing_words(application: Application, gap: Missing) -> str:
    """What is missing, as one short sentence."""
    if gap.section == "orientation":
        return _("Finish the orientation") if gap.name == "orientation_done_at" else _("Finish the self-assessment")
    group = GROUPS[page_slug(gap.section)]
    if gap.name.startswith("document:"):
        return _paper_missing(application, gap.name.removeprefix("document:"))
    if gap.name == "rows":
        return _("Add at least one entry")
    if gap.name in SPECIAL:
        return str(SPECIAL[gap.name])
    form = group.row_form if gap.row else group.form
    label = _label(form, gap.name)
    if gap.row and gap.label:
        return _("%(entry)s: answer “%(question)s”") % {"entry": gap.label, "question": label}
    return _("Answer “%(question)s”") % {"question": label}


SPECIAL: dict[str, Words] = {
    "lived_experience_attested_at": gettext_lazy("Check the box that attests your lived experience"),
    "ethics_name": gettext_lazy("Sign the code of ethics"),
    "ethics_version": gettext_lazy("Sign the code of ethics"),
    "ethics_agreed_at": gettext_lazy("Sign the code of ethics"),
}


def _label(form: type[AnswerForm] | None, column: str) -> str:
    if form is None:
        return column
    for name, field in form.base_fields.items():
        if column == name or column in form.columns.get(name, ()):
            return str(field.label)
    return column


def _paper_missing(application: Application, kind: str) -> str:
    refused = Document.objects.filter(
        case=application.case_id, kind=kind, state="refused", replaced_at=None, destroyed_at=None
    ).exists()
    title = str(PAPERS[kind][0])
    if refused:
        return _("%(paper)s: we could not use the file. Send another one.") % {"paper": title}
    return _("Send: %(paper)s") % {"paper": title}
