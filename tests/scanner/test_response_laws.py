"""Any status, JSON frame and XML response of a server is read without an unexpected error."""

import json
from math import inf, nan
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from hypothesis import given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.plex import events, xml
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, kind_of_status

# No deadline, since the machine may be busy.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")


@given(st.integers(300, 999), st.text())
def test_any_status_but_success_is_an_error(status: int, body: str) -> None:
    """Every status that is not a success is an error."""
    assert kind_of_status(status, body) in ErrorKind


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "NotificationContainer ActivityNotification TimelineEntry StatusNotification Activity Context event "
                "uuid type librarySectionID identifier sectionID itemID state title".split()
            ),
            children,
            max_size=6,
        )
    ),
    max_leaves=30,
)
NUMBERS: st.SearchStrategy[Any] = st.sampled_from(
    [0, 5, "5", "x", "", None, True, 1.5, inf, -inf, nan, 10**400, [], {}]
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "identifier": st.just("com.plexapp.plugins.library"),
            "Activity": JSON | st.fixed_dictionaries({"Context": st.fixed_dictionaries({"librarySectionID": NUMBERS})}),
            "sectionID": NUMBERS,
            "itemID": NUMBERS,
            "state": NUMBERS,
        },
        optional={"event": JSON, "uuid": JSON, "title": JSON},
    )
    | JSON,
    max_size=4,
)


@given(
    JSON
    | st.fixed_dictionaries(
        {
            "NotificationContainer": st.dictionaries(
                st.sampled_from(["ActivityNotification", "TimelineEntry", "StatusNotification"]), ENTRIES
            )
        }
    )
)
def test_any_json_frame_is_read_without_an_error(frame: Any) -> None:
    """No JSON breaks the reading of events; the result contains only events."""
    for hint in events.read(json.loads(json.dumps(frame))):
        assert isinstance(hint, events.ActivityEvent | events.TimelineEvent | events.ScanCompleteEvent)


ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        "ratingKey parentRatingKey grandparentRatingKey key type title size totalSize duration bitrate file deletedAt "
        "proxyType updatedAt addedAt index parentIndex grandparentTitle parentTitle id uuid path librarySectionID "
        "durationTotal storageTotal refreshing".split()
    ),
    st.sampled_from(["", "0", "1", "-1", "12", "1.5", "abc", "9" * 5000, "42", "movie", "episode", "track", "/x", "٣"])
    | st.integers().map(lambda stamp: f"/library/parts/1/{stamp}/x.mkv")
    | st.just(f"/library/parts/1/{'9' * 5000}/x.mkv")
    | st.text(max_size=5),
    max_size=8,
)
TAGS = st.sampled_from(
    "MediaContainer Directory Location Video Track Photo Media Part Activity Context Path File html".split()
)


@st.composite
def trees(draw: st.DrawFn) -> Element:
    """Make well-formed XML that no server would send."""
    root = Element(draw(TAGS), draw(ATTRIBUTES))
    item = SubElement(root, "Video", {"ratingKey": "1"} | draw(ATTRIBUTES))
    media = SubElement(item, "Media", draw(ATTRIBUTES))
    nodes = [root, item, media, SubElement(media, "Part", {"file": "/x"} | draw(ATTRIBUTES))]
    for _ in range(draw(st.integers(0, 8))):
        nodes.append(SubElement(draw(st.sampled_from(nodes)), draw(TAGS), draw(ATTRIBUTES)))
    return root


@given(trees())
def test_any_xml_response_is_read_without_an_error(root: Element) -> None:
    """No well-formed XML breaks the reading of responses, and the results are usable."""
    for library in xml.libraries(root):
        assert library.id is not None
    for file in xml.page(root).files:
        assert file.file
        assert file.full_title is not None
        assert file.playable in {True, False}
    xml.activities(root)
    xml.entries(root)
    xml.newest(root)
    assert isinstance(xml.total(root), int | None)  # None: the server does not say
    assert all(isinstance(key, int) for key in xml.storage(root))
