"""The program's own settings, pool included, for a test in which no database ever answers: it gives up sooner."""

from peercert.config.settings import *  # noqa: F403
from peercert.config.settings import DATABASES

DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.5
