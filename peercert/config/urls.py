"""Every address. Spanish is the same address under /es/; machines' addresses have no language."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from peercert.config import health
from peercert.web.public import published, webhook_keys

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path(".well-known/did.json", published.did_document, name="did_document"),
    path("status/<int:number>", published.status_list, name="status_list"),
    path("api/v1/", include("peercert.web.api.urls")),
    path(".well-known/http-message-signatures-directory", webhook_keys.webhook_keys, name="webhook_keys"),
    path("log/", include("peercert.web.log.urls")),
]

handler400 = "peercert.web.uploads.bad_request"

_demo = [path("demo/", include("peercert.web.demo.urls"))] if settings.ENVIRONMENT.is_demo else []

urlpatterns += i18n_patterns(
    path("apply/", include("peercert.web.applicant.urls")),
    path("staff/", include("peercert.web.staff.urls")),
    path("partner/", include("peercert.web.partner.urls")),
    path("account/", include("peercert.web.account.urls")),
    path("account/", include("allauth.urls")),
    *_demo,
    path("", include("peercert.web.public.urls")),
    prefix_default_language=False,
)
