"""XML that makes a small response use much memory or time is refused, or parsed without that effect."""

from collections.abc import Iterator
import tracemalloc

import pytest

from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.transport.limited_xml import MAX_ELEMENTS, MAX_TAG, parse

ENTITIES = (
    b'<!DOCTYPE MediaContainer [<!ENTITY a "' + b"<b/>" * 1000 + b'">]>'
    b'<MediaContainer machineIdentifier="hostile">' + b"&a;" * 100 + b"</MediaContainer>"
)


def chunks(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    """Yield a body in chunks."""
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


@pytest.mark.parametrize(
    "body",
    [
        ENTITIES,
        ENTITIES.decode().encode("utf-16"),
        b"<!DOCTYPE html><html/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a " + b" ".join(b'a%x=""' % number for number in range(50_000)) + b"/>",
        b'<a b="' + b"x" * 3 * MAX_TAG + b'"/>',
        b"<a><!--" + b"x" * 3 * MAX_TAG + b"--></a>",
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
        b"<a>&undefined;</a>",
        b"<a>",
        b"<a/><a/>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
    ],
    ids=[
        "entities", "in UTF-16", "web page", "external", "attributes", "attribute", "comment", "elements",
        "undefined entity", "cut off", "two roots", "unknown encoding", "other encoding",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1000, 64 * 1024])
def test_costly_or_broken_xml_is_refused(body: bytes, size: int) -> None:
    """It is a broken response, however it is divided."""
    with pytest.raises(PlexError) as error:
        parse(chunks(body, size))

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE


def test_namespaces_are_not_expanded() -> None:
    """A namespace with a long name does not make the name of each element long."""
    names = b"".join(b"<x:b%d/>" % number for number in range(5000))
    tracemalloc.start()

    root = parse(chunks(b'<x:a xmlns:x="' + b"n" * 60_000 + b'">' + names + b"</x:a>"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert root is not None
    assert (root.tag, len(root)) == ("x:a", 5000)
    assert peak < 16 * 2**20


def test_text_and_characters_are_read() -> None:
    """References to characters, text and several encodings are read, also if a chunk ends within them."""
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><a b="&#233;&lt;é">é<c/>&amp;</a>'.encode("latin-1")

    root = parse(chunks(body, 1))

    assert root is not None
    assert (root.get("b"), root.text, root[0].tail) == ("é<é", "é", "&")


@pytest.mark.parametrize("body", [b"", b" \r\n "])
def test_empty_response_is_none(body: bytes) -> None:
    """An empty response is None."""
    assert parse(chunks(body)) is None


def test_entities_in_an_identity_are_refused() -> None:
    """The identity, which is also read in the event loop, has the same limits."""
    with pytest.raises(PlexError) as error:
        ServerIdentity().check_identity_response(200, {}, ENTITIES)

    assert error.value.kind is ErrorKind.NOT_PLEX
