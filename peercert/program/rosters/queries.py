"""Reads of rosters: who watches a certificate, whom an organisation watches, what it was told, and whose an NPI is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from peercert.program.certificates.models import Certificate
from peercert.program.people.models import LegalName, Person
from peercert.program.people.organisations import Agreement, ApiUse, Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.program.people.quotas import READ_WITHOUT_NUMBER
from peercert.program.rosters.models import Change, DigestReader, Npi, Objection, Reach, Roster, RosterRow, Watch
from peercert.rules.days import add_days, start_of
from peercert.rules.figures import figure
from peercert.rules.names import fold

#: Held together by all who write what organisations are told, until their transactions end.
WRITING = 7_032_030
#: How long whoever reads waits for them.
PATIENCE = "5s"


@dataclass(frozen=True)
class Watcher:
    """An organisation that watches a certificate today: why it may, and whether the holder objected."""

    watch: Watch
    organisation: Organisation
    agreement: Agreement | None
    objection: Objection | None


def watchers(certificate: Certificate, on: date) -> list[Watcher]:
    """Who watches this certificate now and may, the longest first: what the holder is told."""
    open_ones = Watch.objects.filter(certificate=certificate, until_at=None).select_related("organisation")
    found = list(open_ones.order_by("from_at", "pk"))
    objections = {one.watch_id: one for one in Objection.objects.filter(watch__in=found).order_by("pk")}
    return [
        Watcher(watch, watch.organisation, agreement, objections.get(watch.pk))
        for watch in found
        if (agreement := agreement_in_force(watch.organisation, on)) is not None
    ]


def told_another_reason(on: date, most: int) -> dict[int, int]:
    """Open watches whose holder was told under an agreement, also given here, and whose reason is another on that day.

    Another reason is another purpose or another sentence.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.id, told.id FROM program_agreement today
            JOIN program_agreement told ON told.organisation_id = today.organisation_id AND told.id <> today.id
                AND (told.purpose, told.text_en, told.text_es) <> (today.purpose, today.text_en, today.text_es)
            JOIN program_watch w ON w.organisation_id = today.organisation_id AND w.until_at IS NULL
                AND w.told_at >= told.approved_at AND (told.ended_at IS NULL OR w.told_at < told.ended_at)
                AND (w.told_at AT TIME ZONE 'America/Los_Angeles')::date BETWEEN told.from_on AND told.until_on
            WHERE today.ended_at IS NULL AND %s BETWEEN today.from_on AND today.until_on
            ORDER BY w.id LIMIT %s
            """,
            [on, most],
        )
        return dict(cursor.fetchall())


def npi_on(person: Person, on: date) -> Npi | None:
    """The NPI that is this person's on that day."""
    return npis_of(person).filter(taken_back_at=None, days__contains=on).first()


def npis_of(person: Person) -> QuerySet[Npi]:
    """Every span of theirs, those taken back too, the newest first."""
    return Npi.objects.filter(person=person).order_by("-entered_at", "-pk")


def people_by_npi(npi: str, on: date) -> QuerySet[Person]:
    """Whose this NPI is on that day: one person or none."""
    spans = Npi.objects.filter(npi=npi, days__contains=on, taken_back_at=None)
    return Person.objects.filter(pk__in=spans.values("person"))


def rosters_of(organisation: Organisation) -> QuerySet[Roster]:
    """What the organisation sent, the newest first."""
    return Roster.objects.filter(organisation=organisation).select_related("by").order_by("-pk")


def lines_of(roster: Roster) -> QuerySet[RosterRow]:
    """The lines of a roster with their answers, in their order."""
    return RosterRow.objects.filter(roster=roster).order_by("line")


def open_watches(organisation: Organisation) -> QuerySet[Watch]:
    """Whom the organisation watches now, the newest watch first."""
    return Watch.objects.filter(organisation=organisation, until_at=None).order_by("-pk")


def people_with_words(text: str) -> QuerySet[Person]:
    """Whose current name has all the typed words, whole and folded: found by an index, however many are watched."""
    words = sorted(set(fold(text).split()))[:6]
    names = LegalName.objects.filter(until_at=None, words__contains=words) if words else LegalName.objects.none()
    return Person.objects.filter(pk__in=names.values("person"))


def is_watched(organisation: Organisation, certificate: Certificate) -> bool:
    """Whether this organisation watches this certificate now."""
    return open_watches(organisation).filter(certificate=certificate).exists()


def barred(organisation: Organisation) -> QuerySet[Certificate]:
    """Certificates that it may not watch: all of whoever objected to it with success, and what answers for one."""
    upheld = Objection.objects.filter(is_upheld=True, watch__organisation=organisation)
    people, merged = (upheld.values(f"watch__certificate__{name}") for name in ("person", "merged_into"))
    return Certificate.objects.filter(Q(person__in=people) | Q(pk__in=merged))


def is_barred(organisation: Organisation, certificate: Certificate) -> bool:
    """Whether an objection was upheld for good."""
    return barred(organisation).filter(pk=certificate.pk).exists()


def may_read(organisation: Organisation, certificate: Certificate, on: date) -> bool:
    """Whether its machines may read who holds this: on its roster, or asked for by number not many days ago (figure).

    Reading again without the number prolongs nothing, and an upheld objection ends it at once.
    """
    if open_watches(organisation).filter(certificate=certificate).exists():
        return True
    since = start_of(add_days(on, -int(figure("api_number_opens_days", on).value)))
    asked = ApiUse.objects.filter(
        number=certificate.number, key__organisation=organisation, status__lt=400, at__gte=since
    ).exclude(kind=READ_WITHOUT_NUMBER)
    return asked.exists() and not is_barred(organisation, certificate)


def reached(organisation: Organisation) -> QuerySet[Reach]:
    """What the organisation was told, the newest first; `is_watching` says whether it may still be told a name."""
    watching = Watch.objects.filter(
        organisation=OuterRef("organisation"), certificate=OuterRef("change__certificate"), until_at=None
    )
    told = Reach.objects.filter(organisation=organisation).annotate(is_watching=Exists(watching))
    return told.select_related("change__certificate").order_by("-pk")


def settled(organisation: Organisation) -> int:
    """The key of the newest change that it was told, where no lower one can still come. 0 before the first.

    Keys are given while changes are written, and who began first may end last: the writers of this moment, who have a
    lock in common, are waited for. Raises OperationalError where one takes very long.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [PATIENCE])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING])
        newest = Reach.objects.filter(organisation=organisation).order_by("-pk").first()
    return newest.pk if newest else 0


def reached_since(organisation: Organisation, since: datetime) -> QuerySet[Reach]:
    """What the organisation was told from that moment on, in the order in which it happened."""
    return reached(organisation).filter(at__gte=since).order_by("at", "pk")


def people_reached_since(organisation: Organisation, since: datetime) -> int:
    """Of how many people that is."""
    told = Reach.objects.filter(organisation=organisation, at__gte=since)
    return int(told.aggregate(people=Count("change__certificate", distinct=True))["people"])


def changes_of(certificate: Certificate) -> QuerySet[Change]:
    """Every change of a certificate in its order."""
    return Change.objects.filter(certificate=certificate).order_by("sequence")


def wants_digest(organisation: Organisation, person: Person) -> bool:
    """Whether this member wants the daily digest."""
    return DigestReader.objects.filter(organisation=organisation, person=person).exists()


def told(reach: Any, name: str) -> dict[str, Any]:
    """One change as machines read it: the same names in files, messages and webhooks. `name` is today's."""
    change = reach.change
    return {
        "id": str(change.uuid), "at": change.at.isoformat(), "certificate": change.certificate.number,
        "sequence": change.sequence, "kind": change.kind, "on": change.on.isoformat(),
        "name": name if reach.is_watching else None, **change.values,
    }  # fmt: skip
