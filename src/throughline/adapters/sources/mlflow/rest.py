"""Asking an MLflow server over REST, and saying in words why it did not answer as expected."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from throughline.adapters.base import NotThere, Reached, Settings, SourceFailed, plain, setting
from throughline.adapters.documents import NotJson, as_object, as_objects, as_text, read_json
from throughline.adapters.http import Caller, Credentials, Reply
from throughline.core.text import Json

API = "/api/2.0/mlflow/"
PAGE = 200
MAX_PAGES = 1_000

_ERROR_CODE = re.compile(r"[A-Z_]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class MLflowSettings(Settings):
    base_url: str = setting(
        "Address",
        "Where the tracking server answers, for example https://mlflow.example.com. "
        "The administrator must allow an address on a private network first.",
        required=True,
        kind="url",
    )
    token: str = setting("Token", "Sent as a bearer token. Leave empty if the server has none.", secret=True)
    username: str = setting("User name", "Only if the server asks for a user name and a password.")
    password: str = setting("Password", "Goes with the user name.", secret=True)
    webhook_secret: str = setting(
        "Webhook secret",
        "The secret given to MLflow when a webhook was made there. "
        "Without it webhooks are refused; polling works all the same.",
        secret=True,
    )


class Registry:
    """The read-only part of MLflow's REST interface, version 2.0."""

    def __init__(self, settings: MLflowSettings, caller: Caller) -> None:
        self.base_url = settings.base_url.rstrip("/")
        self._caller = caller
        self._settings = settings

    def reach(self) -> Reached:
        reply = self._send("registered-models/search", {"max_results": "1"})
        self._read(reply)
        return Reached(reply.status, reply.seconds)

    def models(self, page: int = PAGE) -> Iterator[dict[str, Json]]:
        return self._pages("registered-models/search", "registered_models", {"max_results": str(page)})

    def model(self, name: str) -> dict[str, Json]:
        return self._one("registered-models/get", "registered_model", {"name": name})

    def version(self, name: str, version: str) -> dict[str, Json]:
        return self._one("model-versions/get", "model_version", {"name": name, "version": version})

    def versions(self, name: str, page: int = PAGE) -> Iterator[dict[str, Json]]:
        """Every version of the registered model called exactly `name`."""
        asked = {"filter": f"name={_quoted(name)}", "max_results": str(page)}
        found = self._pages("model-versions/search", "model_versions", asked)
        return (one for one in found if one.get("name") == name)

    def run(self, run_id: str) -> dict[str, Json]:
        return self._one("runs/get", "run", {"run_id": run_id})

    def _pages(self, path: str, name: str, query: Mapping[str, str]) -> Iterator[dict[str, Json]]:
        token = ""
        for _ in range(MAX_PAGES):
            asked = {**query, "page_token": token} if token else query
            document = self._read(self._send(path, asked))
            yield from as_objects(document.get(name))
            following = as_text(document.get("next_page_token"))
            if not following or following == token:
                return
            token = following
        why = f"it has more than {MAX_PAGES} pages."
        raise SourceFailed("MLflow's list was cut off", why, permanent=True)

    def _one(self, path: str, name: str, query: Mapping[str, str]) -> dict[str, Json]:
        found = self._read(self._send(path, query)).get(name)
        if not isinstance(found, dict):
            raise _strange(f"it holds no {name.replace('_', ' ')}.")
        return found

    def _send(self, path: str, query: Mapping[str, str]) -> Reply:
        url = f"{self.base_url}{API}{path}?{urlencode(query)}"
        headers = {"Accept": "application/json"}
        return self._caller.send("GET", url, headers=headers, credentials=self._credentials())

    def _credentials(self) -> Credentials | None:
        settings = self._settings
        if settings.token:
            value = f"Bearer {settings.token}"
        elif settings.username:
            pair = f"{settings.username}:{settings.password}".encode()
            value = f"Basic {base64.b64encode(pair).decode('ascii')}"
        else:
            return None
        return Credentials(self._caller.target(self.base_url).host_port, {"Authorization": value})

    def _read(self, reply: Reply) -> dict[str, Json]:
        if reply.status in (401, 403):
            raise _unwelcome(reply.status)
        if reply.status >= 500 or reply.status == 429:
            why = f"it answered with status {reply.status}."
            raise SourceFailed("MLflow is in trouble", why, "Try again later.")
        try:
            document = read_json(reply.body)
        except NotJson as error:
            raise _not_an_api(reply, str(error)) from error
        if reply.status != 200:
            raise _answered_no(reply.status, as_object(document))
        if not isinstance(document, dict):
            raise _strange("it is not an object.")
        return document


def _quoted(name: str) -> str:
    """A name inside MLflow's filter language, which knows two kinds of quotes and no escape."""
    for quote in ("'", '"'):
        if quote not in name:
            return f"{quote}{name}{quote}"
    raise SourceFailed(
        f"The versions of {plain(name)} cannot be listed",
        "its name holds both kinds of quotes, and MLflow's search cannot express that.",
        "Rename the registered model in MLflow.",
        permanent=True,
    )


def _unwelcome(status: int) -> SourceFailed:
    unknown = "it did not accept the credentials"
    why = unknown if status == 401 else "the credentials may not read the registry"
    return SourceFailed(
        "MLflow refused to answer",
        f"{why} (status {status}).",
        "Enter a token, or a user name and password, that may read registered models and runs.",
        permanent=True,
    )


def _answered_no(status: int, document: Mapping[str, Json]) -> SourceFailed:
    code = as_text(document.get("error_code"))
    if code == "RESOURCE_DOES_NOT_EXIST":
        return NotThere("MLflow answered", "it does not have what was asked for.", "", permanent=True)
    shown = code if _ERROR_CODE.match(code) else "no reason given"
    if status == 404:
        return _no_api_here(status)
    return SourceFailed("MLflow refused the question", f"status {status}, {shown}.", permanent=True)


def _not_an_api(reply: Reply, why: str) -> SourceFailed:
    if reply.status == 404 or "html" in reply.content_type.lower() or reply.body.lstrip()[:1] == b"<":
        return _no_api_here(reply.status)
    return _strange(f"{why}.")


def _no_api_here(status: int) -> SourceFailed:
    return SourceFailed(
        "There is no MLflow interface at this address",
        f"it answered with a web page or with nothing useful (status {status}).",
        "Enter the address of the tracking server itself, not that of one of its pages.",
        permanent=True,
    )


def _strange(why: str) -> SourceFailed:
    return SourceFailed(
        "MLflow's answer was not understood",
        why,
        "Check that the address leads to an MLflow server.",
        permanent=True,
    )
