"""Exams: taking the records of the vendor's files."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import LONG
from peercert.program.exams.models import ExamFile
from peercert.program.journey import exam_files


@app.task(name="exams.take_rows", queue=LONG, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def take_rows(file_id: int) -> None:
    """Take every record of a file that has no answer yet. Cut off, it goes on where it stopped."""
    exam_files.take_rows(file_id, now=timezone.now())


@app.periodic(cron="*/10 * * * *", periodic_id="exam_files")
@app.task(name="exams.take_waiting", queue=LONG, queueing_lock="exams.take_waiting")
def take_waiting(timestamp: int) -> None:
    """Take what still waits in any file: its job was lost or gave up while something was down."""
    for file_id in ExamFile.objects.filter(kind="import", rows__outcome="").distinct().values_list("pk", flat=True):
        exam_files.take_rows(file_id, now=timezone.now())
