"""The counties and city programs: reference data that every database needs."""

from typing import Any

from django.db import migrations

from peercert.program.counties.names import rows


def add_counties(apps: Any, schema_editor: Any) -> None:
    """Add what is not there yet."""
    county = apps.get_model("program", "County")
    county.objects.bulk_create([county(**row) for row in rows()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("program", "0001_initial")]
    operations = [migrations.RunPython(add_counties, migrations.RunPython.noop)]
