"""What is on record of certificates, side by side: for whoever proposes to take one off, and for whoever agrees."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import LegalName
from peercert.program.rosters.queries import npi_on, watchers
from peercert.rules.days import add_days, day_of
from peercert.web.doors import now
from peercert.web.standing import area_words, standing_word
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
    npi, none = npi_on(person, today), _("none")
    stands = (
        f"{standing_word(row.state).word}: {day_words(row.valid.lower)}"
        + (f" – {day_words(add_days(row.valid.upper, -1))}" if row.valid.upper else "")
        for row in queries.standing_rows(certificate)
    )
    return {
        _("Name printed"): certificate.printed_name,
        _("Legal name today"): name.full if name else none,
        _("Born"): day_words(person.born_on) if person.born_on else none,
        _("E-mail of the account"): person.account.email if person.account else none,
        _("Issued"): day_words(certificate.issued_on),
        _("Standing"): "; ".join(stands) or none,
        _("Areas of specialization"): "; ".join(area_words(queries.areas_on(certificate, today))) or none,
        "NPI": npi.npi if npi else none,
        _("Older numbers"): "; ".join(certificate.old_numbers.order_by("pk").values_list("number", flat=True)) or none,
        _("Watched by"): "; ".join(one.organisation.name for one in watchers(certificate, today)) or none,
    }
