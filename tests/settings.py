"""The settings of an installation, taken from an environment that the tests control."""

import os
import tempfile
from pathlib import Path

FOLDER_NAME = "TEST_THROUGHLINE_FOLDER"  # shared by the processes of one run
POSTGRES_URL = "THROUGHLINE_TEST_POSTGRES_URL"
DATABASE = "THROUGHLINE_TEST_DATABASE"  # sqlite (the default) or postgres
CHROMIUM = "THROUGHLINE_TEST_CHROMIUM"
KEPT = (POSTGRES_URL, DATABASE, CHROMIUM, "THROUGHLINE_TEST_MLFLOW_URL", "THROUGHLINE_SHOTS")

for name in [name for name in os.environ if name.startswith("THROUGHLINE_") and name not in KEPT]:
    del os.environ[name]

if FOLDER_NAME not in os.environ:
    os.environ[FOLDER_NAME] = tempfile.mkdtemp(prefix="throughline-tests-")
FOLDER = Path(os.environ[FOLDER_NAME])
(FOLDER / "static").mkdir(parents=True, exist_ok=True)
IN_MEMORY = Path("/dev/shm") / FOLDER.name if Path("/dev/shm").is_dir() else FOLDER
IN_MEMORY.mkdir(exist_ok=True)

os.environ["THROUGHLINE_DATA_DIR"] = str(FOLDER)
os.environ["THROUGHLINE_SECRET_KEY"] = "a key for tests only, long enough to be taken"
os.environ["THROUGHLINE_LOG_FORMAT"] = "text"
os.environ["THROUGHLINE_LOG_LEVEL"] = "warning"
if os.environ.get(DATABASE) == "postgres":
    os.environ["THROUGHLINE_DATABASE_URL"] = os.environ[POSTGRES_URL]

from throughline.project.settings import *  # noqa: E402, F403
from throughline.project.settings import DATABASES  # noqa: E402

# A server that a test starts must not hold a connection to a database that is about to be dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    # A file, as in an installation: a database in memory would share one connection among all threads.
    DATABASES["default"]["TEST"] = {"NAME": str(IN_MEMORY / "test.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{FOLDER.name.replace('-', '_').lower()}"}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# Each client of a test makes its own chain of middleware, and would look through all static files for it.
WHITENOISE_AUTOREFRESH = True
