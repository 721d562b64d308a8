"""The stories of the demo state are those of the tests: a case reaches a state only by living through the journey."""

from collections.abc import Mapping
from datetime import datetime

from peercert.demo.stories import *  # noqa: F403
from peercert.demo.stories import Story
from peercert.program.certificates.models import Certificate
from peercert.program.journey import merge, oversee


def taken_off(
    story: Story,
    certificate: Certificate,
    because: str,
    into: Certificate | None = None,
    *,
    choices: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> None:
    """A manager proposed to take a certificate off the register, or that `into` answer for it; a determiner agreed."""
    sam = {"actor": story.actor("sam"), "now": now or story.now}
    if into is None:
        task = merge.propose_retirement(certificate.pk, because, **sam)
    else:
        task = merge.propose_merge(certificate.pk, into.pk, because, choices=choices or {}, **sam)
    oversee.close_task(task.pk, "agreed", "Seen.", actor=story.actor("tom"), now=now or story.now)
