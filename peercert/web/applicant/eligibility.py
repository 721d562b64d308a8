"""Am I eligible? The law itself, asked with the answers given, before anyone signs up. The server keeps nothing.

Every page is the answer to a POST that carries what was answered so far, signed, in a hidden field; so "back" works
without a script, and no answer stands in an address or a log. The browser may keep the pages, so that its own "back"
works as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert.rules.decide import OURS, decide
from peercert.rules.figures import figure
from peercert.rules.reasons import Reason
from peercert.web.applicant import carried
from peercert.web.applicant.asking import ASKED_FIRST, BY_CODE, QuestionForm, asked, facts_of
from peercert.web.applicant.forms.answers import said
from peercert.web.applicant.own import today
from peercert.web.doors import public
from peercert.web.ui.languages import page_in
from peercert.web.ui.parts import Kind
from peercert.words import reasons

#: Steps of the application itself: told as what comes, not as something a stranger has failed to do.
LATER = frozenset({"orientation", "self_assessment", "ethics", "name_matches_id"})
#: What a person wants to see first: what is not met, then what is not known yet; inside each, the order of the law.
ORDER = {False: 0, None: 1, True: 2}


@dataclass(frozen=True)
class Line:
    """One requirement in words: where it stands, why, and what would help."""

    kind: Kind
    word: str
    says: str
    because: str
    helps: str
    source: str
    is_later: bool


@public
def eligibility(request: HttpRequest) -> HttpResponse:
    """One question after another, then the law's answer."""
    if request.method != "POST":
        return render(
            request, "applicant/eligibility.html", {"closed_on": figure("grandparenting_deadline", today()).value}
        )
    answers = carried.opened(str(request.POST.get("answers", "")))
    at = str(request.POST.get("at", ""))
    go = str(request.POST.get("go", "next"))
    if go == "carry":
        return _carry(request, answers)
    if go == "result" and all(question.code in answers for question in asked(answers)):
        return _result(request, answers)
    # Answers that are too old or were changed on the way are not believed: the questions begin again.
    if at not in BY_CODE or (not answers and at != asked(answers)[0].code):
        return _ask(request, answers, asked(answers)[0].code)
    if go == "back":
        return _ask(request, answers, _before(answers, at))
    if go in {"change", "again"}:
        return _ask(request, answers, at)
    form = QuestionForm(BY_CODE[at], today(), answers, request.POST)
    if not form.is_valid():
        return _draw(request, answers, form, status=422)
    answers = {**answers, at: form.cleaned_data[at]}
    following = _after(answers, at, was_change=request.POST.get("whole") == "1")
    return _ask(request, answers, following) if following else _result(request, answers)


def _after(answers: carried.Answers, at: str, *, was_change: bool) -> str | None:
    """The next question without an answer where one was changed; else simply the next one."""
    codes = [question.code for question in asked(answers)]
    rest = codes[codes.index(at) + 1 :] if at in codes else codes
    if was_change:
        rest = [code for code in codes if code not in answers]
    return rest[0] if rest else None


def _before(answers: carried.Answers, at: str) -> str:
    codes = [question.code for question in asked(answers)]
    where = codes.index(at) if at in codes else 0
    return codes[max(0, where - 1)]


def _ask(request: HttpRequest, answers: carried.Answers, code: str) -> HttpResponse:
    return _draw(request, answers, QuestionForm(BY_CODE[code], today(), answers))


def _draw(request: HttpRequest, answers: carried.Answers, form: QuestionForm, status: int = 200) -> HttpResponse:
    code = form.question.code
    codes = [question.code for question in asked(answers)]
    at = codes.index(code) if code in codes else 0
    given = {
        "form": form,
        "field": form[code],
        "code": code,
        "answers": carried.sealed(answers),
        "is_first": at == 0,
        "number": at + 1,
        "total": len(codes) if "has_other" in answers and codes != ASKED_FIRST else None,
        "is_whole": all(one in answers for one in codes),
        "given": _given(answers, today(), upto=at),
        "other_url": _other_language(request),
    }
    return render(request, "applicant/eligibility_question.html", given, status=status)


def _given(answers: carried.Answers, on: date, upto: int | None = None) -> list[tuple[str, str, str]]:
    """The answers so far in words: code, question, answer."""
    found = []
    for question in asked(answers)[:upto]:
        if question.code not in answers:
            continue
        form = QuestionForm(question, on, answers)
        bound = form[question.code]
        found.append((question.code, str(bound.label), said(bound, bound.initial) or _("No answer")))
    return found


def _result(request: HttpRequest, answers: carried.Answers) -> HttpResponse:
    on = today()
    finding = decide(facts_of(answers, on), on)
    asked_now = [reason for reason in finding.reasons if reason.code not in OURS and reason.code not in LATER]
    unmet = [reason for reason in asked_now if reason.met is False]
    unknown = [reason for reason in asked_now if reason.met is None]
    given = {
        "answers": carried.sealed(answers),
        "pathway": carried.pathway_of(answers),
        "lines": [_line(reason) for reason in sorted(asked_now, key=lambda reason: ORDER[reason.met])],
        "later": [_line(reason) for reason in finding.reasons if reason.code in LATER],
        "outcome": "unmet" if unmet else "unknown" if unknown else "met",
        "count": len(unmet) or len(unknown),
        "given": _given(answers, on),
        "fee": figure("application_fee", on),
        "on": on,
        "closed_on": figure("grandparenting_deadline", on).value,
        "last": asked(answers)[-1].code,
        "other_url": _other_language(request),
    }
    return render(request, "applicant/eligibility_result.html", given)


def _line(reason: Reason) -> Line:
    lang = (get_language() or "en")[:2]
    words: dict[Any, tuple[Kind, str]] = {
        True: ("done", _("Met")),
        False: ("problem", _("Not met")),
        None: ("yours", _("Not yet")),
    }
    kind, word = words[reason.met]
    helps = "" if reason.met else reasons.helps(reason, lang)
    is_later = reason.code in LATER
    return Line(kind, word, reasons.says(reason, lang), reasons.because(reason, lang), helps, reason.source, is_later)


def _carry(request: HttpRequest, answers: carried.Answers) -> HttpResponse:
    """On to the application: someone signed in starts it, someone else signs up first."""
    start = reverse("applicant:start")
    signed_in = bool(request.actor)  # type: ignore[attr-defined]
    answer = redirect(start if signed_in else f"{reverse('account_signup')}?next={start}")
    if answers:
        carried.put(answer, carried.sealed(answers))
    return answer


def _other_language(request: HttpRequest) -> str:
    return page_in(request.path, "en" if (get_language() or "en").startswith("es") else "es")
