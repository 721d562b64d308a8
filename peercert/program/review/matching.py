"""Who on record may be the person who applies: everyone, whatever became of their cases.

Two roads, both by index: people born on the same day, whose names (former ones too) are then compared in memory; and
people of the same whole name today, whose birth date is unknown or close to a slip of the pen.
"""

from datetime import date, datetime

from django.db.models import QuerySet

from peercert.program.casework.models import Case
from peercert.program.people.likeness import distance, forgiven
from peercert.program.people.models import LegalName, Person
from peercert.program.review.models import PossibleMatch
from peercert.rules.names import fold

#: Nobody compares more people than this of one name, however common it is.
CAP = 500


def find_matches(case: Case, *, now: datetime) -> list[PossibleMatch]:
    """Write a row for everyone on record who may be the applicant; those found before keep their answer."""
    application = case.application
    first, last, born_on = application.first_name or "", application.last_name or "", application.born_on
    found: dict[int, str] = {}
    if born_on:
        names = LegalName.objects.filter(person__born_on=born_on).exclude(person=case.person_id)
        for name in names.order_by("pk"):
            how = _alike(fold(first), fold(last), name)
            if how == "same":
                found[name.person_id] = "name_and_birth_date"
            elif how:
                found.setdefault(name.person_id, "birth_date_and_similar_name")
    same = LegalName.objects.filter(last_key=fold(last), first_key=fold(first), until_at=None)
    for name in same.exclude(person=case.person_id).select_related("person").order_by("pk")[:CAP]:
        if name.person_id not in found:
            if name.person.born_on is None:
                found[name.person_id] = "name_without_birth_date"
            elif born_on and is_slip(born_on, name.person.born_on):
                found[name.person_id] = "name_and_similar_birth_date"
    known = set(PossibleMatch.objects.filter(case=case).values_list("other_id", flat=True))
    PossibleMatch.objects.bulk_create(
        [
            PossibleMatch(case=case, other_id=person, likeness=likeness, found_at=now)
            for person, likeness in found.items()
            if person not in known
        ],
        ignore_conflicts=True,
    )
    return list(PossibleMatch.objects.filter(case=case).order_by("pk"))


def is_slip(one: date, other: date) -> bool:
    """Whether two days differ as days do by a slip of the pen: month and day swapped, or one digit wrong."""
    if one == other:
        return True
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return True
    left, right = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    return sum(a != b for a, b in zip(left, right, strict=True)) == 1


def cases_of(person: Person) -> QuerySet[Case]:
    """What is on record of someone who may be the same person, the latest first; drafts are nobody's business."""
    return Case.objects.filter(person=person).exclude(stage="draft").exclude(number=None).order_by("-opened_at")


def _alike(first: str, last: str, name: LegalName) -> str:
    """ "same", "similar" or "" for a folded name beside a name on record."""
    if (first, last) == (name.first_key, name.last_key):
        return "same"
    return "similar" if _near(first, name.first_key) and _near(last, name.last_key) else ""


def _near(one: str, other: str) -> bool:
    """One word in common (a second last name left out), or the words differ by a typing mistake, or initials."""
    if not one or not other:
        return False
    if set(one.split()) & set(other.split()):
        return True
    most = forgiven(min(one, other, key=len))
    if most and distance(one, other, most) <= most:
        return True
    return min(len(one), len(other)) == 1 and one[0] == other[0]
