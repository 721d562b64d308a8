"""Writes about persons that move no case: a new person, a legal name, a retired address, what a key was used for."""

from datetime import date, datetime

from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.functions import Now

from peercert.program.errors import Refused
from peercert.program.people.models import Account, LegalName, NameWord, Person, RetiredAddress
from peercert.program.people.organisations import ApiKey, ApiTally, ApiUse
from peercert.rules.days import day_of
from peercert.rules.names import fold, tidy

#: A key is cut here: one letter of a name may fold into many.
LONGEST_KEY = 120


def new_person(
    *,
    account: Account | None = None,
    born_on: date | None = None,
    chosen_name: str = "",
    language: str = "en",
    is_demo: bool = False,
) -> Person:
    """A person on record, with or without a way to sign in."""
    return Person.objects.create(
        account=account, born_on=born_on, chosen_name=chosen_name, language=language, is_demo=is_demo
    )


@transaction.atomic
def set_legal_name(
    person: Person, first: str, middle: str, last: str, *, now: datetime, because: str = "given"
) -> LegalName:
    """The person's legal name from now on; the one before becomes history. The same name again changes nothing.

    Keeps what is found by the name true: folded keys and distinct words. Cases are sorted by it, too: the step that
    changes a name also calls `casework.actions.keep_sort_name`.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    first, middle, last = (tidy(part) for part in (first, middle, last))
    current = LegalName.objects.filter(person=person, until_at=None).first()
    if current is not None:
        if (current.first, current.middle, current.last) == (first, middle, last):
            return current
        current.until_at = max(now, current.from_at)
        current.save(update_fields=["until_at"])
    words = name_words(first, middle, last)
    NameWord.objects.bulk_create([NameWord(word=word) for word in words], ignore_conflicts=True)
    return LegalName.objects.create(
        person=person, first=first, middle=middle, last=last, first_key=fold(first)[:LONGEST_KEY],
        last_key=fold(last)[:LONGEST_KEY], words=words, from_at=now, because=because,
    )  # fmt: skip


def name_words(*parts: str) -> list[str]:
    """The distinct folded words of a whole name, in alphabetical order: what search looks through."""
    return sorted({word[:LONGEST_KEY] for part in parts for word in fold(part).split()})


def retire_address(person: Person, email: str, *, now: datetime) -> RetiredAddress:
    """Note that a person no longer uses an address: no letter is sent there again."""
    return RetiredAddress.objects.get_or_create(
        person=person, email=email.strip().lower(), defaults={"retired_at": now}
    )[0]


def take_up_address(person: Person, email: str) -> None:
    """The person confirmed an address that they had given up: letters may go there again."""
    person.retired_addresses.filter(email=email.strip().lower()).delete()


def end_sessions(account: Account, *, but: str | None = None) -> int:
    """End every session of this account, save the one with the key `but`; how many ended.

    A session lives thirty minutes, so those alive are few, and each is looked at.
    """
    ended = 0
    for session in Session.objects.filter(expire_date__gt=Now()).iterator():
        if session.session_key != but and session.get_decoded().get("_auth_user_id") == str(account.pk):
            session.delete()
            ended += 1
    return ended


def spend(key: ApiKey, kind: str, count: int, *, on: date, most: int | None = None) -> int | None:
    """Count what a key is about to ask of its organisation's day; the sum, or None, counting nothing, where too much.

    One statement whose row is locked for a moment only: two requests at once never pass the limit together. Call it
    outside other transactions: losing a second of counting in a crash harms nobody, so it waits for no disk then.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute("SET LOCAL synchronous_commit = off")
        return count_asked(key.organisation_id, kind, count, on=on, most=most)


def give_back(key: ApiKey, kind: str, count: int, *, on: date) -> None:
    """Take back what `spend` counted of a request that we could not answer."""
    counted = ApiTally.objects.filter(organisation=key.organisation_id, on=on, kind=kind, count__gte=count)
    counted.update(count=F("count") - count)


def count_asked(organisation_id: int, kind: str, count: int, *, on: date, most: int | None = None) -> int | None:
    """Count what an organisation asks that day, by key or file; the sum, or None, counting nothing, where too much."""
    if most is not None and count > most:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO program_apitally AS t (organisation_id, "on", kind, count) VALUES (%s, %s, %s, %s)'
            ' ON CONFLICT (organisation_id, "on", kind) DO UPDATE SET count = t.count + excluded.count'
            " WHERE %s::bigint IS NULL OR t.count + excluded.count <= %s RETURNING count",
            [organisation_id, on, kind[:30], count, most, most],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def log_use(key: ApiKey, kind: str, *, status: int, now: datetime, number: str = "", count: int = 1) -> None:
    """Note a request by a key in the log that its organisation reads. `number` where it was about one certificate."""
    ApiUse.objects.create(key=key, at=now, kind=kind[:30], number=number, count=count, status=status)
    on = day_of(now)
    if key.last_used_on != on:
        ApiKey.objects.filter(Q(last_used_on=None) | Q(last_used_on__lt=on), pk=key.pk).update(last_used_on=on)


@transaction.atomic
def become_one(record: Person, person: Person, *, now: datetime) -> None:
    """Let every row that names `record`, who never had an account, name `person`; `record` is gone afterwards.

    Whoever is one person has one current name: that of `person`, where they have one. Raises Refused("claim_has_cases")
    where the database allows one row a person and both have it.
    """
    if LegalName.objects.filter(person=person, until_at=None).exists():
        LegalName.objects.filter(person=record, until_at=None).update(until_at=now)
    try:
        with transaction.atomic():
            for relation in Person._meta.get_fields(include_hidden=True):
                if isinstance(relation, ForeignObjectRel):
                    name = relation.field.name
                    rows = relation.related_model._base_manager.filter(**{name: record})
                    if rows.exists():  # tables that are only added to may not even be asked to change nothing
                        rows.update(**{name: person})
    except IntegrityError:
        raise Refused("claim_has_cases") from None
    if person.born_on is None and record.born_on is not None:
        person.born_on = record.born_on
        person.save(update_fields=["born_on"])
    record.delete()
