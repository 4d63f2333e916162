"""From a request to its response, independent of the connection: authentication, the handler, and faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import gzip
from typing import TYPE_CHECKING

from tests.fake_plex.auth import Gatekeeper
from tests.fake_plex.faults import Fault
from tests.fake_plex.http import Answer, Call, error, parse_parameters
from tests.fake_plex.routes import find_handler

if TYPE_CHECKING:
    from tests.fake_plex.server import FakePlex

STARTING_UP = "the server is still starting up. Please retry later"


@dataclass(slots=True, frozen=True)
class Question:
    """One HTTP request without its connection; `raw_query` is what follows the question mark, still encoded."""

    method: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


def gatekeeper_of(plex: FakePlex) -> Gatekeeper:
    """Return the object that checks the tokens of a server."""
    return Gatekeeper(plex.token, plex.shared_token, plex.claimed, plex.role_of)


async def answer(plex: FakePlex, question: Question) -> Answer:
    """Return the response of a server to a request."""
    gatekeeper = gatekeeper_of(plex)
    refused = gatekeeper.refusal(question)
    if refused is not None:
        return error(refused)
    found = find_handler(question.method, question.path)
    if found is None:
        return error(404)
    handler, groups = found
    return await handler(
        Call(
            plex=plex,
            method=question.method,
            path=question.path,
            parameters=parse_parameters(question.raw_query),
            headers=question.headers,
            admin=gatekeeper.is_admin(question),
            groups=groups,
        )
    )


def instead(question: Question, fault: Fault) -> Answer:
    """Return the response that a fault replaces the real one with."""
    match fault.kind:
        case "html":
            page = fault.body or "<html><head><title>Plex</title></head><body><h1>Welcome</h1></body></html>"
            return Answer(body=page.encode())
        case "empty":
            return Answer()
        case "gzip_bomb":
            return Answer(body=_gzip_bomb(), headers={"Content-Encoding": "gzip"})
        case "encoding":  # one that no client asks for
            return Answer(body=b"MediaContainer", headers={"Content-Encoding": "compress"})
        case "starting_up":
            text = f"<html><head><title>Bad Request</title></head><body><h1>400 {STARTING_UP}</h1></body></html>"
            return Answer(status=400, body=text.encode(), headers=fault.headers)
        case "redirect":
            query = f"?{question.raw_query}" if question.raw_query else ""
            return error(302, {"Location": f"{fault.to}{question.path}{query}"})
        case _:
            answered = error(fault.status, fault.headers)
            if fault.body is not None:
                answered.body = fault.body.encode()
            return answered


@cache
def _gzip_bomb() -> bytes:
    """Return a small body that is 64 MB when it is unpacked."""
    return gzip.compress(b"<MediaContainer title='" + b" " * (64 * 2**20))
