"""Who asks: an organisation by its key, or anybody where the answer is public."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest
from ninja.security import HttpBearer

from peercert.program.people import queries
from peercert.program.people.actions import give_back, log_use, spend
from peercert.program.people.organisations import ApiKey, Organisation
from peercert.program.people.quotas import most_a_day, note_refused, settle
from peercert.rules.days import add_days, day_of, start_of
from peercert.web.api.problems import Problem
from peercert.web.doors import now
from peercert.web.public import throttle


@dataclass
class Asking:
    """One request: when, by which key (None: anybody), and what the log will say of it.

    It is counted as its `kind`, and the log calls it so, or `logged` where that is said.
    """

    moment: datetime
    today: date
    key: ApiKey | None
    kind: str
    number: str = ""
    count: int = 1
    left: int | None = None
    logged: str = ""

    @property
    def organisation(self) -> Organisation:
        """Whose key it is; only for what needs one."""
        assert self.key is not None
        return self.key.organisation

    @property
    def most(self) -> int:
        """How much of this the organisation may ask today."""
        assert self.key is not None
        return most_a_day(self.key, self.kind, self.today)

    @property
    def remaining(self) -> int:
        """How much of this it may still ask today."""
        return max(self.most - queries.asked_today(self.organisation, self.kind, self.today), 0)

    def has(self, scope: str) -> bool:
        """Whether the key opens this."""
        return self.key is not None and scope in self.key.scopes

    def spend(self, count: int = 1) -> None:
        """Count before the work is done, where the work is great or leaves a trace. Raises Problem where too much."""
        assert self.key is not None
        self.count = count
        spent = spend(self.key, self.kind, count, on=self.today, most=self.most)
        if spent is None:
            self.left = self.remaining
            raise too_much(self)
        self.left = self.most - spent

    def give_back(self) -> None:
        """Undo what `spend` counted: nothing was done, for a reason that is ours."""
        assert self.key is not None
        assert self.left is not None
        give_back(self.key, self.kind, self.count, on=self.today)
        self.left, self.count = self.left + self.count, 0

    def settle(self, status: int) -> int | None:
        """Count and log the answer; what is left of the day, None where it was too much."""
        assert self.key is not None
        logged = self.logged or self.kind
        if self.left is not None:
            log_use(self.key, logged, status=status, now=self.moment, number=self.number, count=self.count)
            return self.left
        return settle(
            self.key, self.kind, logged=logged, number=self.number, count=self.count, status=status, now=self.moment
        )  # fmt: skip


class Key(HttpBearer):
    """An organisation's key with one scope ("" for any), sent as `Authorization: Bearer`."""

    openapi_bearerFormat = "opaque"
    is_optional = False

    def __init__(self, scope: str, kind: str) -> None:
        self.scope, self.kind = scope, kind
        super().__init__()

    def __call__(self, request: HttpRequest) -> Asking:
        """Raises Problem: 401 without a key or with one that opens nothing, 403 where it opens something else."""
        given = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, secret = given.partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise _challenge("key_needed", "")
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Asking:
        """The key is read from the database for each request, so that a revocation is true at once."""
        moment = now()
        today = day_of(moment)
        key = queries.key_presented(token, moment, today)
        if key is None:
            raise _refused(request, token, moment)
        asking = Asking(moment, today, key, self.kind)
        request.asking = asking  # type: ignore[attr-defined]
        if self.scope and self.scope not in key.scopes:
            raise missing_scope(self.scope)
        return asking


class KeyIfAny(Key):
    """For everyone; who sends a key is counted by it, who does not by where they come from."""

    is_optional = True

    def __call__(self, request: HttpRequest) -> Asking:
        """As Key, but nobody is asked for one."""
        if "HTTP_AUTHORIZATION" in request.META:
            return super().__call__(request)
        moment = now()
        if throttle.is_too_much(request, "number", moment):
            raise wait("number")
        asking = Asking(moment, day_of(moment), None, self.kind)
        request.asking = asking  # type: ignore[attr-defined]
        return asking


def missing_scope(scope: str) -> Problem:
    """That the key opens other things than this one."""
    return Problem(
        403, "scope_missing", scope=scope,
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )  # fmt: skip


def too_much(asking: Asking) -> Problem:
    """That the day's quota is spent, and when the next day begins."""
    return Problem(
        429, "quota_spent", most=asking.most, headers={"Retry-After": str(seconds_left(asking))}
    )  # fmt: skip


def seconds_left(asking: Asking) -> int:
    """Seconds until the day of the quota ends in California."""
    return int((start_of(add_days(asking.today, 1)) - asking.moment).total_seconds()) + 1


def _refused(request: HttpRequest, token: str, moment: datetime) -> Problem:
    """A key that opens nothing stands in the log of the organisation whose key begins so; nobody tries many."""
    if throttle.is_too_much(request, "key", moment):
        return wait("key")
    note_refused(token, now=moment)
    return _challenge("key_refused", ', error="invalid_token"')


def wait(kind: str) -> Problem:
    """That so much was asked from this place that it has to wait."""
    return Problem(429, "wait", headers={"Retry-After": str(throttle.ALLOWED[kind][0].seconds)})


def _challenge(code: str, more: str) -> Problem:
    return Problem(401, code, headers={"WWW-Authenticate": f'Bearer realm="api"{more}'})
