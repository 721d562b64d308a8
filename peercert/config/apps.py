"""Django's view of the configuration: no tables, only what the database must have before the program's tables."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the migration that makes the extensions."""

    name = "peercert.config"
    label = "config"
