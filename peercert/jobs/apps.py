"""Registers every task at start, so that queueing by an unknown name is refused at once."""

import importlib
import pkgutil

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """No models: only tasks."""

    name = "peercert.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Import each module of this package; its tasks register themselves."""
        from peercert import jobs

        for module in pkgutil.iter_modules(jobs.__path__):
            if module.name != "apps":
                importlib.import_module(f"{jobs.__name__}.{module.name}")
