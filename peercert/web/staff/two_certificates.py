"""What is on record of certificates, side by side, and what will stand on the one that stays: for whoever proposes to
take one off, and for whoever agrees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import LegalName
from peercert.program.rosters.queries import npis_of, watchers
from peercert.rules.days import add_days, day_of
from peercert.web.doors import now
from peercert.web.standing import area_words, standing_word
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words


@dataclass(frozen=True)
class Line:
    """What two records say of the same, and whether it is the same."""

    what: str
    #: The number of each and what it says.
    cells: Sequence[tuple[str, str]]

    @property
    def differs(self) -> bool:
        """Whether the two say something else."""
        return len({said for _number, said in self.cells}) > 1


def compared(pair: Sequence[Certificate]) -> list[Line]:
    """What the records of these certificates say, line by line."""
    each = [_said(one) for one in pair]
    return [
        Line(what, [(one.number, said[what]) for one, said in zip(pair, each, strict=True)])
        for what in (each[0] if each else ())
    ]


def _said(certificate: Certificate) -> dict[str, str]:
    today, person = day_of(now()), certificate.person
    name = LegalName.objects.filter(person=person, until_at=None).first()
    none = _("none")
    stands = (f"{standing_word(row.state).word}: {days(row.valid)}" for row in queries.standing_rows(certificate))
    areas = (f"{area_words([row.area])[0]}: {days(row.valid)}" for row in queries.specializations_of(certificate))
    npis = (f"{one.npi}: {days(one.days)}" for one in npis_of(person).filter(taken_back_at=None))
    return {
        _("Name printed"): certificate.printed_name,
        _("Legal name today"): name.full if name else none,
        _("Born"): day_words(person.born_on) if person.born_on else none,
        _("E-mail of the account"): person.account.email if person.account else none,
        _("Issued"): day_words(certificate.issued_on),
        _("Standing"): "; ".join(stands) or none,
        _("Areas of specialization"): "; ".join(areas) or none,
        _("Areas shown to others"): _("Yes") if certificate.shows_areas else _("No"),
        "NPI": "; ".join(npis) or none,
        _("Older numbers"): "; ".join(certificate.old_numbers.order_by("pk").values_list("number", flat=True)) or none,
        _("Watched by"): "; ".join(one.organisation.name for one in watchers(certificate, today)) or none,
    }


def days(span: Any) -> str:
    """The days of a span, in words."""
    return _through(span.lower, add_days(span.upper, -1) if span.upper else None)


def afterwards(planned: Mapping[str, Any]) -> list[Row]:
    """What will stand on the certificate that stays, as two people agree to it."""
    areas = [
        Row(area_words([area])[0], "; ".join(_spans(spans))) for area, spans in planned.get("areas", {}).items()
    ]  # fmt: skip
    npis = [Row("NPI", f"{npi}: {_told(first, last)}") for npi, first, last in planned.get("npis", ())]
    shown = [Row(_("Areas shown to others"), _("Yes") if planned["shows"] else _("No"))] if areas else []
    return areas + shown + npis


def _spans(spans: Iterable[Sequence[str | None]]) -> list[str]:
    return [_told(first, last) for first, last in spans]


def _told(first: str | None, last: str | None) -> str:
    assert first is not None
    return _through(date.fromisoformat(first), date.fromisoformat(last) if last else None)


def _through(first: date, last: date | None) -> str:
    return f"{day_words(first)} – {day_words(last)}" if last else _("since %(day)s") % {"day": day_words(first)}
