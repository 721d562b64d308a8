"""One paper that comes with a form after the approval: kept at once, so that a mistake elsewhere loses nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import get_language

from peercert import words
from peercert.gateways.sanitise import Unacceptable
from peercert.program.casework.models import Case, Document
from peercert.program.errors import Refused
from peercert.program.journey import documents
from peercert.web.applicant.keep import said
from peercert.web.applicant.papers import most_bytes
from peercert.web.doors import as_applicant, now


@dataclass(frozen=True)
class Kept:
    """The paper that this page has so far, if any."""

    document: Document | None = None


def keep_paper(request: HttpRequest, form: Form, field: str, case: Case, kind: str) -> Kept:
    """Give the file of `field` to the case; without one, the paper that an earlier try of this page gave (`paper`).

    What cannot be taken becomes a sentence beside the field. Call after `form.is_valid()`.
    """
    file = request.FILES.get(field)
    if file is None:
        earlier = form.cleaned_data.get("paper") if hasattr(form, "cleaned_data") else None
        found = Document.objects.filter(case=case, kind=kind, uuid=earlier, replaced_at=None) if earlier else None
        return Kept(found.exclude(state="refused").first() if found is not None else None)
    try:
        if (file.size or 0) > most_bytes():
            raise Unacceptable("too_large")
        document = documents.give_document(
            case.pk, kind=kind, name=str(file.name), content=file.read(), actor=as_applicant(request), now=now()
        )
    except Unacceptable as why:
        form.add_error(field, words.fill("documents", why.code, lang=(get_language() or "en")[:2]))
        return Kept()
    except Refused as why:
        form.add_error(field, said(why))
        return Kept()
    # Drawn again with this page, so that a second try need not choose the file anew.
    form.data = form.data.copy()
    form.data["paper"] = str(document.uuid)
    return Kept(document)
