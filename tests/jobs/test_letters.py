"""Letters on their way: a real mail server, refusals, pauses, a sending cut short."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from peercert.gateways import mail
from peercert.jobs import letters
from peercert.program.journey import notice
from peercert.program.notices.actions import write_to
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import letters_in_trouble
from peercert.program.people.actions import retire_address
from peercert.program.people.models import Person
from tests.stories import Story, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def receipt(story: Story) -> Letter:
    case = submitted(story)
    return Letter.objects.get(case=case, code="receipt")


def test_a_letter_is_handed_to_the_mail_server_as_it_is_kept(story: Story, mailbox: Any, run_jobs: Any) -> None:
    letter = receipt(story)
    run_jobs(only={"notices.send"})
    (message,) = mailbox.wait(1)
    letter.refresh_from_db()
    assert message["Message-ID"] == letter.message_id
    assert message["Subject"] == letter.subject
    assert message["To"] == "maria@example.com"
    assert message["Content-Language"] == "es"
    assert message.get_content().replace("\r\n", "\n").strip() == letter.text.strip()
    assert letter.state == "sent"
    assert letter.sent_at is not None
    assert letter.reached_on is not None


def test_the_same_key_writes_one_letter_and_sends_it_once(story: Story, mailbox: Any, run_jobs: Any) -> None:
    letter = receipt(story)
    from peercert.program.notices.actions import write_letter

    assert letter.case is not None
    values = {"received_on": letter.case.received_on}
    again = write_letter(letter.case, "receipt", key=letter.key, now=story.now, values=values)
    assert again.pk == letter.pk
    run_jobs(only={"notices.send"})
    letters.send(letter.pk)
    assert len(mailbox.messages) == 1


def test_a_sending_cut_short_goes_again_under_the_same_message_id(
    story: Story, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies between the server's yes and our row: the queue runs the job again."""
    letter = receipt(story)

    class Killed(BaseException):
        """As sudden as a kill."""

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as moment:
        moment.setattr(notice, "sent", killed)
        with pytest.raises(Killed):
            letters.send(letter.pk)
    letter.refresh_from_db()
    assert letter.state == "waiting"
    assert len(mailbox.messages) == 1
    letters.send(letter.pk)
    letter.refresh_from_db()
    first, second = mailbox.messages
    assert letter.state == "sent"
    assert first["Message-ID"] == second["Message-ID"] == letter.message_id


def test_a_refusal_for_good_is_told_to_officers_and_not_tried_again(story: Story, mailbox: Any, run_jobs: Any) -> None:
    letter = receipt(story)
    mailbox.refuse = "550 5.1.1 no such mailbox"
    run_jobs(only={"notices.send"})
    letter.refresh_from_db()
    assert letter.state == "failed"
    assert letter.failure.startswith("550")
    assert letter.reached_on is None
    assert letter in letters_in_trouble()
    assert letter.case is not None
    assert letter.case.timeline.filter(verb="letter_not_sent").count() == 1
    letters.send(letter.pk)
    letter.refresh_from_db()
    assert letter.tries == 1


def test_a_server_that_asks_to_come_back_is_tried_again_with_growing_pauses(story: Story, mailbox: Any) -> None:
    letter = receipt(story)
    mailbox.refuse = "451 4.3.0 try later"
    for number in range(1, letters.TRIES):
        with pytest.raises(mail.NotNow):
            letters.send(letter.pk)
        letter.refresh_from_db()
        assert (letter.state, letter.tries) == ("waiting", number)
    letters.send(letter.pk)
    letter.refresh_from_db()
    assert letter.state == "failed"
    assert letter.failure.startswith("451")
    strategy = letters.send.retry_strategy
    waits = [(strategy.exponential_wait) ** (attempt + 1) for attempt in range(letters.TRIES)]
    assert waits == sorted(set(waits))
    assert sum(waits[:-1]) > 20 * 3600


def test_a_server_that_does_not_answer_is_worth_another_try(story: Story, settings: Any) -> None:
    letter = receipt(story)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(mail.NotNow):
        letters.send(letter.pk)
    letter.refresh_from_db()
    assert letter.state == "waiting"
    assert "refused" in letter.failure.lower()


def test_a_letter_is_sent_again_by_an_officer_once_there_is_an_address(
    story: Story, mailbox: Any, run_jobs: Any
) -> None:
    letter = receipt(story)
    mailbox.refuse = "550 no"
    run_jobs(only={"notices.send"})
    mailbox.refuse = None
    EmailAddress.objects.filter(email="maria@example.com").update(email="new@example.com")
    notice.send_again(letter.pk, actor=story.actor("sam"), now=story.now)
    run_jobs(only={"notices.send"})
    letter.refresh_from_db()
    assert letter.state == "sent"
    assert mailbox.messages[0]["To"] == "new@example.com"
    assert mailbox.messages[0]["Message-ID"] == letter.message_id


def test_a_retired_address_is_never_written_to(story: Story, mailbox: Any, run_jobs: Any) -> None:
    letter = receipt(story)
    person = letter.person
    retire_address(person, "Maria@example.com", now=story.now)
    run_jobs(only={"notices.send"})
    letter.refresh_from_db()
    assert not mailbox.messages
    assert letter.channel == "paper"
    assert letter.state == "waiting"
    assert "Oakland" in letter.to_address
    assert letter in letters_in_trouble()


def test_an_unconfirmed_address_gets_nothing(story: Story, mailbox: Any, run_jobs: Any) -> None:
    story.person("maria")
    EmailAddress.objects.update(verified=False)
    letter = receipt(story)
    run_jobs(only={"notices.send"})
    assert letter.channel == "paper"
    assert not mailbox.messages


def test_a_job_that_was_lost_is_queued_again_and_one_that_waits_is_left(story: Story, mailbox: Any) -> None:
    story.now = timezone.now() - timedelta(hours=2)
    letter = receipt(story)
    letters.send_waiting(0)
    from tests.fixtures.queue import do_jobs

    done = do_jobs(only={"notices.send"})
    assert done.count("notices.send") == 1
    assert len(mailbox.messages) == 1
    Letter.objects.filter(pk=letter.pk).update(state="waiting")
    letters.send_waiting(0)
    do_jobs(only={"notices.send"})
    assert [message["Message-ID"] for message in mailbox.messages] == [letter.message_id] * 2


def test_a_person_without_a_name_or_an_address_has_the_letter_in_the_account(story: Story) -> None:
    person = Person.objects.create(language="es")
    values = {"due_on": story.now.date(), "number": "A-1"}
    letter = write_to(person, "review_begun", key="x", now=story.now, values=values)
    assert letter.text.startswith("Hola:\n")
    assert letter.channel == "paper"
    assert letter.to_address == ""
    assert letter in letters_in_trouble()


def test_the_chosen_name_is_greeted_and_stands_on_the_envelope(story: Story) -> None:
    story.person("maria")
    EmailAddress.objects.update(verified=False)
    case = submitted(story, chosen_name="Mari")
    letter = Letter.objects.get(case=case, code="receipt")
    assert letter.text.startswith("Hola, Mari:\n")
    assert letter.to_address.startswith("Mari García-López\n1 First Street\n")
