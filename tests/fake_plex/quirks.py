"""Behaviour that differs between servers, each with a switch."""

from dataclasses import dataclass
from typing import Literal


@dataclass
class Quirks:
    """Switches; the defaults are what was recorded or measured most often."""

    # Scan requests
    drop_close_scans: float = 0.0  # a request within so many seconds of the one before is lost
    merge_waiting_scans: bool = False  # an identical waiting request swallows a new one
    silent_skips: bool = False  # a path outside the section makes no activity at all
    substring_locations: bool = False  # the location is found by substring, the wrong root is scanned
    miss_new_nested_folders: bool = False  # a scan of just a new folder below a show's or movie's folder misses it
    miss_new_folders: bool = False  # the same for a new folder directly below the location
    skip_unchanged_folders: bool = False  # files in a folder whose own time stamp did not move are not looked at
    doubled_separators_rename: bool = True  # parts take over a doubled separator from the request
    refresh_methods: Literal["both", "get", "post"] = "both"  # others of …/refresh are 404, DELETE works
    cancel_does_nothing: bool = False  # DELETE answers plausibly and stops nothing
    cancellable_activities: bool = False  # scan activities may be cancelled through /activities

    # Items
    listing_delay: float = 0.0  # seconds from reading a folder until the lookups show what is new or changed in it
    items_appear_late: bool = False  # new rows are in no lookup before they are settled
    stale_analysis_after_replace: bool = True  # stream data of a replaced file stays old until analysed
    item_updated_on_replace: bool = False  # a replaced file moves the item's updatedAt
    check_files_refreshes: bool = True  # checkFiles=1 without skipRefresh=1 refreshes and analyses the item at once
    total_size: bool = True  # answers to paged requests carry totalSize and its header
    analyze_while_scanning_crashes: bool = False  # PMS 1.43: analysing a section that is being scanned

    # The server's disk
    browse_refused: int = 0  # /services/browse answers this status (403, 404, 400, 500), everything else works
    browse_missing_is_404: bool = False  # /services/browse of a folder that is not there: 404 instead of an empty list
    browse_lists_dead_links: bool = True  # /services/browse shows symbolic links whose target is missing

    # Spelling
    long_path_prefix: bool = True  # Windows libraries: `\\?\` before paths beyond 260 characters
    nfd_paths: bool = False  # parts are spelled in decomposed Unicode (HFS+)
    part_stamps: bool = True  # very old servers have no stamp in Part.key
    file_filter_ignores_case: bool = True  # of ASCII letters; recorded for movies and videos

    # Surroundings
    butler: bool = True  # a butler activity that never ends
    epg_noise: bool = True  # timeline entries of the programme guide
    title_in_started: bool = False  # scans are called "Scanning <section>" from the first event on, not "Scanning"
    context_in_started: bool = False  # activities carry their Context from the first event on
    context_never: bool = False  # scans have no Context at all
    subtitle: Literal["name", "path", "none"] = "name"  # how a scan's activity shows the folder that is being read
    media_state_steps: bool = True  # the last state comes thrice: analyzing, thumbnailing, without mediaState
    timeline_identifier: bool = True  # timeline entries of libraries carry com.plexapp.plugins.library
    notification_numbers: Literal["mixed", "str", "int"] = "mixed"  # sectionID, itemID and state
    answers_pings: bool = True  # websocket pings
    providers_pivots: bool = True  # Pivot children of a section's Directory in /media/providers
    compress: bool = False  # gzip for clients that accept it


@dataclass
class Timings:
    """How long the phases take, in seconds; zero still yields to the event loop between them."""

    scan_start: float = 0.0
    per_folder: float = 0.0
    context_delay: float = 0.0
    scan_end: float = 0.0
    item_settle: float = 0.0
    analysis: float = 0.0  # of PUT …/analyze
    item_analysis: float = 0.0  # of a new item, after it was matched

    @classmethod
    def realistic(cls) -> Timings:
        """Return the timing of a small home server."""
        return cls(scan_start=0.3, per_folder=0.01, context_delay=1.0, scan_end=0.2, item_settle=0.6, analysis=1.5)
