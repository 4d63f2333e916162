"""The client when plexapi fails: the same requests are sent without it, with the same errors."""

from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import Session
from tests.fake_plex import FakePlex, Fault


@pytest.fixture
def broken_plexapi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make plexapi fail, as after an incompatible release."""

    def fail(*_args: Any, **_kwargs: Any) -> None:
        msg = "no attribute '_headers'"
        raise AttributeError(msg)

    monkeypatch.setattr("plexapi.server.PlexServer._headers", fail)


@pytest.mark.usefixtures("broken_plexapi")
async def test_request_is_sent_without_plexapi_if_plexapi_fails(
    fake_plex: FakePlex, client: PlexClient, tmp_path: Any
) -> None:
    """The same request is sent without plexapi; the token is in the header."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})

    (library,) = await client.libraries()
    await client.refresh(library, "/data/m/Tenet (2020)")

    assert library.title == "Movies"
    assert fake_plex.stats.requests[-1].query == {"path": "/data/m/Tenet (2020)"}
    assert all("X-Plex-Token" not in request.query for request in fake_plex.stats.requests)


@pytest.mark.usefixtures("broken_plexapi")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=401), ErrorKind.AUTH),
        (Fault("status", status=500), ErrorKind.SERVER_ERROR),
        (Fault("truncated"), ErrorKind.BROKEN_RESPONSE),
        (Fault("empty"), ErrorKind.BROKEN_RESPONSE),
        (Fault("disconnect"), ErrorKind.BROKEN_RESPONSE),
        (Fault("stall"), ErrorKind.TIMEOUT),
        (Fault("redirect", to="https://elsewhere.example"), ErrorKind.NOT_PLEX),
    ],
    ids=["401", "500", "truncated", "empty", "cut off", "stalled", "redirected"],
)
async def test_errors_without_plexapi_are_the_same(
    fake_plex: FakePlex, client: PlexClient, fault: Fault, kind: ErrorKind
) -> None:
    """Errors of Plex are the same both ways."""
    await client.libraries()
    fake_plex.faults.add(fault)

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is kind


async def test_refusal_is_not_requested_again_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """A refusal of Plex is not requested again without plexapi."""
    await client.server()
    fake_plex.stats.reset()
    fake_plex.faults.add(Fault("status", status=403))

    with pytest.raises(PlexError):
        await client.libraries()

    assert fake_plex.stats.paths() == ["/library/sections"]


@pytest.mark.usefixtures("broken_plexapi")
async def test_large_page_is_read_completely_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """A large page arrives in several chunks."""
    fake_plex.faults.add(Fault("html", path="/library/*", body=many_libraries(5000)))

    assert len(await client.libraries()) == 5000


@pytest.mark.usefixtures("broken_plexapi")
async def test_retry_after_is_kept_without_plexapi(fake_plex: FakePlex, client: PlexClient) -> None:
    """Retry-After is kept, as with plexapi."""
    fake_plex.faults.add(Fault("status", status=429, headers={"Retry-After": "77"}))

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert (error.value.kind, error.value.retry_after) == (ErrorKind.RATE_LIMITED, 77)


def many_libraries(count: int) -> str:
    """Return a response with so many libraries."""
    rows = (f'<Directory key="{number}" type="movie" title="Movies {number}" agent="x"/>' for number in range(count))
    return f"<MediaContainer>{''.join(rows)}</MediaContainer>"


@pytest.mark.usefixtures("broken_plexapi")
async def test_unexpected_error_is_logged_without_the_token(
    fake_plex: FakePlex,
    client: PlexClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected error is a broken response, too, with a traceback in the log and without the token."""

    def fail(*_args: Any, **_options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Session, "query", fail)

    for _ in range(2):
        with pytest.raises(PlexError) as error:
            await client.libraries()
        assert error.value.kind is ErrorKind.BROKEN_RESPONSE

    assert "Traceback" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Unexpected error in plexapi: AttributeError"  # once, not with every request
    ]
    assert fake_plex.token not in caplog.text
