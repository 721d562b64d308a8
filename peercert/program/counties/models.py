"""Counties and their dated participation."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

__all__ = ["County", "Participation"]


class County(models.Model):
    """A county, or one of the two city programs (Berkeley, Tri-City) that run a behavioral health plan."""

    holds = "nothing personal"

    KINDS = [("county", "county"), ("city_program", "city program")]
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=KINDS, default="county")

    def __str__(self) -> str:
        return self.name


class Participation(models.Model):
    """A county's yes to peer support services in one delivery system, for a span of days."""

    holds = "nothing personal"

    SYSTEMS = [
        ("SMHS", "Specialty Mental Health Services"),
        ("DMC", "Drug Medi-Cal"),
        ("DMC-ODS", "Drug Medi-Cal Organized Delivery System"),
    ]
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="participations")
    system = models.CharField(max_length=10, choices=SYSTEMS)
    days = DateRangeField()
    certainty = models.CharField(max_length=12, default="unconfirmed")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_participation_at_a_time",
                expressions=[
                    ("county", RangeOperators.EQUAL),
                    ("system", RangeOperators.EQUAL),
                    ("days", RangeOperators.OVERLAPS),
                ],
            ),
        ]
