"""Saves an answer of the parts page as it is given, into the visitor's own session: the protocol's shortest example."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from peercert.web.demo.parts import Sample
from peercert.web.doors import now, public
from peercert.web.ui import autosave

KEY = "parts"


@public
@require_POST
def parts_save(request: HttpRequest) -> HttpResponse:
    """One answer: saved (200), not to be taken (422), or changed elsewhere meanwhile (409)."""
    form, name = Sample(request.POST), request.POST.get("field", "")
    if name not in form.fields:
        raise Http404
    if form[name].errors:
        return autosave.refused(request, form[name])
    kept: dict[str, Any] = request.session.get(KEY, {"version": 0, "answers": {}})
    mine = {key: request.POST[key] for key in request.POST if key == name or key.startswith(f"{name}_")}
    before = kept["answers"].get(name)
    if before and before["version"] > int(request.POST.get("version") or 0) and before["values"] != mine:
        return autosave.conflict(
            request,
            mine=" ".join(mine.values()),
            theirs=" ".join(before["values"].values()),
            theirs_at=datetime.fromisoformat(before["at"]),
            theirs_values=before["values"],
            version=kept["version"],
        )
    kept["version"] += 1
    kept["answers"][name] = {"version": kept["version"], "values": mine, "at": now().isoformat()}
    request.session[KEY] = kept
    return autosave.saved(request, saved_at=now(), version=kept["version"])
