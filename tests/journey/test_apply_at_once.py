"""Two requests at the same moment, on real connections that commit."""

import threading
from uuid import uuid4

from django.db import connection

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.program.money.models import Due
from peercert.program.notices.models import Letter
from tests import stories


def at_once(*steps):
    """Run the steps each in a thread of its own, begun together; their results or refusals in order."""
    gate = threading.Barrier(len(steps))
    results = [None] * len(steps)

    def run(number, step):
        try:
            gate.wait()
            results[number] = step()
        except Refused as refused:
            results[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, step)) for number, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_clicks_at_once_send_one_application(committed):
    story = stories.Story()
    case = stories.drafted(story)
    maria = story.actor("maria")
    same = uuid4()
    keys = (same, same, uuid4())
    sent = at_once(*(lambda key=key: apply.submit(case.pk, key, actor=maria, now=story.now) for key in keys))
    assert {one.number for one in sent} == {Case.objects.get(pk=case.pk).number}
    assert TimelineEntry.objects.filter(case=case, verb="submitted").count() == 1
    assert Letter.objects.filter(case=case, code="receipt").count() == 1
    assert Due.objects.filter(case=case).count() == 1


def test_two_starts_at_once_open_one_draft(committed):
    story = stories.Story()
    maria = story.actor("maria")
    results = at_once(*(lambda: apply.start("initial", actor=maria, now=story.now) for _ in range(2)))
    refused = [one for one in results if isinstance(one, Refused)]
    assert [one.reason for one in refused] == ["already_open"]
    assert Application.objects.filter(closed_at=None).count() == 1
