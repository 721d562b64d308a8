"""The whole program as the web server of production runs it, with one view more: a bare read of one row by its key."""

from peercert.config.wsgi import application as application  # the program is set up before its parts are read

# isort: split
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from peercert.config import urls
from peercert.program.certificates.models import Certificate


def bare(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate by its key, its number as the answer."""
    return HttpResponse(Certificate.objects.get(pk=pk).number)


urlpatterns = [path("bare/<int:pk>/", bare), *urls.urlpatterns]
settings.ROOT_URLCONF = "bench._api_site"
