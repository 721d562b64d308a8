"""An administrator keeps the addresses of the organisation's machine on a page, in either language."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from peercert.program.rosters.webhooks import Endpoint
from peercert.rules.days import day_of
from peercert.web.doors import now
from tests.fixtures.receiver import Receiver
from tests.jobs.test_webhooks import TASKS, Jobs, Setting


@pytest.fixture
def county(db: None, receiver: Receiver, run_jobs: Jobs, client: Client) -> Setting:
    setting = Setting(receiver, run_jobs)
    client.force_login(
        setting.story.person("lena").account, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return setting


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://1.1.1.1/", "must begin with https://"), ("https://10.0.0.1/", "private network"),
        ("county", "Write it whole"), ("", "Enter the address"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_told_and_kept(county: Setting, client: Client, url: str, says: str) -> None:
    answer = client.post(f"/partner/{county.row.uuid}/webhooks/", {"step": "add", "url": url})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert f'value="{url}"' in page or not url
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [("https://localhost/in", "private network"), ("https://nobody.invalid/", "No server has this name")],
)
def test_a_name_that_leads_nowhere_we_send_to_is_told_by_the_list(
    county: Setting, client: Client, settings: Any, url: str, says: str
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mode="production")
    here = f"/partner/{county.row.uuid}/webhooks/"
    page = client.post(here, {"step": "add", "url": url}, follow=True).content.decode()
    assert "has not answered yet" in page
    assert 'hx-trigger="every 2s"' in page
    county.run_jobs(only=TASKS)
    page = client.get(here).content.decode()
    assert says in page
    assert "no message goes there" in page
    assert 'hx-trigger="every 2s"' not in page
    assert not county.receiver.taken


def test_an_administrator_sees_pauses_resumes_sends_again_and_removes(county: Setting, client: Client) -> None:
    here = f"/partner/{county.row.uuid}/webhooks/"
    county.suspend(0)
    county.run_jobs(only=TASKS)
    assert "takes messages" in client.get(here).content.decode()
    one = f"{here}{county.endpoint.uuid}/"
    assert county.held[0].number in client.get(one).content.decode()
    chosen = {"chosen": str(county.endpoint.uuid)}
    today = day_of(now())
    since = {"since_month": today.month, "since_day": today.day, "since_year": today.year}
    again = client.post(here, {"step": "replay", **chosen, **since}, follow=True).content.decode()
    assert "1 message goes out again." in again
    assert "Paused. Changes wait." in client.post(here, {"step": "pause", **chosen}, follow=True).content.decode()
    refused = client.post(here, {"step": "replay", **chosen, **since})
    assert refused.status_code == 409
    assert "Resume it first" in refused.content.decode()
    client.post(here, {"step": "resume", **chosen})
    county.run_jobs(only=TASKS)
    assert county.state().state == "active"
    overview, says = f"/partner/{county.row.uuid}/", "1 address takes no messages now."
    assert says not in client.get(overview).content.decode()
    county.receiver.behaves = "503"
    county.suspend(1)
    county.run_jobs(only=TASKS)
    assert says in client.get(overview).content.decode()
    client.post(here, {"step": "remove", **chosen})
    assert says not in client.get(overview).content.decode()
    assert "No address yet" in client.get(here).content.decode()
    assert client.get(one).status_code == 404


@pytest.mark.parametrize("chosen", ["", "none", "00000000-0000-0000-0000-000000000000"])
def test_an_address_of_nobody_is_not_found(county: Setting, client: Client, chosen: str) -> None:
    here = f"/partner/{county.row.uuid}/webhooks/"
    assert client.post(here, {"step": "pause", "chosen": chosen}).status_code == 404


def test_the_keys_are_public(client: Client, db: None) -> None:
    answer = client.get("/.well-known/http-message-signatures-directory")
    assert answer["Content-Type"] == "application/http-message-signatures-directory+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    assert "d" not in key
