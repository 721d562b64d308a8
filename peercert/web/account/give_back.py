"""Gives back what someone had typed when their session ended."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.web.account import typed
from peercert.web.account.landing import landing
from peercert.web.doors import now, public, signed_in, to_sign_in


@never_cache
@public
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: HttpRequest) -> HttpResponse:
    """GET shows it to its own account; POST is a page that sends what it holds at the end of its half hour."""
    return _end(request) if request.method == "POST" else _show(request)


def _end(request: HttpRequest) -> HttpResponse:
    action, back = (request.GET.get(name, "") for name in ("action", "back"))
    if not all(url_has_allowed_host_and_scheme(one, allowed_hosts=None) for one in (action, back)):
        return redirect("public:front")
    logout(request)
    return to_sign_in(request, action=action, back=back)


@signed_in
def _show(request: HttpRequest) -> HttpResponse:
    found = typed.kept(request)
    if not found:
        return redirect(landing(request.actor.person, now()))  # type: ignore[attr-defined]
    forms = []
    for name, one in found.items():
        # Words can be looked at and changed; choices, numbers and the page's own marks go along as they are.
        words = [field for field in one.fields if any(letter.isspace() for letter in field[1].strip())]
        forms.append((one, words, [field for field in one.fields if field not in words], name))
    context = {"forms": forms, "arrived": typed.ARRIVED, "had_file": any(one.had_file for one in found.values())}
    return render(request, "account/give_back.html", context)
