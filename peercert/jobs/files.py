"""Files: judging what was given, removing what was destroyed, sweeping what was left behind."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import LONG
from peercert.gateways import files
from peercert.program.casework import documents
from peercert.program.casework.models import Document
from peercert.program.journey import documents as journey
from peercert.program.journey.orphans import orphans


@app.task(name="files.judge", queue=LONG, retry=RetryStrategy(max_attempts=30, exponential_wait=2))
def judge(document_id: int) -> None:
    """Scan and sanitise one document. Tried again for hours where the scanner or the store does not answer."""
    journey.judge(document_id, now=timezone.now())


@app.task(name="files.destroy", retry=RetryStrategy(max_attempts=30, exponential_wait=2))
def destroy(document_id: int) -> None:
    """Remove every stored byte of a destroyed document."""
    document = Document.objects.get(pk=document_id)
    if document.destroyed_at is not None:
        documents.destroy(document)


@app.periodic(cron="37 9 * * *", periodic_id="orphans")
@app.task(name="files.sweep", queue=LONG, queueing_lock="files.sweep")
def sweep(timestamp: int) -> None:
    """Remove stored files of every kind, older than a day, that no row names."""
    for path in orphans(timezone.now() - timedelta(days=1)):
        files.remove(path)


@app.periodic(cron="*/10 * * * *", periodic_id="waiting_documents")
@app.task(name="files.judge_waiting", queue=LONG, queueing_lock="files.judge_waiting")
def judge_waiting(timestamp: int) -> None:
    """Judge what has waited for half an hour: its job was lost or gave up while something was down."""
    late = Document.objects.filter(state="waiting", received_at__lt=timezone.now() - timedelta(minutes=30))
    for document_id in late.order_by("received_at").values_list("pk", flat=True)[:200]:
        journey.judge(document_id, now=timezone.now())
