"""XML of a server that may be hostile: parsed while it is read, without entities and namespaces, and with limits.

A document type can define entities, and a namespace prefix stands for a long name: both make a small response use much
memory and time. Plex uses neither. expat is used directly because `XMLParser` supports both.
"""

from collections.abc import Iterable
from typing import Final, Never
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from ..errors import ErrorKind, PlexError

MAX_ELEMENTS: Final = 1_000_000  # an element costs far more memory than its text
MAX_TAG: Final = 128 * 1024  # bytes; all attributes of a tag are parsed at once, which holds the interpreter lock


def parse(chunks: Iterable[bytes]) -> Element | None:
    """Parse a response; None for an empty one. Raises PlexError if it is not XML, or not of Plex's kind.

    Parsing a chunk holds the interpreter lock, so chunks should be small.
    """
    builder, parser = TreeBuilder(), ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    elements, tag, empty = 0, 0, True
    try:
        for chunk in chunks:
            if empty and not chunk.strip():
                continue
            empty = False
            elements += chunk.count(b"<")
            tag = len(chunk) - begin - 1 if (begin := chunk.rfind(b"<")) >= 0 else tag + len(chunk)
            _check_limits(elements, tag)
            parser.Parse(chunk, False)  # noqa: FBT003 - more follows
        if empty:
            return None
        parser.Parse(b"", True)  # noqa: FBT003 - the end
        return builder.close()
    except (ExpatError, ParseError, ValueError, LookupError) as error:
        # An unknown encoding in the XML declaration raises other errors than ExpatError.
        raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex was cut off or is not XML") from error


def _check_limits(elements: int, tag: int) -> None:
    if elements > MAX_ELEMENTS:
        raise PlexError(ErrorKind.BROKEN_RESPONSE, f"the response from Plex has more than {MAX_ELEMENTS:,} elements")
    if tag > MAX_TAG:
        text = f"the response from Plex has an element of more than {MAX_TAG // 1024} kB"
        raise PlexError(ErrorKind.BROKEN_RESPONSE, text)


def _refuse_doctype(*_declaration: object) -> Never:
    message = "a document type"
    raise ValueError(message)
