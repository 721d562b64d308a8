"""Reading a roster: which column is what, in English or Spanish, and one line of plain text after another."""

import re
from dataclasses import dataclass
from datetime import date

from peercert.gateways import tables
from peercert.program.certificates.locate import number_key
from peercert.rules import names, npi, numbers

#: What each column may be called; `gateways.tables` forgives case, spaces and hyphens. Others are passed over.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": (
        "certificate", "certificate number", "certificate no", "certificate #", "certificate id", "certification",
        "certification number", "cert number", "cert no", "cert", "número", "numero", "certificado",
        "número de certificado", "numero de certificado", "número del certificado", "numero del certificado",
        "número de certificación", "numero de certificacion",
    ),
    "npi": ("npi number", "npi no", "npi #", "individual npi", "rendering npi", "número npi", "numero npi",
            "número de npi", "numero de npi"),
    "first": ("first name", "given name", "nombre", "nombres", "primer nombre", "nombre de pila"),
    "last": ("last name", "surname", "family name", "apellido", "apellidos"),
    "name": ("full name", "legal name", "employee name", "nombre completo", "nombre legal", "nombre y apellido",
             "nombre y apellidos"),
    "born_on": ("date of birth", "birth date", "birthday", "dob", "born", "born on", "fecha de nacimiento",
                "fecha nacimiento", "nacimiento"),
}  # fmt: skip
_ISO, _US = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sent, with what was understood of it; `reason` where it cannot be anybody's.

    A number that is not one of ours may still be an old one: `old_key` is what it would be found by, and `reason` holds
    only where it is not.
    """

    line: int
    number: str = ""
    npi: str = ""
    first: str = ""
    last: str = ""
    born_on: date | None = None
    reason: str = ""
    old_key: str = ""

    @property
    def first_key(self) -> str:
        """The folded first name."""
        return names.fold(self.first)[:120]

    @property
    def last_key(self) -> str:
        """The folded last name."""
        return names.fold(self.last)[:120]

    @property
    def is_by_name(self) -> bool:
        """Whether nothing but a name and a birth date says who is meant: such lines are counted against a quota."""
        return not self.reason and not self.number and not self.npi


def roster_lines(content: bytes, *, most: int) -> list[Line]:
    """Every line of a file. Raises tables.BadTable, also where nobody could be found by its columns."""
    rows = tables.read(content, HEADINGS)
    if len(rows) > most:
        raise tables.BadTable("too_many_rows", most=most)
    has = {column for row in rows for column in row.cells}
    if not ({"number", "npi"} & has or ("born_on" in has and ({"first", "last"} <= has or {"first", "name"} & has))):
        raise tables.BadTable("columns_missing", columns="number, NPI, name + date of birth")
    return [line(row.line, dict(row.cells)) for row in rows]


def line(at: int, given: dict[str, str]) -> Line:
    """One line by its columns; what cannot be read is kept as it was written, with the reason."""
    first, last = _apart(given)
    try:
        born_on, reason = _day(given.get("born_on", "")), ""
    except ValueError:
        born_on, reason = None, "birth_date_unclear"
    number, npi_text = given.get("number", "")[:40], given.get("npi", "")[:20]
    if number or npi_text:
        # What says who it is says it alone: a birth date beside it is never compared.
        reason = ""
    elif not reason and not (born_on and names.fold(first) and names.fold(last)):
        reason = "too_little"
    try:
        npi_text = npi.read(npi_text) if npi_text else ""
    except (npi.NotAnNpi, npi.TypingMistake):
        reason = "npi_mistyped"
    old_key = number_key(number)
    try:
        number = numbers.read(number, "C") if number else ""
    except (numbers.NotANumber, numbers.TypingMistake):
        reason = "number_mistyped"
    return Line(at, number, npi_text, first[:100], last[:100], born_on, reason, old_key)


def _apart(given: dict[str, str]) -> tuple[str, str]:
    """First and last name: as given, or out of a whole one written "Last, First" or "First Last".

    A lone "Nombre" beside no last name is the whole name.
    """
    first, last = given.get("first", ""), given.get("last", "")
    whole = " ".join((given.get("name", "") or ("" if "last" in given else first)).split())
    if last or not whole:
        return first, last
    if "," in whole:
        last, _, first = whole.partition(",")
        return first.strip(), last.strip()
    first, _, last = whole.partition(" ")
    return first, last


def _day(text: str) -> date | None:
    """A day written 1990-05-01, or 5/1/1990 as in California. Raises ValueError for anything else."""
    text = text.partition("T")[0].partition(" 00:00")[0].strip()
    if not text:
        return None
    if found := _ISO.fullmatch(text):
        return date(*map(int, found.groups()))
    if found := _US.fullmatch(text):
        month, day, year = map(int, found.groups())
        return date(year, month, day)
    raise ValueError(text)
