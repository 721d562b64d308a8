"""What the description of the API says besides what each operation knows of itself."""

from typing import Any

from django.conf import settings

SAYS = (
    "Verify Medi-Cal peer support specialist certificates and build on the register. Anyone may verify a certificate "
    "by its number and read the directory of training providers; the rest needs a key of an organization that has an "
    "agreement with the program. Keys are made, replaced and revoked by the organization's administrators on its page "
    "here, and everything asked with them is listed on a page that the organization reads. Days are days in California."
)

TAGS = {
    "certificates": "Whether somebody is certified, today or on a past day.",
    "receipts": "Signed answers about a day, to be kept for an audit.",
    "providers": "Who may teach what.",
    "FHIR": "Holders as FHIR R4 resources.",
    "rosters": "Whom you watch, and what changed for them.",
    "log": "Proofs that the past was not rewritten.",
    "about": "This API itself.",
}

EXTRA: dict[str, Any] = {
    "info": {
        "contact": {"name": "The certification program", "url": f"{settings.ENVIRONMENT.origin}/contact/"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
    "externalDocs": {"description": "How to begin", "url": f"{settings.ENVIRONMENT.origin}/api/"},
}

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string", "description": "In the language of Accept-Language."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Never changes."},
        "receipt": {"type": "object", "description": "A receipt that no certificate answers for the number."},
        "errors": {
            "type": "array",
            "description": "What is wrong where.",
            "items": {
                "type": "object",
                "required": ["at", "code", "says"],
                "properties": {
                    "at": {"type": "string", "description": "Field, or row of a file."},
                    "code": {"type": "string"},
                    "says": {"type": "string"},
                },
            },
        },
    },
}
_HEADERS = {
    "ETag": {"description": "Send it as If-None-Match to be told 304 where nothing changed.",
             "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of today's quota (with a key).", "schema": {"type": "string"}},
}  # fmt: skip


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Problems, headers and scopes of every operation; Ninja's schema is its own copy and is changed in place."""
    schema["components"]["schemas"]["Problem"] = _PROBLEM
    schema["components"]["securitySchemes"] = {
        "Key": {"type": "http", "scheme": "bearer", "description": "A key of an organization."}
    }
    for name, item in schema["paths"].items():
        for method, operation in item.items():
            _complete(operation, method, is_fhir="/fhir/" in name)
    return schema


def _complete(operation: dict[str, Any], method: str, *, is_fhir: bool) -> None:
    body = (
        {"application/fhir+json": {"schema": {"type": "object"}}}
        if is_fhir
        else {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    )
    responses = operation["responses"]
    for status, answer in responses.items():
        if 200 <= int(status) < 300:
            answer.setdefault("headers", {}).update(_HEADERS)
    if method == "get":
        responses[304] = {"description": "Nothing changed since that ETag."}
    responses["default"] = {"description": "A problem, told in words and by a code.", "content": body}
    scopes = operation.pop("x-scopes")
    if "security" in operation:
        operation["security"] = [{}, {"Key": []}] if scopes is None else [{"Key": []}]
        if scopes and scopes[0]:
            operation["description"] += f"\n\nNeeds a key with the scope `{scopes[0]}`."
