"""Saving from several tabs: no order of saves loses an answer unseen, and an older tab never undoes a newer one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.program.applications.actions import trace
from peercert.program.applications.models import Application
from peercert.program.journey import apply
from tests import stories

pytestmark = pytest.mark.django_db

COLUMNS = {
    "first_name": ["Ana", "Eva", None],
    "city": ["Fresno", "Chico", None],
    "born_on": [date(1990, 1, 1), date(1991, 2, 2), None],
    "wants_paper": [True, False, None],
}


class Tab:
    """A window with the page as it was drawn there, and what was typed into it."""

    def __init__(self, application):
        self.shown = {name: getattr(application, name) for name in COLUMNS}
        self.typed = dict(self.shown)

    def seen(self):
        return {name: trace(value) for name, value in self.shown.items()}


moves = st.one_of(
    st.tuples(st.just("type"), st.integers(0, 2), st.sampled_from(sorted(COLUMNS)), st.integers(0, 2)),
    st.tuples(st.just("autosave"), st.integers(0, 2), st.sampled_from(sorted(COLUMNS))),
    st.tuples(st.just("send"), st.integers(0, 2)),
    st.tuples(st.just("reload"), st.integers(0, 2)),
)


@settings(max_examples=120)
@given(st.lists(moves, max_size=14))
def test_every_save_is_kept_or_told(steps):
    story = stories.Story()
    who = "maria"
    there = Application.objects.filter(person=story.person(who), closed_at=None).first()
    case = there.case if there else stories.started(story, who)
    apply.save_answers(case.pk, dict.fromkeys(COLUMNS), actor=story.actor(who), now=story.now)
    tabs = [Tab(Application.objects.get(case=case)) for _ in range(3)]

    def save(tab, names):
        before = Application.objects.get(case=case)
        saved = apply.save_answers(
            case.pk, {name: tab.typed[name] for name in names}, seen=tab.seen(), actor=story.actor(who), now=story.now
        )
        after = Application.objects.get(case=case)
        told = {conflict.name for conflict in saved.conflicts}
        for name in names:
            mine, theirs, shown = tab.typed[name], getattr(before, name), tab.shown[name]
            if mine == shown:
                assert getattr(after, name) == theirs, "an untouched answer changes nothing"
            elif theirs in {shown, mine}:
                assert getattr(after, name) == mine, "an answer that nobody else touched is kept"
            else:
                assert name in told, "two different answers are told"
                assert getattr(after, name) == theirs
        for name in set(COLUMNS) - set(names):
            assert getattr(after, name) == getattr(before, name)
        for name in set(names) - told:
            tab.shown[name] = getattr(after, name) if tab.typed[name] != tab.shown[name] else tab.shown[name]

    for step in steps:
        tab = tabs[step[1]]
        if step[0] == "type":
            tab.typed[step[2]] = COLUMNS[step[2]][step[3]]
        elif step[0] == "autosave":
            save(tab, [step[2]])
        elif step[0] == "send":
            save(tab, sorted(COLUMNS))
        else:
            tabs[step[1]] = Tab(Application.objects.get(case=case))


def test_a_conflict_carries_both_answers(db):
    story = stories.Story()
    case = stories.started(story)
    maria = story.actor("maria")
    seen = {"city": trace(None)}
    apply.save_answers(case.pk, {"city": "Fresno"}, seen=seen, actor=maria, now=story.now)
    saved = apply.save_answers(case.pk, {"city": "Chico"}, seen=seen, actor=maria, now=story.now)
    assert [(one.name, one.saved, one.given) for one in saved.conflicts] == [("city", "Fresno", "Chico")]
    assert Application.objects.get(case=case).city == "Fresno"


def test_the_version_counts_saves_that_changed_something(db):
    story = stories.Story()
    case = stories.started(story)
    maria = story.actor("maria")
    apply.save_answers(case.pk, {"city": "Fresno"}, actor=maria, now=story.now)
    apply.save_answers(case.pk, {"city": "Fresno"}, actor=maria, now=story.wait(minutes=5))
    application = Application.objects.get(case=case)
    assert application.version == 2
    assert application.saved_at == story.now - stories.timedelta(minutes=5)
