"""A small named cast of roles, used in tests, demo and docs alike. Nobody here is a real person."""

from dataclasses import dataclass
from datetime import date, datetime

from peercert.program.people.actions import new_person, set_legal_name
from peercert.program.people.actor import Actor
from peercert.program.people.models import Account, Person, RoleGrant


@dataclass(frozen=True)
class Member:
    """One of the cast: the key by which code calls them, their name, their language, and the role they hold.

    `serves` is what someone does who acts for an organisation instead: a code of words/organisations.toml.
    """

    key: str
    first: str
    last: str
    email: str
    language: str = "en"
    role: str = ""
    born_on: date | None = None
    chosen: str = ""
    serves: str = ""


CAST: tuple[Member, ...] = (
    Member("maria", "María", "García-López", "maria@example.com", language="es", born_on=date(1988, 3, 14)),
    Member("devon", "Devon", "Carter", "devon@example.com", born_on=date(1979, 11, 2)),
    Member("ana", "Ana", "Ruiz", "ana.ruiz@example.com", role="reviewer"),
    Member("tom", "Tom", "Okafor", "tom.okafor@example.com", role="determiner"),
    Member("li", "Li", "Wei", "li.wei@example.com", role="exam_officer"),
    Member("grace", "Grace", "Kim", "grace.kim@example.com", role="finance_officer"),
    Member("sam", "Sam", "Rivera", "sam.rivera@example.com", role="program_manager"),
    Member("pat", "Pat", "Novak", "pat.novak@example.com", role="auditor"),
    Member("robin", "Robin", "Shaw", "robin.shaw@example.com", role="administrator"),
    Member("quinn", "Quinn", "Ames", "quinn.ames@example.com", role="administrator"),
    Member("dana", "Dana", "Whitfield", "dana.whitfield@example.com", serves="administrator"),
    Member("omar", "Omar", "Castillo", "omar.castillo@example.com", language="es", serves="member"),
    Member("noor", "Noor", "Haddad", "noor.haddad@example.com", serves="administrator"),
    Member("jesse", "Jesse", "Moreno", "jesse.moreno@example.com", serves="member"),
    Member("paz", "Paz", "Ibarra", "paz.ibarra@example.com", language="es", serves="administrator"),
    Member("lena", "Lena", "Park", "lena.park@example.com", serves="asks"),
)
BY_KEY = {member.key: member for member in CAST}


def enrol(member: Member, *, now: datetime, is_demo: bool = True) -> Person:
    """One of the people as a person with an account; the same one again where they are there already.

    Officers hold their role, seconded where it must be. Applicants have no name on record yet: they give it themselves.
    Whoever acts for an organisation has given theirs.
    """
    account = Account.objects.filter(email=member.email).first()
    if account is not None:
        return Person.objects.get(account=account)
    account = Account(email=member.email, is_demo=is_demo)
    account.set_unusable_password()
    account.save()
    person = new_person(account=account, language=member.language, is_demo=is_demo)
    confirm_address(account)
    if member.role or member.serves:
        set_legal_name(person, member.first, "", member.last, now=now)
    if member.role:
        RoleGrant.objects.create(
            person=person, role=member.role, granted_at=now, granted_by=None, seconded_at=now, seconded_by=None
        )
    return person


def confirm_address(account: Account) -> None:
    """The account's address counts as confirmed, so that letters go there."""
    from allauth.account.models import EmailAddress

    EmailAddress.objects.get_or_create(user=account, email=account.email, defaults={"verified": True, "primary": True})


def actor(member: Member, person: Person) -> Actor:
    """One of the people as an actor: officers in their role, applicants in their own matter."""
    role = member.role
    return Actor(person, role, frozenset({role})) if role else Actor(person, "applicant")
