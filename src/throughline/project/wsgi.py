"""The entry point of every web server that speaks WSGI."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.project.settings")

application = get_wsgi_application()

# As delivered, the collector of cycles runs about once in each request that reads a list. Django leaves some 600 small
# objects in cycles per request; collecting those of many requests together costs less.
gc.set_threshold(20_000, 20, 20)
