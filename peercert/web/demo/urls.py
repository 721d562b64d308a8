"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.demo import parts

app_name = "demo"

urlpatterns: list[URLPattern] = [
    path("parts/", parts.parts, name="parts"),
]
