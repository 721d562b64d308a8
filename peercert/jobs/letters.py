"""Letters: handing each to the mail server, once, and again under the same Message-ID where it was cut short."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.gateways import mail
from peercert.program.journey import notice
from peercert.program.notices.actions import queue_sending
from peercert.program.notices.models import Letter

#: Tries before an officer is told; with the growing pauses between them they take about a day.
TRIES = 11


@app.task(name="notices.send", retry=RetryStrategy(max_attempts=TRIES + 5, exponential_wait=3))
def send(letter_id: int) -> None:
    """Send one letter by e-mail. Does nothing for a letter that is no longer waiting, or waits to be posted.

    Killed between the server's yes and our row, it is run again and sends again under the same Message-ID.
    """
    letter = notice.checked_address(letter_id, now=timezone.now())
    if letter.state != "waiting" or letter.channel != "email":
        return
    try:
        mail.send(
            message_id=letter.message_id, to=letter.to_address, subject=letter.subject, text=letter.message_text,
            language=letter.language, written_at=letter.written_at,
        )  # fmt: skip
    except mail.Never as refused:
        notice.not_sent(letter_id, failure=str(refused), is_final=True, now=timezone.now())
    except mail.NotNow as trouble:
        is_final = letter.tries + 1 >= TRIES
        notice.not_sent(letter_id, failure=str(trouble), is_final=is_final, now=timezone.now())
        if not is_final:
            raise
    else:
        notice.sent(letter_id, now=timezone.now())


@app.periodic(cron="*/10 * * * *", periodic_id="waiting_letters")
@app.task(name="notices.send_waiting", queueing_lock="notices.send_waiting")
def send_waiting(timestamp: int) -> None:
    """Queue again what has waited for half an hour and has no job any more; a job that waits for its next try stays."""
    late = Letter.objects.filter(
        state="waiting", channel="email", written_at__lt=timezone.now() - timedelta(minutes=30)
    )
    for letter in late.order_by("written_at")[:500]:
        queue_sending(letter)
