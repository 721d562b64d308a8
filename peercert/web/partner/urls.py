"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.partner import (
    api_use,
    as_of,
    ask,
    changes,
    history,
    home,
    invitation,
    keys,
    leave,
    organisation,
    people,
    roster,
    rosters,
    settings,
    webhooks,
)

app_name = "partner"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("ask/", ask.ask, name="ask"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    # one organisation
    path("<uuid:organisation>/", organisation.organisation, name="organisation"),
    path("<uuid:organisation>/people/", people.people, name="people"),
    path("<uuid:organisation>/leave/", leave.leave, name="leave"),
    path("<uuid:organisation>/keys/", keys.keys, name="keys"),
    path("<uuid:organisation>/keys/use/", api_use.api_use, name="api_use"),
    path("<uuid:organisation>/webhooks/", webhooks.webhooks, name="webhooks"),
    path("<uuid:organisation>/webhooks/<uuid:endpoint>/", webhooks.webhook, name="webhook"),
    path("<uuid:organisation>/settings/", settings.settings, name="settings"),
    path("<uuid:organisation>/history/", history.history, name="history"),
    # whom it watches, and what it is told
    path("<uuid:organisation>/roster/", roster.roster, name="roster"),
    path("<uuid:organisation>/rosters/", rosters.rosters, name="rosters"),
    path("<uuid:organisation>/rosters/<uuid:roster>/", rosters.roster_answer, name="roster_answer"),
    path("<uuid:organisation>/rosters/<uuid:roster>/file/", rosters.roster_file, name="roster_file"),
    path("<uuid:organisation>/changes/", changes.changes, name="changes"),
    path("<uuid:organisation>/changes/file/", changes.changes_file, name="changes_file"),
    path("<uuid:organisation>/as-of/", as_of.as_of_day, name="as_of"),
    path("<uuid:organisation>/as-of/<uuid:past>/", as_of.past_roster, name="past_roster"),
    path(
        "<uuid:organisation>/as-of/<uuid:past>/file/", as_of.past_roster_file, {"part": "file"}, name="past_roster_file"
    ),
    path(
        "<uuid:organisation>/as-of/<uuid:past>/print/",
        as_of.past_roster_file,
        {"part": "paper"},
        name="past_roster_print",
    ),
]
