"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.partner import api_use, ask, history, home, invitation, keys, leave, organisation, people, settings

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
    path("<uuid:organisation>/settings/", settings.settings, name="settings"),
    path("<uuid:organisation>/history/", history.history, name="history"),
]
