"""Reads about persons: their name today, and who is meant by a name that somebody typed.

Search goes by distinct name words (pitfall: fuzzy search over all names takes a quarter of a second at a million).
The words that a typed word may stand for are found first, among words; then the people who have one of them for each
typed word, at most CAP of them; ranking happens outside that cap.
"""

import hashlib
import json
import re
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from peercert.program.people.likeness import distance, forgiven, one_mistake_from
from peercert.program.people.models import LegalName, Person
from peercert.program.people.organisations import Agreement, ApiKey, ApiTally, Membership, Organisation
from peercert.rules.names import fold

#: No search looks at more people than this, however common the name.
CAP = 1_000
#: No typed word stands for more words than this.
SPELLINGS = 12
#: Words longer than this, or names of more words, are cut: nobody types them, and work stays bounded.
LONGEST_WORD, MOST_WORDS = 60, 6

#: What the secret of a second factor is sealed as belonging to.
ABOUT_SECOND_FACTOR = "second factor"

#: How a key begins, by which people tell keys apart.
_PREFIX = re.compile(r"(pck_[0-9a-z]{1,16})_").match

#: Words before a last name that some write apart and some do not.
PARTICLES = ("de la", "de los", "de las", "del", "de", "la", "le", "da", "dos", "van", "von", "mc", "mac", "o", "san")


#: Someone who may be meant: typing mistakes (0: it is the name), folded last and first name, key of the person. Sorts.
Found = tuple[int, str, str, int]


def current_name(person: Person) -> LegalName | None:
    """The person's legal name today; None for someone who has not given one yet."""
    return LegalName.objects.filter(person=person, until_at=None).first()


def greeting_name(person: Person) -> str:
    """The name used in every greeting: the chosen one, else the first legal name, else nothing."""
    if person.chosen_name:
        return person.chosen_name
    name = current_name(person)
    return name.first if name else ""


def is_retired(person: Person, email: str) -> bool:
    """Whether the person said that they no longer use this address."""
    return person.retired_addresses.filter(email=email.strip().lower()).exists()


def person_by_email(email: str) -> Person | None:
    """The person who signs in with this address."""
    return Person.objects.filter(account__email=email.strip().lower()).first()


def memberships_of(person: Person) -> QuerySet[Membership]:
    """Every organisation that this person acts for now, by name."""
    now_serving = Membership.objects.filter(person=person, until_at=None, organisation__ended_at=None)
    return now_serving.select_related("organisation").order_by("organisation__name_key", "pk")


def open_membership(organisation: Organisation, person: Person | None) -> Membership | None:
    """The membership by which this person acts for the organisation now; None for everyone else."""
    return Membership.objects.filter(organisation=organisation, person=person, until_at=None).first()


def agreement_in_force(organisation: Organisation, on: date) -> Agreement | None:
    """The agreement that lets the organisation watch and ask on that day; None where it may not."""
    if organisation.state != "open":
        return None
    return organisation.agreements.filter(ended_at=None, from_on__lte=on, until_on__gte=on).first()


def digest_of(secret: str) -> str:
    """What is kept of a secret that has enough luck in it to need no slow hashing: a key or an invitation's token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_presented(secret: str, at: datetime, on: date) -> ApiKey | None:
    """The key that a machine showed, where it opens anything at that moment; one indexed read.

    A key opens nothing once it is revoked or expired, its organisation ended, or no agreement is in force that day.
    """
    keys = ApiKey.objects.raw(
        """
        SELECT k.*, o.quotas FROM program_apikey k
        JOIN program_organisation o ON o.id = k.organisation_id AND o.ended_at IS NULL
        WHERE k.digest = %s AND EXISTS (
            SELECT FROM program_agreement WHERE organisation_id = k.organisation_id AND ended_at IS NULL
            AND %s BETWEEN from_on AND until_on)
        """,
        [digest_of(secret), on],
    )
    key = next(iter(keys), None)
    if key is None or not key.is_good(at, on):
        return None
    key.quotas = json.loads(str(key.quotas))  # this statement gives the column as text
    return key


def key_named_by(secret: str) -> ApiKey | None:
    """The key that begins as what a machine showed, whether it opens anything or not."""
    begun = _PREFIX(secret)
    return ApiKey.objects.select_related("organisation").filter(prefix=begun[1]).first() if begun else None


def asked_today(organisation: Organisation, kind: str, on: date) -> int:
    """How much of one kind the organisation asked that day, over all its keys."""
    counts = ApiTally.objects.filter(organisation=organisation, on=on, kind=kind).values_list("count", flat=True)
    return counts.first() or 0


def people_called(text: str, limit: int = 20) -> list[int]:
    """The keys of those who may be meant by this name, closest first.

    Every typed word must be one of the name's, or close to one. Accents, case, hyphens, the order of the words and
    small typing mistakes do not matter; a second mistake in a word is thought of where nothing closer is found.
    Former names are not searched.
    """
    words = list(dict.fromkeys(word[:LONGEST_WORD] for word in fold(text).split()))[:MOST_WORDS]
    if not words:
        return []
    found = _with_words([{word: 0} for word in words], limit)
    if len(found) < limit:
        one = spellings(words, most=1)
        exact = {person for *_name, person in found}
        found = sorted([*found, *(near for near in _with_words(one, limit) if near[-1] not in exact)])[:limit]
        if not found:
            two = spellings(words, least=2)
            found = _with_words([further | closer for closer, further in zip(one, two, strict=True)], limit)
    return [person for *_name, person in found]


def whole_names(text: str) -> dict[str, int]:
    """The folded whole last names that `text` may stand for, each with its mistakes; the closest first.

    Half a last name stands for nothing but itself. "de la cruz" and "delacruz" stand for each other, and so do
    "garcia lopez" and "garcialopez".
    """
    words = [word[:LONGEST_WORD] for word in fold(text).split()][:MOST_WORDS]
    joined = "".join(words)
    if not words:
        return {}
    names: dict[str, int] = {"": 0}
    for likely in spellings(words):
        longer = {
            f"{begun} {spelling}".strip(): so_far + mistakes
            for begun, so_far in names.items()
            for spelling, mistakes in likely.items()
        }
        names = dict(sorted(longer.items(), key=lambda item: (item[1], item[0]))[:SPELLINGS])
    if len(words) > 1:
        names.setdefault(joined, 1)
    else:
        for apart in _written_apart(joined):
            names.setdefault(apart, 1)
    return names


def beginnings(text: str) -> list[str]:
    """How a folded first name may begin that somebody typed, in full or in part: as typed first, then spelled right."""
    word, _, rest = fold(text)[:LONGEST_WORD].partition(" ")
    return [f"{likely} {rest}".strip() for likely in spellings([word])[0]] if word else []


def _written_apart(word: str) -> list[str]:
    """The names of two words, or of a particle and a word, that one word may be when written together."""
    halves = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
    with connection.cursor() as cursor:
        every = [half for pair in halves for half in pair]
        cursor.execute("SELECT word FROM program_nameword WHERE word = ANY(%s)", [every])
        known = {found for (found,) in cursor.fetchall()}
    starts = {particle.replace(" ", ""): particle for particle in PARTICLES}
    return [
        f"{starts.get(left, left)} {right}" for left, right in halves if right in known and left in known | {*starts}
    ]


def spellings(words: list[str], *, least: int = 1, most: int = 2) -> list[dict[str, int]]:
    """For each typed word the words of current names that it may stand for, with their mistakes, closest first.

    No word has more than `most` mistakes, nor more than its length forgives; those with fewer than `least` were looked
    up before and need not be found again.

    A typed word is always among its own, so that a name nobody has takes the same steps as one that someone has. All
    words are looked up at once: one mistake exactly, by trying every such word against the key; two in a long word by
    trigrams.
    """
    tried = [other for word in words if forgiven(word) >= least == 1 for other in one_mistake_from(word)]
    long = [word for word in words if min(forgiven(word), most) > 1]
    also = " UNION SELECT word FROM program_nameword WHERE word %% %s" * len(long)
    with connection.cursor() as cursor:
        # One text travels faster than a list of a thousand. Only the number of placeholders varies.
        cursor.execute(
            f"SELECT word FROM program_nameword WHERE word = ANY(string_to_array(%s, ' ')){also}",  # noqa: S608
            [" ".join(tried), *long],
        )
        near = [found for (found,) in cursor.fetchall()]
    return [_closest(word, near, min(forgiven(word), most)) for word in words]


def _closest(word: str, near: list[str], most: int) -> dict[str, int]:
    far = ((distance(word, found, most), found) for found in near) if most else ()
    close = sorted((mistakes, found) for mistakes, found in far if mistakes <= most)
    return {word: 0} | {found: mistakes for mistakes, found in close[:SPELLINGS]}


def _with_words(asked: list[dict[str, int]], limit: int) -> list[Found]:
    """Whose current name has one of the spellings for each asked word, closest first."""
    every = " AND ".join("words && %s::varchar[]" for _ in asked)
    ranked = " + ".join(
        "(SELECT min(m) FROM unnest(%s::text[], %s::int[]) AS s(w, m) WHERE s.w = ANY(words))" for _ in asked
    )
    asking = (
        # Only the number of placeholders varies; every value is a parameter.
        f"WITH likely AS MATERIALIZED (SELECT * FROM program_legalname"  # noqa: S608
        f" WHERE until_at IS NULL AND {every} LIMIT {CAP})"
        f" SELECT {ranked} AS mistakes, last_key, first_key, person_id FROM likely ORDER BY 1, 2, 3, 4 LIMIT %s"
    )
    ranks = (part for group in asked for part in (list(group), list(group.values())))
    with connection.cursor() as cursor:
        cursor.execute(asking, [*map(list, asked), *ranks, limit])
        found: list[Found] = cursor.fetchall()
    return found
