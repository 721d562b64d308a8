"""The keys that messages to organisations' machines verify with (RFC 9421), for anyone to fetch."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from peercert.gateways.webhooks import directory
from peercert.program.certificates.signing import in_use, public_keys, signer_for
from peercert.web.doors import public

MEDIA_TYPE = "application/http-message-signatures-directory+json"


@public
@cache_control(public=True, max_age=300)
@require_safe
def webhook_keys(request: HttpRequest) -> JsonResponse:
    """A JSON Web Key Set: the key in use first, then those retired."""
    if in_use("webhook") is None:
        signer_for("webhook")  # made when first asked for, so that a receiver can be set up before the first message
    response = JsonResponse(directory(public_keys("webhook")), content_type=MEDIA_TYPE)
    response["Access-Control-Allow-Origin"] = "*"
    return response
