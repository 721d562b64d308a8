"""Partners of the program: training providers and the spans in which they are authorised. Kept by officers until
providers have their own door; every change is written to the audit."""

from datetime import date, datetime
from uuid import UUID

from peercert.program.access import require
from peercert.program.casework.moves import tell_audit
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.program.training import actions
from peercert.program.training.models import Provider, ProviderApproval


@step
def record_provider(name: str, *, website: str = "", contact: str = "", actor: Actor, now: datetime) -> Provider:
    """Put a provider on the list. Raises Refused("provider_known")."""
    require(actor, "keep_providers")
    made = actions.new_provider(name, website=website, contact=contact, now=now)
    tell_audit("provider_recorded", actor=actor, now=now, provider=made.number, name=made.name)
    return made


@step
def change_provider(
    provider: UUID, *, name: str, website: str = "", contact: str = "", actor: Actor, now: datetime
) -> Provider:
    """Change a provider's name or contact."""
    require(actor, "keep_providers")
    row = Provider.objects.select_for_update().get(uuid=provider)
    before = row.name
    changed = actions.change_provider(row, name=name, website=website, contact=contact)
    tell_audit("provider_changed", actor=actor, now=now, provider=row.number, before=before, name=changed.name)
    return changed


@step
def record_authorisation(
    provider: UUID,
    *,
    type: str,
    language: str,
    approved_on: date,
    contract_executed_on: date | None = None,
    until_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> ProviderApproval:
    """Record a span of authorisation. Raises Refused("days_out_of_order", "span_overlaps")."""
    require(actor, "keep_providers")
    row = Provider.objects.select_for_update().get(uuid=provider)
    span = actions.record_span(
        row, type=type, language=language, approved_on=approved_on, contract_executed_on=contract_executed_on,
        until_on=until_on, by=actor.person, now=now,
    )  # fmt: skip
    _tell("authorisation_recorded", span, actor=actor, now=now)
    return span


@step
def execute_contract(span_id: int, on: date, *, actor: Actor, now: datetime) -> ProviderApproval:
    """Record the day on which a span's contract was executed."""
    span = actions.execute_contract(_locked(span_id, actor), on)
    _tell("authorisation_recorded", span, actor=actor, now=now)
    return span


@step
def end_authorisation(span_id: int, until_on: date, *, actor: Actor, now: datetime) -> ProviderApproval:
    """End a span on a day. Courses under way that day go to an officer, never to a denial by machine."""
    span = actions.end_span(_locked(span_id, actor), until_on)
    _tell("authorisation_ended", span, actor=actor, now=now)
    return span


@step
def take_back_authorisation(span_id: int, because: str, *, actor: Actor, now: datetime) -> ProviderApproval:
    """Take back a span that was recorded by mistake. Raises Refused("reason_needed")."""
    span = _locked(span_id, actor)
    if not because.strip():
        raise Refused("reason_needed")
    actions.take_back_span(span, because.strip(), now=now)
    _tell("authorisation_taken_back", span, actor=actor, now=now)
    return span


def _locked(span_id: int, actor: Actor) -> ProviderApproval:
    require(actor, "keep_providers")
    provider = ProviderApproval.objects.values_list("provider", flat=True).get(pk=span_id)
    Provider.objects.select_for_update().get(pk=provider)
    span = ProviderApproval.objects.select_related("provider").get(pk=span_id)
    if span.taken_back_at is not None:
        raise Refused("span_taken_back")
    return span


def _tell(happened: str, span: ProviderApproval, *, actor: Actor, now: datetime) -> None:
    tell_audit(
        happened, actor=actor, now=now, provider=span.provider.number, type=span.type, language=span.language,
        approved_on=str(span.approved_on), until_on=str(span.until_on or ""),
    )  # fmt: skip
