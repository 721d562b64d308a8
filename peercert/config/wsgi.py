"""The web server's way in."""

import os
import signal

from peercert.config.children import die_with_parent

# A killed server must not leave a process behind that answers with old code on the same port.
die_with_parent(signal.SIGKILL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after the settings are named

application = get_wsgi_application()
