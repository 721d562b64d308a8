"""The web server's way in."""

import gc
import os
import signal
from importlib import import_module

from peercert.config.children import die_with_parent

# A killed server must not leave a process behind that answers with old code on the same port.
die_with_parent(signal.SIGKILL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")

from django.conf import settings  # noqa: E402 - after the settings are named
from django.core.wsgi import get_wsgi_application  # noqa: E402 - as above

application = get_wsgi_application()
# The pages' code is loaded now, and what is loaded stays: the collector looks only at what comes later. Else it walks
# all of it at every fiftieth request or so, and holds that one up by as much as a page takes.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
