"""Answering what was asked, item by item, and asking questions: each answer kept at once, sent when all are there."""

from datetime import datetime

from peercert.program.access import require
from peercert.program.applications.actions import reopen_application
from peercert.program.casework.actions import keep_question_clock, start_clock
from peercert.program.casework.clocks import due_day
from peercert.program.casework.models import Case, Document, Question, Request, RequestItem
from peercert.program.casework.moves import lock, move, tell
from peercert.program.errors import Refused
from peercert.program.journey.ask import close_request
from peercert.program.journey.step import step
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.rules.days import day_of
from peercert.rules.figures import figure

#: Longest answer or question that is kept, in characters.
MOST = 4000


def answerable(case: Case, *, now: datetime) -> Request | None:
    """The request that the person can answer now: the open one, or one that ran out and still opens the case again."""
    requests = Request.objects.filter(case=case).prefetch_related("items").order_by("-asked_at", "-pk")
    if case.stage in {"review", "approved"}:
        return requests.filter(closed_at=None).first()
    if case.stage == "not_completed" and whereabouts(case, now=now).code == "not_completed":
        return requests.filter(outcome="expired").first()
    return None


def is_answered(item: RequestItem) -> bool:
    """Whether there is something to send for this item: a file that was not refused, words, or "not mine to give"."""
    shown = item.document is not None and item.document.replaced_at is None and item.document.state != "refused"
    return shown or bool(item.answer.strip()) or item.cannot_give


@step
def answer_item(
    item_id: int, *, text: str | None = None, cannot_give: bool | None = None, document: Document | None = None,
    actor: Actor, now: datetime,
) -> RequestItem:  # fmt: skip
    """Keep one answer, or a part of it; None leaves a part as it is. Nothing is sent yet.

    Raises Refused: `not_yours`, `request_closed`, `answer_too_long`.
    """
    item, case = _open_item(item_id, actor, now=now)
    if text is not None:
        if len(text) > MOST:
            raise Refused("answer_too_long", most=MOST)
        item.answer = text.strip()
    if cannot_give is not None:
        item.cannot_give = cannot_give
    if document is not None:
        if document.case_id != case.pk:
            raise Refused("not_yours")
        item.document = document
    item.answered_at = now if is_answered(item) else None
    item.save(update_fields=["answer", "cannot_give", "document", "answered_at"])
    return item


@step
def send_answers(request_id: int, *, actor: Actor, now: datetime) -> Request:
    """Send the answers once every item has one. Our clock goes on; a case closed meanwhile opens again by itself.

    Sending twice is one sending. Raises Refused: `items_open`, `request_closed`, `another_is_open`.
    """
    request = Request.objects.select_related("case").get(pk=request_id)
    case = lock(request.case_id)
    require(actor, "answer", case)
    request.refresh_from_db()
    if request.outcome == "answered":
        return request
    there = answerable(case, now=now)
    if there is None or there.pk != request.pk:
        raise Refused("request_closed")
    items = list(RequestItem.objects.filter(request=request).select_related("document"))
    missing = [item.position for item in items if not is_answered(item)]
    if missing:
        raise Refused("items_open", items=missing)
    if case.stage == "not_completed":
        _open_again(case, actor=actor, now=now)
    move(case, "answer", actor=actor, now=now, request=str(request.uuid), items=len(items))
    close_request(request, "answered", case=case, now=now)
    write_letter(case, "answers_received", key=f"answers_received:{request.pk}", now=now)
    return request


@step
def ask_question(case_id: int, text: str, *, language: str, actor: Actor, now: datetime) -> Question:
    """Ask us something about a case: it joins the case, has a clock, and is answered in the language of the asking.

    The same words asked twice within the same open question are one question. Raises Refused: `question_empty`,
    `answer_too_long`, `questions_open` (five wait for an answer already).
    """
    case = lock(case_id)
    require(actor, "ask_question", case)
    asked = text.strip()
    if not asked:
        raise Refused("question_empty")
    if len(asked) > MOST:
        raise Refused("answer_too_long", most=MOST)
    waiting = Question.objects.filter(case=case, answered_at=None)
    same = waiting.filter(text=asked).first()
    if same is not None:
        return same
    if waiting.count() >= 5:
        raise Refused("questions_open")
    on = day_of(now)
    question = Question.objects.create(
        case=case, asked_at=now, language=language, text=asked,
        due_on=due_day(on, int(figure("question_answer_days", on).value), "working"),
    )  # fmt: skip
    keep_question_clock(case, now=now)
    tell(case, "question_asked", actor=actor, now=now, question=question.pk)
    return question


def _open_item(item_id: int, actor: Actor, *, now: datetime) -> tuple[RequestItem, Case]:
    item = RequestItem.objects.select_related("request", "document").filter(pk=item_id).first()
    if item is None:
        raise Refused("not_yours")
    case = lock(item.request.case_id)
    require(actor, "answer", case)
    there = answerable(case, now=now)
    if there is None or there.pk != item.request_id:
        raise Refused("request_closed")
    return RequestItem.objects.select_for_update(of=("self",)).select_related("document").get(pk=item_id), case


def _open_again(case: Case, *, actor: Actor, now: datetime) -> None:
    """An answer within the days that the figure gives opens a case closed as not completed, without a new fee."""
    move(case, "reopen", actor=actor, now=now, because="answered")
    reopen_application(case.pk)
    start_clock(case, "review", owed_by="us", starts_on=day_of(now), figure="review_days", now=now)
