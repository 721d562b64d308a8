"""Stored files that no row names: answered, replaced, or left by a step that was cut off between bytes and row.

Every folder of the store is here with the columns that name what lies in it; a house test looks for more. A new file is
always stored under a name of its own and named by a row later, so that what no row names a day later none ever will.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Model

from peercert.gateways import files
from peercert.program.casework import documents
from peercert.program.casework.models import Document, DocumentPage
from peercert.program.certificates import queries as certificates
from peercert.program.certificates.models import CertificateFile
from peercert.program.journey import past_rosters, rosters
from peercert.program.rosters.models import PastRoster, Roster

NAMED_BY: dict[str, tuple[tuple[type[Model], str], ...]] = {
    documents.FOLDER: ((Document, "sealed_path"), (DocumentPage, "path")),
    certificates.FOLDER: ((CertificateFile, "path"),),
    rosters.FOLDER: ((Roster, "path"),),
    past_rosters.FOLDER: ((PastRoster, "file"), (PastRoster, "paper")),
    "doctor": (),  # its probes
}
#: Files that the rows are asked about at once.
MANY = 10_000


def orphans(before: datetime) -> Iterator[str]:
    """Names of stored files of every kind that no row names, stored before `before`."""
    for folder, columns in NAMED_BY.items():
        stored = files.stored_before(folder, before)
        while some := list(islice(stored, MANY)):
            named: set[str] = set()
            for model, column in columns:
                rows = model._default_manager.filter(**{f"{column}__in": some})
                named.update(rows.values_list(column, flat=True))
            yield from (path for path in some if path not in named)
