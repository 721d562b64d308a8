"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.demo import parts, parts_save

app_name = "demo"

urlpatterns: list[URLPattern] = [
    path("parts/", parts.parts, name="parts"),
    path("parts/save/", parts_save.parts_save, name="parts_save"),
]
