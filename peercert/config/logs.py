"""Log lines: one JSON object a line in production, plain text in the demo. No personal data is logged."""

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonLine(logging.Formatter):
    """A record as one line of JSON: when, how grave, which logger, what; the trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def worth_saying(record: logging.LogRecord) -> bool:
    """Not that a probe was told "not ready": the probe knows."""
    path = getattr(getattr(record, "request", None), "path", "")
    return not str(path).startswith("/health/")


def configuration(*, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING."""
    level = "INFO" if as_json else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "peercert.config.logs.JsonLine"},
            "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        },
        "filters": {"worth_saying": {"()": "django.utils.log.CallbackFilter", "callback": worth_saying}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json" if as_json else "plain",
            }
        },
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # A 404 is not news.
            "django.request": {"level": "ERROR", "filters": ["worth_saying"]},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "procrastinate": {"level": "WARNING"},
        },
    }
