"""Writes about providers and their dated authorisations. A span is never edited except to end it; a mistake is taken
back, with the reason, and recorded anew."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from peercert.program.errors import Refused
from peercert.program.people.models import Person
from peercert.program.training.models import Provider, ProviderApproval
from peercert.program.training.queries import spans_of
from peercert.rules import names, numbers

#: How often a number that is already taken is drawn anew.
TRIES = 5


def new_provider(name: str, *, website: str = "", contact: str = "", now: datetime) -> Provider:
    """A provider with a number of its own. Raises Refused("provider_known") for a name that is on the list."""
    name = " ".join(name.split())
    key = names.fold(name)
    if Provider.objects.filter(name_key=key).exists():
        raise Refused("provider_known")
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return Provider.objects.create(
                    number=numbers.make("T"), name=name, name_key=key, website=website, contact=contact, recorded_at=now
                )
        except IntegrityError:
            if Provider.objects.filter(name=name).exists():
                raise Refused("provider_known") from None
    raise RuntimeError("no free provider number was drawn")


def change_provider(provider: Provider, *, name: str, website: str, contact: str) -> Provider:
    """Another name or another way to reach a provider. Raises Refused("provider_known")."""
    name = " ".join(name.split())
    key = names.fold(name)
    if Provider.objects.filter(name_key=key).exclude(pk=provider.pk).exists():
        raise Refused("provider_known")
    provider.name, provider.name_key, provider.website, provider.contact = name, key, website, contact
    provider.save(update_fields=["name", "name_key", "website", "contact"])
    return provider


def record_span(
    provider: Provider,
    *,
    type: str,
    language: str,
    approved_on: date,
    contract_executed_on: date | None,
    until_on: date | None,
    by: Person | None,
    now: datetime,
) -> ProviderApproval:
    """A span in which the provider may teach a type in a language: from the later of approval and contract on.

    Raises Refused("days_out_of_order") and Refused("span_overlaps") beside another span of the same type and language.
    """
    starts = [day for day in (approved_on, contract_executed_on) if day]
    if until_on is not None and until_on < max(starts):
        raise Refused("days_out_of_order")
    for other in spans_of(provider, type, language):
        if (until_on is None or other.approved_on <= until_on) and (
            other.until_on is None or approved_on <= other.until_on
        ):
            raise Refused("span_overlaps")
    return ProviderApproval.objects.create(
        provider=provider, type=type, language=language, approved_on=approved_on,
        contract_executed_on=contract_executed_on, until_on=until_on, recorded_at=now, recorded_by=by,
    )  # fmt: skip


def execute_contract(span: ProviderApproval, on: date) -> ProviderApproval:
    """The contract of an approved span was executed that day: from then on it counts. Set once."""
    if span.contract_executed_on is not None or (span.until_on is not None and on > span.until_on):
        raise Refused("days_out_of_order")
    span.contract_executed_on = on
    span.save(update_fields=["contract_executed_on"])
    return span


def end_span(span: ProviderApproval, until_on: date) -> ProviderApproval:
    """The last day of a span. Raises Refused("days_out_of_order") before it began, or where it ended already."""
    started = max(day for day in (span.approved_on, span.contract_executed_on) if day)
    if until_on < started or (span.until_on is not None and until_on > span.until_on):
        raise Refused("days_out_of_order")
    span.until_on = until_on
    span.save(update_fields=["until_on"])
    return span


def take_back_span(span: ProviderApproval, because: str, *, now: datetime) -> ProviderApproval:
    """A span recorded by mistake: it never counted. The row stays, with the reason."""
    if span.taken_back_at is None:
        span.taken_back_at, span.taken_back_because = now, because[:200]
        span.save(update_fields=["taken_back_at", "taken_back_because"])
    return span
