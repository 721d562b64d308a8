"""An officer's desk: saved views of the queue, and the record of what was exported from it."""

from datetime import datetime

from peercert.program.access import require
from peercert.program.casework.models import AuditEntry, SavedView
from peercert.program.casework.moves import tell_audit
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor


@step
def save_view(name: str, query: str, *, actor: Actor, now: datetime) -> SavedView:
    """Keep a filter of the queue under a name; the same name again is changed. Raises Refused("too_many_views")."""
    require(actor, "see_queue")
    if actor.person is None:
        raise Refused("not_yours")
    own = SavedView.objects.filter(person=actor.person)
    if own.exclude(name=name).count() >= 20:
        raise Refused("too_many_views")
    view, _ = SavedView.objects.update_or_create(
        person=actor.person, name=name, defaults={"query": query[:500], "created_at": now}
    )
    return view


@step
def forget_view(name: str, *, actor: Actor, now: datetime) -> None:
    """Forget one of one's own views; one that is gone already stays gone."""
    require(actor, "see_queue")
    SavedView.objects.filter(person=actor.person, name=name).delete()


@step
def record_export(query: dict[str, str], *, actor: Actor, now: datetime) -> AuditEntry:
    """Record that the queue was exported, with its filters (and without what was typed into the search)."""
    require(actor, "export_queue")
    kept = {name: value for name, value in query.items() if name != "q"}
    return tell_audit("queue_exported", actor=actor, now=now, filters=kept, searched="q" in query)
