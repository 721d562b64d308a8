"""One question as it is asked: facts, figures and days, and the ways in which a requirement can be answered."""

from datetime import date
from typing import Any, Generic, TypeVar

from peercert.rules.facts import Facts
from peercert.rules.figures import Figure, Figures
from peercert.rules.governing import applied_on
from peercert.rules.reasons import Reason

F = TypeVar("F", bound=Facts, covariant=True)


class NoFigure(LookupError):
    """No value of a figure was in force on the day."""


class Asked(Generic[F]):
    """A question to the law. `on` governs it; `applied_on` governs what must hold at application."""

    __slots__ = ("applied_on", "facts", "figures", "on", "work")

    def __init__(self, facts: F, on: date, figures: Figures) -> None:
        self.facts = facts
        self.on = on
        self.figures = figures
        self.applied_on = applied_on(facts, on)
        #: What requirements that look at the same evidence share, by name.
        self.work: dict[str, Any] = {}

    def figure(self, name: str, on: date) -> Figure:
        """The figure in force on a day; raises NoFigure."""
        figure = self.figures.on(name, on)
        if figure is None:
            raise NoFigure(name)
        return figure

    def met(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """The requirement is fulfilled."""
        return Reason(code=code, met=True, on=on, source=source, why=why, figure=figure, values=values or {})

    def unmet(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """A given fact contradicts it and nothing can mend that in this case; an unconfirmed figure never denies."""
        sure = figure is None or figure.certainty != "unconfirmed"
        return Reason(
            code=code, met=False if sure else None, on=on, source=source, why=why, figure=figure, values=values or {},
            note="" if sure else "unconfirmed",
        )  # fmt: skip

    def short(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """What was given is not enough, and more may be given: unmet only when the person has nothing more to give."""
        if figure is not None and figure.certainty == "unconfirmed":
            return Reason(
                code=code,
                met=None,
                on=on,
                source=source,
                why=why,
                figure=figure,
                values=values or {},
                note="unconfirmed",
            )
        return self.unknown(code, why, on, source, figure, values)

    def unknown(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """It is not known yet; unmet where it was asked for and the person has nothing more to give."""
        if code in self.facts.nothing_more:
            if figure is not None and figure.certainty == "unconfirmed":
                note, met = "unconfirmed", None
            else:
                note, met = "nothing_more", False
            return Reason(
                code=code, met=met, on=on, source=source, why=why, figure=figure, values=values or {}, note=note
            )
        return Reason(code=code, met=None, on=on, source=source, why=why, figure=figure, values=values or {})

    def others(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """Not known yet, and an officer's or someone else's to tell, not the person's: never unmet for want of it."""
        note = "officer" if code in self.facts.nothing_more else ""
        return Reason(code=code, met=None, on=on, source=source, why=why, figure=figure, values=values or {}, note=note)

    def officer(
        self,
        code: str,
        why: str,
        on: date,
        source: str,
        figure: Figure | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reason:
        """No machine decides it, in neither direction."""
        return Reason(
            code=code, met=None, on=on, source=source, why=why, figure=figure, values=values or {}, note="officer"
        )
