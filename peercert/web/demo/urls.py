"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.demo import desk, letters, parts, parts_save, personas

app_name = "demo"

urlpatterns: list[URLPattern] = [
    path("", personas.personas, name="personas"),
    path("walk-in/", personas.walk_in, name="walk_in"),
    path("desk/", desk.desk, name="desk"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<uuid:letter>/", letters.letter, name="letter"),
    path("parts/", parts.parts, name="parts"),
    path("parts/save/", parts_save.parts_save, name="parts_save"),
]
