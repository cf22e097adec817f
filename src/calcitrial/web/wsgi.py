"""The pages as a WSGI application; CALCITRIAL_HOME names the home they show."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "calcitrial.settings")
application = get_wsgi_application()
