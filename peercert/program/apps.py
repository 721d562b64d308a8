"""Django's view of the program: one app, one migration history, however many rooms."""

from django.apps import AppConfig


class ProgramConfig(AppConfig):
    name = "peercert.program"
    label = "program"
    default_auto_field = "django.db.models.BigAutoField"
