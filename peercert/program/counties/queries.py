"""Reads of counties."""

from django.db.models import QuerySet

from peercert.program.counties.models import County


def all_counties() -> QuerySet[County]:
    """The counties by name, without the city programs (people live in counties)."""
    return County.objects.filter(kind="county").order_by("name")
