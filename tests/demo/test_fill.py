"""The demo state as a whole: about 300 lives on every stage and pathway, and nothing of it waiting to leave."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from peercert.demo.fill import DONE, FIRST_FAILED, FIRST_SITTING, NotEmpty, fill
from peercert.demo.partners import COUNTY, EMPLOYER
from peercert.program.casework.lifecycle import APPLICATION
from peercert.program.casework.models import Case, Document
from peercert.program.certificates.log_audit import Counted, audit
from peercert.program.counties.models import County
from peercert.program.exams.models import Sitting
from peercert.program.notices.models import Letter
from peercert.program.people.models import Account, Person
from peercert.program.rosters.models import Objection, Reach, RosterRow
from peercert.program.rosters.webhooks import Delivery

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.mark.long
def test_the_demo_state_has_someone_everywhere_and_sends_nothing(db: None) -> None:
    count = fill(NOW)
    assert 280 <= count == Person.objects.count() <= 330
    stages = {stage for (stage, _verb) in APPLICATION} | set(APPLICATION.values())
    assert set(Case.objects.values_list("stage", flat=True)) == stages
    by_pathway = Counter(Case.objects.values_list("topic", flat=True))
    assert set(by_pathway) == {"initial", "grandparenting", "reciprocity", "portability"}
    assert Counter(County.objects.values_list("kind", flat=True)) == {"county": 58, "city_program": 2}
    assert not any(account.has_usable_password() for account in Account.objects.all())
    assert set(Document.objects.filter(state="passed").values_list("type", flat=True)) >= {"jpeg", "png", "pdf"}
    assert Document.objects.values("digest").distinct().count() <= 16
    first = Sitting.objects.filter(sat_on__lt="2023-01-01")
    assert (first.count(), first.filter(result="fail").count()) == (FIRST_SITTING, FIRST_FAILED)
    assert FIRST_FAILED / FIRST_SITTING < 0.1
    assert not Letter.objects.filter(state="waiting", channel="email").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = ANY(%s)", [[*DONE]])
        assert cursor.fetchone() == (0,)
    assert Counter(RosterRow.objects.values_list("roster__organisation__name", "outcome")) == {
        (COUNTY.name, "accepted"): 6, (COUNTY.name, "matched"): 1, (COUNTY.name, "refused"): 4,
        (EMPLOYER.name, "accepted"): 1, (EMPLOYER.name, "matched"): 1, (EMPLOYER.name, "refused"): 1,
    }  # fmt: skip
    assert list(Reach.objects.order_by("pk").values_list("change__kind", flat=True)) == ["name", "standing"]
    assert list(Delivery.objects.order_by("pk").values_list("state", "endpoint__state", "endpoint__because")) == [
        ("taken", "paused", "by_member"), ("waiting", "paused", "by_member"),
    ]  # fmt: skip
    assert Objection.objects.get(decided_at=None).watch.organisation.name == EMPLOYER.name
    assert list(audit(Counted())) == []
    with pytest.raises(NotEmpty):
        fill(NOW + timedelta(minutes=1))
