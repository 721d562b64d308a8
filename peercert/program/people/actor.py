"""Who acts: a person in one of their roles, or the program itself."""

from dataclasses import dataclass

from peercert.program.people.models import Person


@dataclass(frozen=True)
class Actor:
    """A person in the role in which they act; `roles` are all the officer's roles they hold at that moment.

    `role` is "applicant" for the person themselves, "program" for the clock and the queue, or an officer's role
    (the first of theirs that the verb needs, as `access.require` returns it).
    """

    person: Person | None
    role: str
    roles: frozenset[str] = frozenset()

    @property
    def is_officer(self) -> bool:
        """Whether they act with any officer's role."""
        return bool(self.roles)


#: The program itself: the clock, the queue, a rule that nobody has to weigh.
PROGRAM = Actor(person=None, role="program")


def applicant(person: Person) -> Actor:
    """The person acting in their own matter."""
    return Actor(person=person, role="applicant")
