"""Organisations of the stories: a county, an employer and a training provider, each opened by living the journey."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from peercert.demo.stories import Story
from peercert.program.journey import members, organisations
from peercert.program.notices.models import Letter
from peercert.program.people.organisations import Invitation, Membership, Organisation
from peercert.rules.days import add_days, add_years, day_of


@dataclass(frozen=True)
class Asked:
    """What an organisation says when it asks, and the agreement it gets."""

    kind: str
    name: str
    county_code: str
    address: str
    contact: str
    wants: str
    purpose: str
    text_en: str
    text_es: str


COUNTY = Asked(
    "county", "Alameda County Behavioral Health", "06001", "2000 Embarcadero Cove, Oakland, CA 94606",
    "Dana Whitfield, 510 555 0142",
    "We monitor the peer support specialists in our provider network and certify our claims.", "network",
    "The county must know that people in its provider network are certified on the days for which it claims.",
    "El condado debe saber que las personas de su red de proveedores están certificadas en los días que factura.",
)  # fmt: skip
EMPLOYER = Asked(
    "employer", "Harbor House Community Services", "", "480 Bayview Street, San Pedro, CA 90731",
    "Noor Haddad, 310 555 0117", "We employ 40 peer support specialists and check each certificate every month.",
    "employment",
    "Harbor House employs these people as certified specialists and must know that their certificates are in force.",
    "Harbor House emplea a estas personas como especialistas certificados y debe saber si su certificado rige.",
)  # fmt: skip
PROVIDER = Asked(
    "provider", "Voces del Valle", "", "915 Tulare Street, Fresno, CA 93706", "Paz Ibarra, 559 555 0160",
    "Our trainers must hold a certificate that is in force.", "employment",
    "Voces del Valle must know that those who teach its courses hold a certificate that is in force.",
    "Voces del Valle debe saber que quienes imparten sus cursos tienen un certificado vigente.",
)  # fmt: skip
#: A city program that has asked and waits for an answer.
CITY = Asked(
    "county", "City of Berkeley Mental Health", "berkeley", "3282 Adeline Street, Berkeley, CA 94703",
    "Lena Park, 510 555 0139", "Our city program bills Medi-Cal for peer support and verifies every claim.", "billing",
    "The city program must know that whoever served people was certified that day.",
    "El programa de la ciudad debe saber que quien atendió estaba certificado ese día.",
)  # fmt: skip


def asking(story: Story, who: str, asked: Asked) -> Organisation:
    """An organisation that asked for an account and waits for an answer."""
    return organisations.ask_for_account(
        asked.kind, asked.name, county_code=asked.county_code, address=asked.address, contact=asked.contact,
        wants=asked.wants, actor=story.actor(who), now=story.now,
    )  # fmt: skip


def opened(story: Story, who: str, asked: Asked) -> Organisation:
    """An open account with an agreement for two years; whoever asked administers it."""
    row, on = asking(story, who, asked), day_of(story.wait(days=3))
    return organisations.approve(
        row.pk, purpose=asked.purpose, text_en=asked.text_en, text_es=asked.text_es,
        signed_by=asked.contact.split(",")[0], from_on=on, until_on=add_days(add_years(on, 2), -1),
        actor=story.actor("sam"), now=story.now,
    )  # fmt: skip


def joined(story: Story, row: Organisation, who: str, role: str, *, by: str) -> Membership:
    """Someone acts for the organisation: invited by an administrator, the invitation taken up."""
    member = story.members[who]
    story.person(who)
    invitation = members.invite(
        row.pk, member.email, role, language=member.language, actor=story.actor(by), now=story.wait(hours=1)
    )
    return members.accept_invitation(token_of(invitation), actor=story.actor(who), now=story.wait(hours=5))


def token_of(invitation: Invitation) -> str:
    """What the link in the message carries: it is written nowhere else."""
    text = Letter.objects.get(key=f"invitation:{invitation.pk}").message_text
    found = re.search(r"/partner/invitation/([\w-]+)/", text)
    assert found
    return found[1]


def county(story: Story) -> Organisation:
    """The county of the stories: Dana administers it, Omar is a member."""
    row = opened(story, "dana", COUNTY)
    joined(story, row, "omar", "member", by="dana")
    return row


def employer(story: Story) -> Organisation:
    """The employer of the stories: Noor administers it, Jesse is a member."""
    row = opened(story, "noor", EMPLOYER)
    joined(story, row, "jesse", "member", by="noor")
    return row


def provider(story: Story) -> Organisation:
    """The training provider of the stories: Paz administers it, alone."""
    return opened(story, "paz", PROVIDER)


def everyone(story: Story, now: datetime) -> None:
    """Three open accounts, and one that was asked for two days ago and waits for an answer."""
    for live, days in ((county, 400), (employer, 300), (provider, 90)):
        story.now = (now - timedelta(days=days)).replace(hour=18, minute=40)
        live(story)
    story.now = now - timedelta(days=2)
    asking(story, "lena", CITY)
