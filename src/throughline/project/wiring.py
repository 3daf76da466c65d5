"""Translates the configuration into the shapes that Django and its libraries expect."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from throughline.project.config import Config
from throughline.project.parsing import Database

BUSY_SECONDS = 20
# WAL lets readers go on while one writes; FULL puts every commit on disk before it is acknowledged.
SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000"


def stored_key(path: Path) -> str:
    """Empty until the first start has made it; Django then says plainly that it is missing."""
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def host_names(config: Config) -> list[str]:
    own = urlsplit(config.base_url).hostname or ""
    return sorted({own, "127.0.0.1", "localhost", "[::1]"})


def connection(database: Database) -> dict[str, Any]:
    shared: dict[str, Any] = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    if database.is_sqlite:
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": SQLITE_START,
        }
        return {**shared, "ENGINE": "throughline.project.sqlite", "NAME": database.name, "OPTIONS": options}
    return {
        **shared,
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "HOST": database.host,
        "PORT": database.port,
        "USER": database.user,
        "PASSWORD": database.password,
        "OPTIONS": {"connect_timeout": 5, **dict(database.options)},
    }


def providers(config: Config) -> dict[str, Any]:
    if config.oidc_issuer is None:
        return {}
    app = {
        "provider_id": "oidc",
        "name": config.oidc_name,
        "client_id": config.oidc_client_id,
        "secret": config.oidc_client_secret,
        "settings": {"server_url": config.oidc_issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def mail_backend(config: Config) -> str:
    kind = "smtp" if config.email_url else "dummy"
    return f"django.core.mail.backends.{kind}.EmailBackend"


def mail_address(config: Config) -> tuple[str, int, str, str]:
    server = config.email_url
    return (server.host, server.port, server.user, server.password) if server else ("", 25, "", "")
