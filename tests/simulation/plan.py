"""What a history is about: how everything is set up, and which kinds of events happen in it, drawn from its seed."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from custom_components.plex_smart_scan.scanner.models import Settings
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import Quirks, Timings
from tests.simulation.libraries import SimulatedLibrary

# Fewer looks while nothing happens; everything that a law depends on is as it is in real life.
RELAXED: Final = Timing(
    lookup_pauses=(0.3, 0.7),
    lookup_interval=2.5,
    websocket_lookup_pauses=(0.3, 0.7, 1.5, 3.0),
    slowest_lookup=10.0,
    visibility_pauses=(1.0, 4.0, 15.0, 30.0),
)

# Each history has a part of these, so that no kind of event hides another.
TROUBLES: Final = (
    "crash",
    "restart",
    "mount",
    "local_mount",
    "lost_scans",
    "late_listing",
    "growing",
    "impostor",
    "proxy",
    "server_down",
    "server_crash",
    "silent",
    "errors",
    "slow",
    "websocket_drop",
    "full_disk",
    "token",
    "untrue_words",
)

# Those after which events may be missed although the websocket seems to be connected.
BLINDING: Final = frozenset({"silent", "impostor", "proxy", "server_down", "server_crash", "websocket_drop"})


@dataclass(slots=True, kw_only=True)
class Plan:
    """The setting of one history."""

    servers: int
    websocket: bool
    sockets: bool  # requests and urllib3 run too, which takes several times as long
    local: bool  # Home Assistant sees the files
    troubles: tuple[str, ...]
    settings: Settings
    timing: Timing
    quirks: dict[str, object] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    empties_trash: bool = True
    events: int = 12
    films: bool = False  # a second library, in a location with a mount of its own
    kids: SimulatedLibrary | None = None  # a library whose location is that of the shows, or in it

    @property
    def exact(self) -> bool:
        """Whether nothing of this world keeps an outcome from being proven exactly."""
        return self.settings.validate_media

    def make_quirks(self) -> Quirks:
        """Return the server's quirks."""
        quirks = Quirks(epg_noise=False)
        for name, value in self.quirks.items():
            setattr(quirks, name, value)
        return quirks

    def make_timings(self) -> Timings:
        """Return the server's pace."""
        return Timings(**self.timings)


def draw_plan(random: Random) -> Plan:
    """Draw the setting of a history."""
    websocket = random.random() < 0.7
    smart = random.random() < 0.93
    settings = Settings(
        smart_scanning=smart,
        duplicate_detection=random.random() < 0.93,
        validate_media=random.random() < 0.95,
        detailed_logging=False,
        validation_timeout=random.choice([120.0, 120.0, 30.0]),
    )
    troubles = tuple(name for name in TROUBLES if random.random() < 0.3)
    return Plan(
        servers=2 if random.random() < 0.15 else 1,
        websocket=websocket,
        sockets=random.random() < 0.02,
        local=random.random() < 0.5,
        troubles=troubles,
        settings=settings,
        timing=Timing() if random.random() < 0.04 else RELAXED,
        quirks=_draw_quirks(random, websocket=websocket, smart=smart, troubles=troubles),
        timings=_draw_timings(random),
        empties_trash=random.random() < 0.6,
        events=random.choice([3, 5, 8, 12]),
    )


def _draw_quirks(random: Random, *, websocket: bool, smart: bool, troubles: tuple[str, ...]) -> dict[str, object]:
    choices: dict[str, tuple[object, ...]] = {
        "listing_delay": (0.0, 0.0, 0.0, 0.5, 2.0, 4.0),
        "items_appear_late": (False, False, False, True),
        "browse_missing_is_404": (False, True),
        "browse_refused": (0,) * 12 + (403, 404),
        "drop_close_scans": (0.0, 0.0, 0.0, 2.0),
        "merge_waiting_scans": (False, True),
        "miss_new_nested_folders": (False,) * 7 + (True,),
        "title_in_started": (False, True),
        "context_in_started": (False, True),
        "context_never": (False, False, False, False, True),
        "subtitle": ("name", "path", "none"),
        "media_state_steps": (True, False),
        "stale_analysis_after_replace": (True, False),
        "part_stamps": (True, True, True, True, False),
        "total_size": (True, True, True, False),
    }
    drawn = {name: random.choice(values) for name, values in choices.items()}
    # What docs/reliability.md calls a limit: a whole library waits where nobody can ask about its disk, and a server
    # that misses nested folders needs to be asked and watched.
    if not smart:
        drawn["browse_refused"] = 0
    if drawn["browse_refused"] or not websocket or not BLINDING.isdisjoint(troubles):
        drawn["miss_new_nested_folders"] = False
    return drawn


def _draw_timings(random: Random) -> dict[str, float]:
    choices = {
        "scan_start": (0.0, 0.3, 2.0),
        "per_folder": (0.0, 0.05, 1.0),
        "context_delay": (0.0, 1.0),
        "scan_end": (0.0, 0.2),
        "item_settle": (0.0, 0.6, 5.0),
        "analysis": (0.0, 1.5),
        "item_analysis": (0.0, 1.0, 8.0),
    }
    return {name: random.choice(values) for name, values in choices.items()}
