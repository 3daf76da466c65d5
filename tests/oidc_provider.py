"""A small OpenID Connect provider in a process of its own: discovery, code flow with PKCE, RS256, userinfo.

`python -m tests.oidc_provider PORT` serves; what it tells of the person, and what is wrong with it, is set by
`POST /as-told` with JSON: `{"claims": {...}, "fault": "..."}`.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID, CLIENT_SECRET = "throughline", "a secret of the client"
KEY_ID = "k1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class State:
    """What the tests ask this provider to do, and the codes that it gave out."""

    claims: dict[str, Any] = {}
    fault = ""
    codes: dict[str, dict[str, str]] = {}
    access: dict[str, dict[str, Any]] = {}


def with_shared_secret(header: dict[str, Any], content: dict[str, Any]) -> str:
    """By hand, because the library refuses to sign like this: the key that everybody knows, used as a secret."""
    secret = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = b".".join(plain(json.dumps(part).encode()) for part in (header, content))
    return b".".join((signed, plain(hmac.digest(secret, signed, "sha256")))).decode()


def plain(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        pages = {
            "/.well-known/openid-configuration": self.discovery,
            "/jwks": self.jwks,
            "/authorize": self.authorize,
            "/userinfo": self.userinfo,
        }
        pages.get(path, self.nothing)()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/as-told":
            told = json.loads(body)
            State.claims, State.fault = told.get("claims", {}), told.get("fault", "")
            self.answer({})
        elif self.path == "/token":
            self.token({key: values[0] for key, values in parse_qs(body).items()})
        else:
            self.nothing()

    def discovery(self) -> None:
        issuer = self.issuer
        if State.fault == "not_json":
            self.send(200, b"<html>maintenance</html>", "text/html")
            return
        self.answer(
            {
                "issuer": "https://other.example.org" if State.fault == "other_issuer" else issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    def jwks(self) -> None:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        self.answer({"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})

    def authorize(self) -> None:
        given = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        back: dict[str, str] = {"state": given["state"]}
        if State.fault == "denied":
            back["error"] = "access_denied"
        elif given.get("code_challenge_method") != "S256" or given["client_id"] != CLIENT_ID:
            back["error"] = "invalid_request"
        else:
            code = secrets.token_urlsafe(16)
            State.codes[code] = given
            back["code"] = code
        self.send_response(302)
        self.send_header("Location", f"{given['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def token(self, given: dict[str, str]) -> None:
        asked = State.codes.pop(given.get("code", ""), None)
        challenge = plain(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            self.answer({"error": "invalid_client"}, 401)
        elif asked is None or asked["redirect_uri"] != given.get("redirect_uri"):
            self.answer({"error": "invalid_grant"}, 400)
        elif challenge.decode() != asked["code_challenge"]:
            self.answer({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        else:
            access = secrets.token_urlsafe(16)
            State.access[access] = dict(State.claims)
            self.answer(
                {
                    "access_token": access,
                    "token_type": "Bearer",
                    "expires_in": 60,
                    "id_token": self.id_token(),
                }
            )

    def userinfo(self) -> None:
        claims = State.access.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if claims is None:
            self.answer({"error": "invalid_token"}, 401)
        else:
            self.answer({**claims, "sub": "somebody else"} if State.fault == "two_people" else claims)

    def id_token(self) -> str:
        now = int(time.time())
        content = {**State.claims, "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        content.update(
            {
                "other_audience": {"aud": "another client"},
                "wrong_issuer": {"iss": "https://evil.example.org"},
                "expired": {"exp": now - 3600, "iat": now - 7200},
            }.get(State.fault, {})
        )
        header = {"kid": "unknown" if State.fault == "unknown_key" else KEY_ID}
        if State.fault == "unsigned":
            return jwt.encode(content, None, algorithm="none", headers=header)
        if State.fault == "signed_with_the_public_key":
            return with_shared_secret({**header, "alg": "HS256"}, content)
        key = FOREIGN_KEY if State.fault == "foreign_key" else KEY
        return jwt.encode(content, key, algorithm="RS256", headers=header)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def nothing(self) -> None:
        self.answer({"error": "nothing here"}, 404)

    def answer(self, content: object, status: int = 200) -> None:
        self.send(status, json.dumps(content).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
