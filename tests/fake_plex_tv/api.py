"""Version 2 of plex.tv's API for sign-ins, and the list of friends for plexapi."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fake_plex_tv.models import Account, Pin
from tests.fake_plex_tv.rendering import answer, refused

if TYPE_CHECKING:
    from tests.fake_plex_tv.server import FakePlexTv

LOCATION = {
    "code": "NL",
    "european_union_member": True,
    "continent_code": "EU",
    "country": "Netherlands",
    "city": "Utrecht",
    "time_zone": "Europe/Amsterdam",
    "postal_code": "3511",
    "in_privacy_restricted_country": True,
    "subdivisions": "Utrecht",
    "coordinates": "52.09, 5.12",
}
POLL_SECONDS = 1.0  # a PIN may be asked about that often
_PIN_GONE = (404, 1020, "Code not found or expired")


async def create_pin(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Create a PIN; the parameters can be in headers, query or form."""
    parameters = await _parameters(request)
    for name, code, text in (
        ("x-plex-client-identifier", 1000, "X-Plex-Client-Identifier is missing"),
        ("x-plex-product", 1000, "X-Plex-Product is missing"),
    ):
        if not parameters.get(name):
            return refused(request, 400, code, text)
    if "jwk" in parameters:
        # A key would end the long-lived token of the device, and media servers refuse the new kind.
        return refused(request, 400, 1000, "jwk is not for this client")
    pin = plex_tv.create_pin(
        strong=parameters.get("strong", "").lower() in {"true", "1"},
        parameters=parameters,
        origin=request.headers.get("Origin"),
        maker=request.remote or "",
    )
    return answer(request, "pin", _pin(pin), 201)


async def _parameters(request: web.Request) -> dict[str, str]:
    """Return all parameters with lower-case names: those of the form, the query and the headers."""
    form: dict[str, Any] = {}
    if request.content_type == "application/json":
        form = dict(await request.json())
    elif request.can_read_body:
        form = dict(await request.post())
    sources = (request.headers, request.query, form)
    return {name.lower(): str(value) for source in sources for name, value in source.items()}


async def poll_pin(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Return whether a PIN was claimed, only to the client that created it."""
    identifier = request.headers.get("X-Plex-Client-Identifier") or request.query.get("X-Plex-Client-Identifier")
    number: str = request["id"]
    pin = plex_tv.pins.get(int(number)) if number.isdecimal() else None
    if not identifier or not number.isdecimal():
        return refused(request, 400, 1000, "X-Plex-Client-Identifier is missing")
    now = plex_tv.clock()
    if pin is None or pin.client_identifier != identifier or now >= pin.expires_at:
        return refused(request, *_PIN_GONE)
    too_soon = bool(pin.polls) and now - pin.polls[-1] < POLL_SECONDS
    pin.polls.append(now)
    if plex_tv.switches.limits_polls and too_soon:
        return refused(request, 429, 1003, "API rate limit exceeded")
    return answer(request, "pin", _pin(pin))


async def pin_info(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Return whether the sign-in page has to warn, because the PIN was created at another address."""
    pin = plex_tv.valid_pin(request.query.get("code", ""))
    if pin is None:
        return refused(request, *_PIN_GONE)
    browser = plex_tv.switches.browser_address or request.remote
    data = {
        "product": pin.product,
        "trusted": False,
        "ipMatches": pin.maker == browser,
        "isSafeOrigin": bool(pin.origin),
        "address": pin.maker,
        "location": LOCATION,
    }
    return answer(request, "pin", data)


def _pin(pin: Pin) -> dict[str, Any]:
    return {
        "id": pin.id,
        "code": pin.code,
        "product": pin.product,
        "trusted": False,
        "qr": f"https://plex.tv/api/v2/pins/qr/{pin.code}",
        "clientIdentifier": pin.client_identifier,
        "location": LOCATION,
        "expiresIn": pin.expires_in,
        "createdAt": _time(pin.created_at),
        "expiresAt": _time(pin.expires_at),
        "authToken": pin.token,
        "newRegistration": None,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signed_in(plex_tv: FakePlexTv, request: web.Request) -> tuple[Account, str] | None:
    token = request.headers.get("X-Plex-Token") or request.query.get("X-Plex-Token") or ""
    account = plex_tv.account_of(token)
    return (account, token) if account else None


def _unauthorized(request: web.Request) -> web.Response:
    return refused(request, 401, 1001, "User could not be authenticated")


async def user(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Describe the account."""
    found = _signed_in(plex_tv, request)
    if found is None:
        return _unauthorized(request)
    account, token = found
    data = {
        "id": account.id,
        "uuid": f"{account.id:016x}",
        "username": account.username,
        "title": account.username,
        "email": account.email,
        "friendlyName": "",
        "locale": None,
        "confirmed": True,
        "emailOnlyAuth": False,
        "hasPassword": True,
        "protected": False,
        "thumb": f"https://plex.tv/users/{account.id:016x}/avatar?c=123456",
        "authToken": token,
        "mailingListStatus": "unsubscribed",
        "mailingListActive": False,
        "scrobbleTypes": "",
        "country": "NL",
        "subscription": {
            "active": False,
            "subscribedAt": None,
            "status": "Inactive",
            "paymentService": None,
            "plan": None,
            "features": ["home", "adaptive_bitrate"],
        },
        "subscriptionDescription": None,
        "restricted": False,
        "anonymous": None,
        "home": False,
        "guest": False,
        "homeSize": 1,
        "homeAdmin": False,
        "maxHomeSize": 15,
        "rememberExpiresAt": None,
        "profile": {
            "autoSelectAudio": True,
            "defaultAudioLanguage": None,
            "defaultSubtitleLanguage": None,
            "autoSelectSubtitle": 1,
            "defaultSubtitleAccessibility": 0,
            "defaultSubtitleForces": 0,
        },
        "entitlements": [],
        "experimentalFeatures": False,
        "twoFactorEnabled": False,
        "backupCodesCreated": False,
        "joinedAt": 1339124759,
    }
    return answer(request, "user", data)


async def resources(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """List the servers and players of the account."""
    found = _signed_in(plex_tv, request)
    if found is None:
        return _unauthorized(request)
    account, token = found
    include_relay = request.query.get("includeRelay") == "1"
    rows = [resource.as_dict(account, token) for resource in plex_tv.listed_for(account)]
    for row in rows:
        row["connections"] = [each for each in row["connections"] if include_relay or not each["relay"]]
    return answer(request, "resources", rows)


async def friends(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """List the users that servers are shared with: an older part of the API, in XML only."""
    if _signed_in(plex_tv, request) is None:
        return _unauthorized(request)
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer friendlyName="myPlex" totalSize="0" size="0" />'
    return web.Response(text=body, content_type="application/xml")


async def ping(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Keep a token from expiring."""
    if _signed_in(plex_tv, request) is None:
        return _unauthorized(request)
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"pong": True})
    return web.Response(text='<?xml version="1.0" encoding="UTF-8"?>\n<pong>1</pong>', content_type="application/xml")


async def sign_out(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Revoke the token of the request."""
    found = _signed_in(plex_tv, request)
    if found is None:
        return _unauthorized(request)
    plex_tv.revoke(found[1])
    return web.Response(status=204)
