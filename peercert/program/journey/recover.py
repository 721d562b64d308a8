"""Recovery: someone lost mailbox and phone. Two officers against the ID on file, a warning to the old addresses, a day.

Whoever is locked out writes to us first; nothing is looked up then, so nothing can be told. Whoever still reads an old
mailbox can stop a recovery. When the delay is over the account belongs to the new address and to no
other way in; the person confirms the address by the link that leads to a new password.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.signing import BadSignature, Signer

from peercert.program.access import require, roles_of
from peercert.program.casework.clocks import due_day
from peercert.program.casework.moves import tell_audit
from peercert.program.casework.queue import defer
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_to_address
from peercert.program.people.actions import end_sessions, retire_address
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import Account, DeclaredInterest, LockedOut, Person, Recovery
from peercert.rules import figures
from peercert.rules.days import day_of

#: The task that ends the delay.
TASK = "accounts.recover"
_SALT = "stop a recovery"
#: What becomes of a call for help.
OUTCOMES = ("recovery_opened", "helped_otherwise", "not_reached", "not_for_us")


def stop_token(recovery: Recovery) -> str:
    """What the link in the warning carries: this recovery's name, signed."""
    return Signer(salt=_SALT).sign(recovery.uuid.hex)


def recovery_of(token: str) -> Recovery | None:
    """The recovery that a link names; None where it was not made here."""
    try:
        name = Signer(salt=_SALT).unsign(token)
    except BadSignature:
        return None
    return Recovery.objects.filter(uuid=name).first()


@step
def ask_for_help(
    name: str, *, phone: str, email: str, number: str, text: str, language: str, now: datetime
) -> LockedOut:
    """Someone says that nothing opens their account any more, and how to reach them. The same sent again is one.

    Raises Refused: `no_way_to_reach`.
    """
    if not phone and not email:
        raise Refused("no_way_to_reach")
    on = day_of(now)
    due_on = due_day(on, int(figures.figure("question_answer_days", on).value), "working")
    said = {"name": name, "phone": phone, "email": email, "number": number, "text": text}
    # Two sent at the same moment may be two rows: the one answered is the first.
    found = LockedOut.objects.filter(**said, closed_at=None).order_by("pk").first()
    return found or LockedOut.objects.create(**said, language=language, asked_at=now, due_on=due_on)


@step
def close_help(locked_out_id: int, outcome: str, *, actor: Actor, now: datetime) -> LockedOut:
    """It is dealt with: who wrote, and how to reach them, is forgotten. Closing twice is closing once.

    Raises Refused: `no_such_outcome`.
    """
    require(actor, "recover_account")
    if outcome not in OUTCOMES:
        raise Refused("no_such_outcome")
    found = LockedOut.objects.select_for_update(of=("self",)).get(pk=locked_out_id)
    if found.closed_at is not None:
        return found
    found.closed_at, found.closed_by, found.outcome = now, actor.person, outcome
    found.name = found.number = found.phone = found.email = found.text = ""
    found.save()
    tell_audit("help_closed", actor=actor, now=now, locked_out=str(found.uuid), outcome=outcome)
    return found


@step
def open_recovery(person_id: int, new_email: str, how_checked: str, *, actor: Actor, now: datetime) -> Recovery:
    """One officer compared the person with the ID on file and says how. Nothing changes until another one agrees.

    Raises Refused: `own_account`, `declared_interest`, `no_account`, `how_checked_needed`, `recovery_open`,
    `address_is_theirs`, `address_taken`, `address_was_retired`.
    """
    require(actor, "recover_account")
    assert actor.person is not None
    person = Person.objects.select_for_update().get(pk=person_id)
    refuse_interest(person, actor)
    if person.account is None:
        raise Refused("no_account")
    if not how_checked.strip():
        raise Refused("how_checked_needed")
    if Recovery.objects.filter(person=person, done_at=None, stopped_at=None).exists():
        raise Refused("recovery_open")
    email = new_email.strip().lower()
    if email == person.account.email:
        raise Refused("address_is_theirs")
    if person.retired_addresses.filter(email=email).exists():
        raise Refused("address_was_retired")
    if _is_taken(email, person.account):
        raise Refused("address_taken")
    recovery = Recovery.objects.create(
        person=person, new_email=email, asked_at=now, opened_by=actor.person, how_checked=how_checked.strip()[:200]
    )
    tell_audit("recovery_opened", actor=actor, now=now, person=str(person.uuid))
    return recovery


@step
def second_recovery(recovery_id: int, *, actor: Actor, now: datetime) -> Recovery:
    """Another officer agrees: the old addresses are warned at once, and the delay begins.

    Raises Refused: `second_is_another`, `own_account`, `declared_interest`, `recovery_closed`,
    `recovery_of_an_officer` (of the two, one must be an administrator then).
    """
    require(actor, "recover_account")
    assert actor.person is not None
    recovery = _locked(recovery_id)
    if recovery.seconded_at is not None:
        return recovery
    if recovery.opened_by_id == actor.person.pk:
        raise Refused("second_is_another")
    refuse_interest(recovery.person, actor)
    if roles_of(recovery.person, now):
        between = actor.roles | roles_of(recovery.opened_by, now)
        if "administrator" not in between:
            raise Refused("recovery_of_an_officer")
    hours = int(figures.figure("recovery_delay_hours", day_of(now)).value)
    recovery.seconded_at, recovery.seconded_by = now, actor.person
    recovery.effective_at = now + timedelta(hours=hours)
    recovery.save(update_fields=["seconded_at", "seconded_by", "effective_at"])
    _warn(recovery, now)
    defer(TASK, at=recovery.effective_at, recovery_id=recovery.pk)
    tell_audit("recovery_seconded", actor=actor, now=now, person=str(recovery.person.uuid))
    return recovery


@step
def stop_recovery(recovery_id: int, because: str, *, actor: Actor = PROGRAM, now: datetime) -> Recovery:
    """Stop it: an officer with a reason, or (as the program) whoever holds the link. Done ones stay done."""
    if actor.role != "program":
        require(actor, "recover_account")
        if not because.strip():
            raise Refused("reason_needed")
    recovery = _locked(recovery_id)
    recovery.stopped_at, recovery.stopped_because = now, because.strip()[:200]
    recovery.save(update_fields=["stopped_at", "stopped_because"])
    tell_audit("recovery_stopped", actor=actor, now=now, person=str(recovery.person.uuid), because=because[:200])
    return recovery


@step
def complete_recovery(
    recovery_id: int, *, link_of: Callable[[Account], str], now: datetime, actor: Actor = PROGRAM
) -> Recovery:
    """The delay is over: the new address alone leads in, by a link that chooses a password.

    Does nothing for one that was stopped, is done, or is not due yet. `link_of` gives the link for an account as it
    stands afterwards. An address that someone else took meanwhile stops the recovery.
    """
    recovery = Recovery.objects.select_for_update(of=("self",)).select_related("person__account").get(pk=recovery_id)
    is_due = recovery.effective_at is not None and recovery.effective_at <= now
    if recovery.done_at or recovery.stopped_at or not is_due:
        return recovery
    person = recovery.person
    assert person.account_id is not None
    account = Account.objects.select_for_update().get(pk=person.account_id)
    if _is_taken(recovery.new_email, account):
        recovery.stopped_at, recovery.stopped_because = now, "address_taken"
        recovery.save(update_fields=["stopped_at", "stopped_because"])
        tell_audit("recovery_stopped", actor=actor, now=now, person=str(person.uuid), because="address_taken")
        return recovery
    for address in EmailAddress.objects.filter(user=account):
        retire_address(person, address.email, now=now)
        address.delete()
    Authenticator.objects.filter(user=account).delete()
    account.email = recovery.new_email
    account.set_unusable_password()
    account.save(update_fields=["email", "password"])
    EmailAddress.objects.create(user=account, email=recovery.new_email, primary=True, verified=False)
    end_sessions(account)
    recovery.done_at = now
    recovery.save(update_fields=["done_at"])
    write_to_address(
        person, "recovery_done", to_address=recovery.new_email, key=f"recovery_done:{recovery.pk}", now=now,
        secrets={"link": link_of(account)},
    )  # fmt: skip
    tell_audit("recovery_done", actor=actor, now=now, person=str(person.uuid))
    return recovery


def _locked(recovery_id: int) -> Recovery:
    """The recovery, locked, where it is still open; else Refused `recovery_closed`."""
    recovery = Recovery.objects.select_for_update(of=("self",)).select_related("person__account").get(pk=recovery_id)
    if recovery.done_at is not None or recovery.stopped_at is not None:
        raise Refused("recovery_closed")
    return recovery


def refuse_interest(person: Person, actor: Actor) -> None:
    """Nobody recovers their own account, or that of someone they declared a tie to; raises Refused."""
    if actor.person is not None and person.pk == actor.person.pk:
        raise Refused("own_account")
    if DeclaredInterest.objects.filter(officer=actor.person, about=person, ended_at=None).exists():
        raise Refused("declared_interest")


def _is_taken(email: str, account: Account) -> bool:
    """Whether someone else signs in with this address, or confirmed it."""
    return (
        Account.objects.filter(email=email).exclude(pk=account.pk).exists()
        or EmailAddress.objects.filter(email__iexact=email, verified=True).exclude(user=account).exists()
    )


def _warn(recovery: Recovery, now: datetime) -> None:
    """Tell every old address how to stop it, and the new one what comes."""
    person, effective = recovery.person, recovery.effective_at
    link = f"{settings.ENVIRONMENT.origin}/account/recovery/{stop_token(recovery)}/"
    old = set(EmailAddress.objects.filter(user=person.account, verified=True).values_list("email", flat=True))
    old.add(person.account.email)  # type: ignore[union-attr]
    for number, email in enumerate(sorted(old)):
        write_to_address(
            person, "address_retired", to_address=email, key=f"address_retired:{recovery.pk}:{number}", now=now,
            values={"effective": effective}, secrets={"stop_link": link},
        )  # fmt: skip
    write_to_address(
        person, "recovery_begun", to_address=recovery.new_email, key=f"recovery_begun:{recovery.pk}", now=now,
        values={"effective": effective},
    )  # fmt: skip
