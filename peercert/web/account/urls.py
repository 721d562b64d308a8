"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.account import still_here

app_name = "account"

urlpatterns: list[URLPattern] = [
    path("still-here/", still_here.still_here, name="still_here"),
]
