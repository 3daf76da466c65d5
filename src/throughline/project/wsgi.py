"""The entry point of every web server that speaks WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.project.settings")

application = get_wsgi_application()
