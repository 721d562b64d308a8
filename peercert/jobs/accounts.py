"""Accounts: the end of a recovery's delay."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.program.journey import recover
from peercert.program.people.models import Account, Recovery


@app.task(name=recover.TASK, retry=RetryStrategy(max_attempts=10, exponential_wait=3))
def complete(recovery_id: int) -> None:
    """Give the account back to its person. Run twice, or for one that was stopped, it changes nothing."""
    recover.complete_recovery(recovery_id, link_of=link_of, now=timezone.now())


@app.periodic(cron="37 * * * *", periodic_id="due_recoveries")
@app.task(name="accounts.recover_due", queueing_lock="accounts.recover_due")
def complete_due(timestamp: int) -> None:
    """Complete what is due and lost its job."""
    now = timezone.now()
    due = Recovery.objects.filter(done_at=None, stopped_at=None, effective_at__lte=now)
    for recovery_id in due.values_list("pk", flat=True):
        recover.complete_recovery(recovery_id, link_of=link_of, now=now)


def link_of(account: Account) -> str:
    """Where this account's person chooses a new password: good once, and only while the account is as it is now."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(account)
    with translation.override(account.person.language):
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(account), "key": token})
    return f"{settings.ENVIRONMENT.origin}{path}"
