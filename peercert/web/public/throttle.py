"""Counts what strangers ask by where they come from, so that nobody carries the register off name by name.

Counted in the database's cache, under a keyed digest of the address: no address is kept. A range of IPv6 addresses that
one connection holds counts as one.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from peercert.rules import numbers


@dataclass(frozen=True)
class Allowance:
    """How many questions in how many seconds."""

    most: int
    seconds: int


#: An office behind one address may ask often; a list of names may not be asked through. Our numbers cannot be guessed;
#: those of an earlier register follow each other, so they are counted like names, and so is whatever may be one.
#: Keys that open nothing may be tried by whoever looks for one. Calls for help are read by a person. A file that is
#: sent keeps a process busy.
ALLOWED = {
    "name": (Allowance(30, 900), Allowance(300, 86_400)),
    "number": (Allowance(200, 900), Allowance(3_000, 86_400)),
    "old_number": (Allowance(30, 900), Allowance(300, 86_400)),
    "key": (Allowance(60, 900), Allowance(600, 86_400)),
    "claim": (Allowance(10, 900), Allowance(30, 86_400)),
    "file": (Allowance(40, 900), Allowance(400, 86_400)),
    "help": (Allowance(5, 900), Allowance(20, 86_400)),
}


def is_too_much(request: HttpRequest, kind: str, now: datetime) -> bool:
    """Count one more question of this kind, and tell whether it is one too many: the same steps for each question."""
    key = f"register:{kind}:{_source(request.META.get('REMOTE_ADDR', ''))}"
    allowances = ALLOWED[kind]
    windows = [int(now.timestamp()) // allowance.seconds for allowance in allowances]
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One source's questions are counted one after the other, whichever process answers them.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        before = cache.get(key, [(window, 0) for window in windows])
        counts = [
            (window, count + 1 if then == window else 1) for window, (then, count) in zip(windows, before, strict=True)
        ]
        cache.set(key, counts, timeout=max(allowance.seconds for allowance in allowances))
    return any(count > allowance.most for (_, count), allowance in zip(counts, allowances, strict=True))


def kind_of(number: str) -> str:
    """As what a question by this number is counted."""
    try:
        numbers.read(number, "C")
    except ValueError:
        return "old_number"
    return "number"


def wait_page(request: HttpRequest) -> HttpResponse:
    """The page that asks to wait a little."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(ALLOWED["name"][0].seconds)
    return response


def _source(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        told = address
    else:
        told = str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)
    return hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()[:32]
