"""Second factors in a session: was one used, and must it have been?"""

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest


def was_used(request: HttpRequest) -> bool:
    """Whether an app's code, a recovery code or a passkey was shown in this session."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def is_owed(request: HttpRequest) -> bool:
    """Whether an officer's page must wait for a second factor. Personas of the demonstration have none to show."""
    return request.session.get("signed_in_by") == "allauth" and not was_used(request)
