"""Notice: what became of a letter, and what follows for the time to act. Time starts when notice reached the person."""

from datetime import date, datetime, timedelta
from typing import Literal

from peercert.program.access import require
from peercert.program.casework.actions import restart_clock
from peercert.program.casework.models import Case, Request
from peercert.program.casework.moves import lock, tell, tell_audit
from peercert.program.casework.queries import open_request, running_clock
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.notices import actions as notices
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import confirmed_address, letter_of_moment, postal_address
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.queries import is_retired
from peercert.rules import days

#: Letters that warn about an address's retirement: the only ones that still go there.
TO_RETIRED = frozenset({"address_retired", "address_removed"})
#: How far the clock of a mail system may go behind ours.
CLOCKS_DIFFER = timedelta(minutes=15)


@step
def checked_address(letter_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Letter:
    """The letter as it may be sent now: an address retired since it was written is left for the one now confirmed.

    Where there is none, the letter waits to be posted on paper.
    """
    letter = _locked(letter_id)
    may_change = letter.state == "waiting" and letter.channel == "email" and letter.code not in TO_RETIRED
    if may_change and letter.person is not None and is_retired(letter.person, letter.to_address):
        address = confirmed_address(letter.person)
        letter.channel = "email" if address else "paper"
        letter.to_address = address or postal_address(letter.person)
        letter.save(update_fields=["channel", "to_address"])
    return letter


@step
def sent(letter_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Letter:
    """The mail server took the letter. A letter already known as sent stays as it is."""
    letter = _locked(letter_id)
    if letter.state == "waiting":
        notices.record_sent(letter, now=now)
        _start_time(letter)
    return letter


@step
def not_sent(letter_id: int, *, failure: str, is_final: bool, now: datetime, actor: Actor = PROGRAM) -> Letter:
    """A try to send failed; a final failure is written to the case, where officers see it."""
    letter = _locked(letter_id)
    if letter.state == "waiting":
        notices.record_try(letter, failure=failure, is_final=is_final)
        if is_final and letter.case:
            tell(letter.case, "letter_not_sent", actor=actor, now=now, letter=str(letter.uuid), code=letter.code)
    return letter


@step
def opened(letter_id: int, *, actor: Actor, now: datetime) -> Letter:
    """The person opened their letter in the account. Opening by anyone else is not notice and is refused."""
    letter = _locked(letter_id)
    if actor.person is None or letter.person_id != actor.person.pk:
        raise Refused("not_yours")
    if letter.opened_at is None:
        notices.record_opened(letter, now=now)
        _start_time(letter)
    return letter


@step
def bounced(letter_id: int, *, because: str, actor: Actor, now: datetime) -> Letter:
    """An officer records that a letter came back. It starts nothing: time waits for one that arrives."""
    letter = _locked(letter_id)
    require(actor, "post_letter", letter.case)
    if letter.state not in {"sent", "posted"}:
        raise Refused("letter_not_sent_yet")
    if not because.strip():
        raise Refused("reason_needed")
    return _came_back(letter, because, actor=actor, now=now)


@step
def came_back(
    message_id: str, *, because: str, at: datetime | None, now: datetime, actor: Actor = PROGRAM
) -> Literal["recorded", "known", "not_ours"]:
    """A mail system said `at` that it gave up on the message with this id: recorded, or no news to us.

    No news of a letter that came back already, was posted since, or was sent again since that was said.
    """
    letter_id = Letter.objects.filter(message_id=message_id).values_list("pk", flat=True).first()
    if letter_id is None:
        return "not_ours"
    letter = _locked(letter_id)
    is_older = at is not None and letter.sent_at is not None and at < letter.sent_at - CLOCKS_DIFFER
    if letter.state != "sent" or is_older:
        return "known"
    _came_back(letter, because or "-", actor=actor, now=now)
    return "recorded"


@step
def posted(letter_id: int, *, on: date, address: str, actor: Actor, now: datetime) -> Letter:
    """An officer posted it on paper. Raises Refused: `posted_outside_days`, `address_needed`, `letter_posted`."""
    letter = _locked(letter_id)
    require(actor, "post_letter", letter.case)
    if letter.state == "posted":
        raise Refused("letter_posted")
    if on > days.day_of(now) or on < days.day_of(letter.written_at):
        raise Refused("posted_outside_days", written_on=days.day_of(letter.written_at))
    if not address.strip():
        raise Refused("address_needed")
    notices.record_posted(letter, on=on, address=address.strip())
    _tell(letter, "letter_posted", actor=actor, now=now, on=on.isoformat())
    _start_time(letter)
    return letter


@step
def send_again(letter_id: int, *, actor: Actor, now: datetime) -> Letter:
    """An officer sends a letter that failed or came back once more, to the address the person has confirmed by now."""
    letter = _locked(letter_id)
    require(actor, "post_letter", letter.case)
    if letter.state not in {"failed", "bounced"} and not (letter.state == "waiting" and letter.channel == "paper"):
        raise Refused("letter_on_its_way")
    address = confirmed_address(letter.person) if letter.person else None
    if address is None:
        raise Refused("no_confirmed_address")
    letter.channel = "email"
    letter.save(update_fields=["channel"])
    notices.send_again(letter, to_address=address)
    _tell(letter, "letter_sent_again", actor=actor, now=now)
    return letter


def request_letter(request: Request) -> Letter | None:
    """The letter that asked: written in the same step, so at the same moment, as the request."""
    codes = ("asked_for_more", "asked_for_more_training")
    return next((one for code in codes if (one := letter_of_moment(request.case, code, request.asked_at))), None)


def _start_time(letter: Letter) -> None:
    """Where the letter asks for something, count the days to answer from the day it reached the person."""
    if letter.case is None or letter.reached_on is None:
        return
    request = open_request(letter.case)
    clock = running_clock(letter.case, "answer") if request else None
    if request is None or clock is None or request_letter(request) != letter:
        return
    if letter.reached_on > clock.starts_on:
        request.due_on = restart_clock(letter.case, "answer", starts_on=letter.reached_on).due_on
        request.save(update_fields=["due_on"])


def _came_back(letter: Letter, because: str, *, actor: Actor, now: datetime) -> Letter:
    notices.record_bounce(letter, because=because.strip())
    _tell(letter, "letter_came_back", actor=actor, now=now)
    return letter


def _locked(letter_id: int) -> Letter:
    """The letter, locked after its case: the same order everywhere."""
    case_id = Letter.objects.values_list("case_id", flat=True).get(pk=letter_id)
    case: Case | None = lock(case_id) if case_id else None
    letter = Letter.objects.select_for_update(of=("self",)).select_related("person").get(pk=letter_id)
    letter.case = case
    return letter


def _tell(letter: Letter, happened: str, *, actor: Actor, now: datetime, **values: str) -> None:
    if letter.case:
        tell(letter.case, happened, actor=actor, now=now, letter=str(letter.uuid), code=letter.code, **values)
    else:
        tell_audit(happened, actor=actor, now=now, letter=str(letter.uuid), code=letter.code, **values)
