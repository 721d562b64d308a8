"""Reads of training: who teaches, and who was authorised to when."""

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from peercert.program.training.models import Provider, ProviderApproval


def teachers(type: str = "core") -> QuerySet[Provider]:
    """Providers that are or were authorised to teach this type, by name. Past ones count: courses lie in the past."""
    approvals = ProviderApproval.objects.filter(
        provider=OuterRef("pk"), type=type, taken_back_at=None, contract_executed_on__isnull=False
    )
    return Provider.objects.filter(Exists(approvals)).order_by("name_key", "pk")


def spans_of(provider: Provider, type: str, language: str) -> QuerySet[ProviderApproval]:
    """The spans of this type and language that were not taken back, the first first."""
    spans = ProviderApproval.objects.filter(provider=provider, type=type, language=language, taken_back_at=None)
    return spans.order_by("approved_on", "pk")


def every_provider() -> QuerySet[Provider]:
    """All providers with their spans, by name."""
    return Provider.objects.prefetch_related("approvals").order_by("name_key", "pk")


def authorised_on(day: date) -> QuerySet[ProviderApproval]:
    """Every span that was authorised on that day: approved, the contract executed, not over and not taken back."""
    return ProviderApproval.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day), approved_on__lte=day, contract_executed_on__lte=day, taken_back_at=None
    )


def teaching_on(day: date, **what: str) -> QuerySet[Provider]:
    """Providers who were authorised on that day, by name, with those spans as `teaches`; `what`: type, language."""
    spans = authorised_on(day)
    wanted = Exists(spans.filter(provider=OuterRef("pk"), **what))
    teaches = Prefetch("approvals", spans.order_by("type", "language", "pk"), to_attr="teaches")
    return Provider.objects.filter(wanted).prefetch_related(teaches).order_by("name_key", "pk")
