"""Taking a passkey off, unless it is the last one that its owner may sign in with."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from peercert.web.doors import signed_in


@signed_in
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """allauth's page, for a passkey that may go."""
    found = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    adapter = get_adapter()
    if not adapter.can_delete_authenticator(found):
        messages.error(request, adapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_list_webauthn")
    shown: HttpResponse = remove_webauthn(request, pk=pk)
    return shown
