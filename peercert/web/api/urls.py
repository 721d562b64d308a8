"""Addresses for machines. Each says whether it is public or asks for a key."""

from django.urls import URLPattern

from peercert.web.api.keys import Key
from peercert.web.api.v1 import api


def _guarded() -> list[URLPattern]:
    """Ninja's addresses, each view marked by the key that its operations ask for."""
    patterns = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]
    needs: dict[str, str] = {}
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                asked = [auth for auth in operation.auth_callbacks if type(auth) is Key]
                needs[operation.url_name] = "key" if asked else "public"
    for pattern in patterns:
        pattern.callback.guard = needs[str(pattern.name)]  # type: ignore[attr-defined]
    return patterns


app_name = "api"
urlpatterns = _guarded()
