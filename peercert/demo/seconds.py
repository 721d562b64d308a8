"""What waits for a second person in the demonstration: a role and a recovery."""

from datetime import datetime, timedelta

from peercert.demo import cast
from peercert.demo.stories import Story
from peercert.program.journey import accounts, recover
from peercert.program.people.models import Person


def wait_for_seconds(story: Story, now: datetime) -> None:
    """A role that the other administrator has to agree to, and a recovery that another officer has to."""
    story.now = now - timedelta(hours=5)
    jo = cast.enrol(cast.Member("jo", "Jo", "Park", "jo.park@example.com"), now=story.now)
    accounts.grant_role(jo.pk, "finance_officer", actor=story.actor("robin"), now=story.now)
    lost = Person.objects.filter(cases__stage="approved").order_by("pk").last()
    if lost is not None:
        recover.open_recovery(
            lost.pk, "new.mailbox@example.com", "Video call: face, name and birth date match the ID on file",
            actor=story.actor("ana"), now=story.now,
        )  # fmt: skip
