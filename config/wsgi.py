"""The WSGI application that the server loads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.databases import limit_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Before the first connection is made.
limit_time(settings.DATABASES)
application = get_wsgi_application()
