"""The pages as a WSGI application; CALCITRIAL_HOME names the home they show."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "calcitrial.settings")
application = get_wsgi_application()
# Each thread of the server keeps its connection to the database for a while, and looks whether it still holds.
connections.settings["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
