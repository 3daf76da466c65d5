"""Signs people in at an OpenID Connect provider; who they are here is decided by the action alone."""

import json
from typing import Any, NoReturn, cast

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from throughline.actions.sign_in import sign_in_with_oidc
from throughline.core.errors import NotAllowed, Refused
from throughline.web import frame
from throughline.web.access import start_session
from throughline.web.routes import PageRequest, page, prepare, safe_next

PROVIDER_ID = "oidc"
# Keys of the provider's own; a shared secret or no signature at all would let others write tokens.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SKEW_SECONDS = 60


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Talks to the provider, and believes nothing that it has not signed."""

    def get_provider(self) -> "Provider":
        return Provider(self.request, app=configured_app())

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002 - given by the library
        return f"{settings.BASE_URL}{reverse('oidc_callback')}"

    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises `OAuth2Error` where the address answers for another issuer, as a mixed-up provider would."""
        try:
            found: dict[str, Any] = super().openid_config
        except ValueError as error:
            raise OAuth2Error("The provider's description cannot be read") from error
        if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider calls itself by another issuer")
        return found

    def complete_login(self, request: HttpRequest, app: SocialApp, token: object, **more: Any) -> SocialLogin:
        """The signed token says who it is; what the provider says further counts only for the same subject."""
        try:
            login = super().complete_login(request, app, token, **more)
            signed = login.account.extra_data["id_token"]["sub"]
            further = (login.account.extra_data.get("userinfo") or {}).get("sub")
        except (KeyError, ValueError) as error:
            raise OAuth2Error("The provider does not say who this is") from error
        if further not in (None, signed):
            raise OAuth2Error("The provider tells of two different people")
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            with get_adapter().get_requests_session() as session:
                keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json())
            return jwt.decode(
                id_token,
                key=keys[str(header.get("kid"))],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=SKEW_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise OAuth2Error("The provider's answer is not signed as it should be") from error


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = Exchange


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What the library asks at its turning points: nobody is signed up by it, and no page of it is shown."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - as above
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: object) -> object:  # noqa: ARG002 - as above
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        asked = prepare(request)
        claims = told(sociallogin)
        try:
            person = sign_in_with_oidc(
                actor=asked.actor,
                issuer=str(settings.OIDC_ISSUER),
                subject=str(claims.get("sub", "")),
                email=str(claims.get("email") or ""),
                is_verified=claims.get("email_verified") is True,
                name=str(claims.get("name") or claims.get("preferred_username") or ""),
                now=asked.now,
            )
        except (Refused, NotAllowed) as refusal:
            why = refusal.text if isinstance(refusal, NotAllowed) else str(refusal)
            raise ImmediateHttpResponse(explained(request, why, status=403)) from refusal
        start_session(asked, person)
        raise ImmediateHttpResponse(redirect(sociallogin.state.get("next") or frame.url("today")))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,  # noqa: ARG002 - as above
        error: object = None,
        exception: BaseException | None = None,
        extra_context: object = None,  # noqa: ARG002 - as above
    ) -> NoReturn:
        raise ImmediateHttpResponse(explained(request, why_failed(request, error, exception), status=502))


@never_cache
@page("", at="open", methods=("POST",))
def start(request: PageRequest) -> HttpResponse:
    """Sends the browser to the provider, with a state that only this browser knows and a PKCE challenge."""
    if not settings.OIDC_ISSUER:
        raise Http404
    provider = Provider(request, app=configured_app())
    next_url = safe_next(request, frame.url("today"))
    try:
        return cast(HttpResponse, provider.redirect(request, process=AuthProcess.LOGIN, next_url=next_url))
    except (requests.RequestException, OAuth2Error) as error:
        return explained(request, why_failed(request, None, error), status=502)
    except ImmediateHttpResponse as answer:
        return cast(HttpResponse, answer.response)


@never_cache
@page("", at="open", activity="session.started")
def callback(request: PageRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    answer = OAuth2CallbackView.adapter_view(Exchange(request, PROVIDER_ID))
    return cast(HttpResponse, answer(request))


def configured_app() -> SocialApp:
    """From the settings alone; what stands in the library's own table does not count."""
    [app] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return SocialApp(provider="openid_connect", **app)


def told(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider signed, filled up with what it says of the same subject when asked."""
    data = sociallogin.account.extra_data
    return {**(data.get("userinfo") or {}), **data["id_token"]}


def why_failed(request: HttpRequest, error: object, exception: BaseException | None) -> str:
    """In words for whoever wants to come in; the log has the details for whoever runs the installation."""
    if error == AuthError.CANCELLED:
        return "You stopped the sign-in at the provider. Nothing happened."
    if isinstance(exception, requests.ConnectionError | requests.Timeout):
        return f"{settings.OIDC_NAME} does not answer at the moment. Try again in a minute, or use a sign-in link."
    if isinstance(exception, requests.RequestException | json.JSONDecodeError):
        return f"{settings.OIDC_NAME} answered in a way that we do not understand. Tell an administrator."
    if isinstance(exception, OAuth2Error):
        return (
            f"{settings.OIDC_NAME} did not confirm this sign-in. If it happens again, tell an administrator: "
            "the client id or secret may be wrong."
        )
    if request.GET.get("error"):
        return f"{settings.OIDC_NAME} refused this sign-in. Ask its administrator whether you may use Throughline."
    return "This sign-in was begun in another browser, too long ago, or not by you. Begin again here."


def explained(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    context = {"why": why, "provider": settings.OIDC_NAME, "frame": {"theme": frame.theme(request)}}
    return render(request, "access/provider_failed.html", context, status=status)
