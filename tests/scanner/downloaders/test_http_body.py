"""HTTP requests: JSON, forms of both encodings, queries, and what cannot be read."""

import json
from urllib.parse import urlencode

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.plex_smart_scan.scanner.downloaders import (
    MAX_BODY_SIZE,
    BodyProblem,
    NotANotificationError,
    Notification,
    read_encoded,
)

from .bodies.case import LETS_GET_DOWN, S01E01, S01E02, SEASON_1, SEASON_2

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=------------------------d74496d66958873e"
EVENT = json.dumps({"eventType": "Download", "episodeFile": {"path": S01E01}, "series": {"path": "/TV/Westworld"}})


def _multipart(*fields: tuple[str, str]) -> bytes:
    """Return what `curl -F name=value` sends."""
    boundary = "--------------------------d74496d66958873e"
    parts = [
        f'{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    return b"".join(parts) + f"{boundary}--\r\n".encode()


@pytest.mark.parametrize(
    ("raw", "content_type", "query", "paths"),
    [
        (json.dumps({"path": S01E01}).encode(), JSON, [], [S01E01]),
        (json.dumps({"path": S01E01}).encode(), "application/json; charset=utf-8", [], [S01E01]),
        (json.dumps({"path": LETS_GET_DOWN}, ensure_ascii=False).encode(), JSON, [], [LETS_GET_DOWN]),
        (b"\xef\xbb\xbf" + json.dumps({"path": S01E01}).encode(), JSON, [], [S01E01]),
        # curl -d '{…}' declares a form, and some scripts declare no type.
        (json.dumps({"paths": [S01E01, S01E02]}).encode(), FORM, [], [S01E01, S01E02]),
        (b"\n " + EVENT.encode(), "", [], [S01E01]),
        (urlencode({"path": LETS_GET_DOWN}).encode(), FORM, [], [LETS_GET_DOWN]),
        (urlencode([("path", S01E01), ("path", S01E02)]).encode(), FORM, [], [S01E01, S01E02]),
        (urlencode([("paths", S01E01), ("category", "tv")]).encode(), FORM, [], [S01E01]),
        (urlencode({"path": "/TV/a & b + c 100%.mkv"}).encode(), FORM, [], ["/TV/a & b + c 100%.mkv"]),
        # Names that are not escaped: what follows an ampersand belongs to the path.
        (b"path=/TV/Rhett.&.Link's/x.mkv", FORM, [], ["/TV/Rhett.&.Link's/x.mkv"]),
        (b"path=/TV/A & B & C/x%20y.mkv&category=tv", FORM, [], ["/TV/A & B & C/x y.mkv"]),
        (b"path=/TV/A & B&path=/TV/C&&D&", FORM, [], ["/TV/A & B", "/TV/C&&D"]),
        (b"eventType=Manual&filepath=/TV/A & B/x.mkv", FORM, [], ["/TV/A & B/x.mkv"]),
        (urlencode({"eventType": "Manual", "filepath": LETS_GET_DOWN}).encode(), FORM, [], [LETS_GET_DOWN]),
        (_multipart(("path", LETS_GET_DOWN)), MULTIPART, [], [LETS_GET_DOWN]),
        (_multipart(("path", S01E01), ("path", S01E02)), MULTIPART, [], [S01E01, S01E02]),
        (b"", "", [("path", S01E01)], [S01E01]),
        (b"", "", [("dir", SEASON_1), ("dir", SEASON_2)], [SEASON_1, SEASON_2]),
        (b"{}", JSON, [("path", S01E01)], [S01E01]),
        (b"x=y", FORM, [("path", S01E01)], [S01E01]),
        # The paths of a body take precedence over the query.
        (EVENT.encode(), JSON, [("path", S01E02)], [S01E01]),
        (json.dumps({"path": S01E01}).encode(), JSON, [("path", S01E02)], [S01E01]),
    ],
)
def test_body_is_read_whatever_its_declared_type(
    raw: bytes, content_type: str, query: list[tuple[str, str]], paths: list[str]
) -> None:
    """The format is recognized from the content, not only from the declared type."""
    assert [file.path for file in read_encoded(raw, content_type, query).files] == paths


@pytest.mark.parametrize(
    ("raw", "content_type", "problem"),
    [
        (b"", "", BodyProblem.NOTHING_KNOWN),
        (b"hello", "text/plain", BodyProblem.NOTHING_KNOWN),
        (S01E01.encode(), FORM, BodyProblem.NOTHING_KNOWN),
        (b'{"path": ', JSON, BodyProblem.NOT_JSON),
        (b"{'path': '/TV'}", FORM, BodyProblem.NOT_JSON),
        (b"path=/TV", JSON, BodyProblem.NOT_JSON),
        (b"[" * 100_000, JSON, BodyProblem.NOT_JSON),
        (b'{"size": ' + b"9" * 10_000 + b"}", JSON, BodyProblem.NOT_JSON),
        (b'["/TV"]', JSON, BodyProblem.NOT_AN_OBJECT),
        (b'"/TV"', JSON, BodyProblem.NOT_AN_OBJECT),
        (b'{"path": "\xff"}', JSON, BodyProblem.NOT_UTF8),
        (b"path=%FF%FE", FORM, BodyProblem.NOT_UTF8),
        (b"path=/TV/A & B = C/x.mkv", FORM, BodyProblem.NOT_ESCAPED),
        (b"path=/TV/A&B=C/x.mkv", FORM, BodyProblem.NOT_ESCAPED),
        (b"path=/TV/Tom&Jerry=Friends", FORM, BodyProblem.NOT_ESCAPED),
        (_multipart(("path", S01E01)).replace(b"Westworld", b"\xe9"), MULTIPART, BodyProblem.NOT_UTF8),
        (b"--x\r\n\r\n", MULTIPART, BodyProblem.NOTHING_KNOWN),
        (b"\x1f\x8b\x08\x00", "", BodyProblem.NOT_UTF8),
        (b" " * (MAX_BODY_SIZE + 1), JSON, BodyProblem.TOO_LARGE),
    ],
)
def test_unreadable_body_is_rejected_with_its_problem(raw: bytes, content_type: str, problem: BodyProblem) -> None:
    """The reason is given why a body cannot be read."""
    with pytest.raises(NotANotificationError) as caught:
        read_encoded(raw, content_type)

    assert caught.value.problem is problem


def test_file_attached_to_a_form_is_ignored() -> None:
    """Only the fields are read as text."""
    form = _multipart(("thumb", "JPEG"), ("path", S01E01))
    form = form.replace(b'"thumb"', b'"thumb"; filename="poster.jpg"').replace(b"JPEG", b"\xff\xd8")

    assert [file.path for file in read_encoded(form, MULTIPART).files] == [S01E01]


@pytest.mark.parametrize(("text", "size"), [("734003200", 734003200), ("", None), ("0", None)])
def test_size_in_a_form_is_read_from_text(text: str, size: int | None) -> None:
    """Forms have no numbers."""
    assert read_encoded(b"", "", [("path", S01E01), ("size", text)]).files[0].size == size


_TYPES = st.sampled_from([JSON, FORM, MULTIPART, "multipart/form-data", "text/plain", ""]) | st.text(max_size=30)
_RAW = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.lists(st.tuples(st.sampled_from(["path", "paths", "dir", "size", "x"]), st.text(max_size=20))).map(
        lambda pairs: urlencode(pairs).encode()
    ),
    st.tuples(st.text(max_size=10), st.text(max_size=10)).map(_multipart),
)


@settings(max_examples=300, deadline=None)
@given(raw=_RAW, content_type=_TYPES, query=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3))
def test_any_bytes_are_read_or_rejected(raw: bytes, content_type: str, query: list[tuple[str, str]]) -> None:
    """Everything is read, or raises NotANotificationError."""
    try:
        assert isinstance(read_encoded(raw, content_type, query), Notification)
    except NotANotificationError:
        return
