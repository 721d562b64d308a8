"""The doors as one Django app, so that their templates and sentences are in place before any form is defined."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Puts our own sentences where Django's forms would use theirs."""

    name = "peercert.web"
    label = "web"

    def ready(self) -> None:
        """Runs once at start, before the addresses and with them the forms are imported."""
        from peercert.web.ui import sentences

        sentences.install()
