"""`python -m peercert.commands.closed_days YEAR`: a first list of a year's closed days, for a person to confirm.

From the holidays library's California calendar, without the observances on which state offices work. The entry goes
into rules/figures/closed_days.toml as unconfirmed; whoever confirms it changes that word and names the source.
"""

import sys
from datetime import date

#: Named by the calendar, but no day on which offices close.
OPEN = (
    "Susan B. Anthony",
    "Columbus",
    "Diwali",
    "Christmas Eve",
    "Carter",
    "Day after Christmas",
    "Day After Christmas",
)

ENTRY = """
[[closed_days_{year}]]
from = {year}-01-01
value = [{days}]
source = "California state holidays, from the holidays library; to be confirmed by a person"
certainty = "unconfirmed"
"""


def closed_days(year: int) -> list[date]:
    """The days of that year on which state offices close, as the library has them."""
    import holidays

    calendar = holidays.country_holidays("US", subdiv="CA", years=year, categories=("public", "government"))
    return sorted(
        day
        for day, name in calendar.items()
        if day.year == year and not all(any(each in part for each in OPEN) for part in name.split(";"))
    )


def main() -> int:
    """Writes the entry of each year that was named."""
    for year in sys.argv[1:]:
        sys.stdout.write(ENTRY.format(year=year, days=", ".join(map(str, closed_days(int(year))))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
