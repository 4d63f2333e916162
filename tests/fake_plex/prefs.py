"""The server's preferences."""

from dataclasses import dataclass
from typing import Any

from tests.fake_plex.rendering import Node


@dataclass(slots=True)
class Setting:
    """One preference."""

    id: str
    label: str
    type: str
    default: bool | int | str
    value: bool | int | str
    group: str = "library"
    summary: str = ""
    hidden: bool = False
    advanced: bool = False
    enum_values: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the setting as it is sent."""
        return {
            "id": self.id,
            "label": self.label,
            "summary": self.summary,
            "type": self.type,
            "default": self.default,
            "value": self.value,
            "hidden": self.hidden,
            "advanced": self.advanced,
            "group": self.group,
            "enumValues": self.enum_values,
        }


_INTERVALS = "900:every 15 minutes|1800:every 30 minutes|3600:hourly|7200:every 2 hours|21600:every 6 hours|86400:daily"
_BIF = "never:never|scheduled:as a scheduled task|asap:as a scheduled task and when media is added"


def _defaults() -> list[Setting]:
    return [
        Setting(
            "FSEventLibraryUpdatesEnabled",
            "Scan my library automatically",
            "bool",
            default=False,
            value=False,
            summary="Your library will be updated automatically when changes to library folders are detected.",
        ),
        Setting(
            "FSEventLibraryPartialScanEnabled",
            "Run a partial scan when changes are detected",
            "bool",
            default=False,
            value=False,
            advanced=True,
            summary="When changes to library folders are detected, only scan the folder that changed.",
        ),
        Setting("autoEmptyTrash", "Empty trash automatically after every scan", "bool", default=True, value=True),
        Setting("ScheduledLibraryUpdatesEnabled", "Scan my library periodically", "bool", default=False, value=False),
        Setting(
            "ScheduledLibraryUpdateInterval",
            "Library scan interval",
            "int",
            default=3600,
            value=3600,
            enum_values=_INTERVALS,
        ),
        Setting("ScannerLowPriority", "Run scanner tasks at a lower priority", "bool", default=False, value=False),
        Setting(
            "watchMusicSections", "Include music libraries in automatic updates", "bool", default=False, value=False
        ),
        Setting("allowMediaDeletion", "Allow media deletion", "bool", default=True, value=True),
        Setting(
            "GenerateBIFBehavior",
            "Generate video preview thumbnails",
            "text",
            default="never",
            value="never",
            enum_values=_BIF,
        ),
        Setting(
            "secureConnections",
            "Secure connections",
            "int",
            default=1,
            value=1,
            group="network",
            enum_values="1:Preferred|0:Required",
        ),
        Setting("FriendlyName", "Friendly name", "text", default="", value="", group="general"),
        Setting("BackgroundQueueIdlePaused", "", "bool", default=False, value=False, group="", hidden=True),
        Setting(
            "ButlerTaskRefreshLibraries",
            "Update all libraries during maintenance",
            "bool",
            default=False,
            value=False,
            group="butler",
        ),
    ]


class Preferences:
    """All preferences; read and set by name: `plex.prefs["autoEmptyTrash"] = False`."""

    def __init__(self) -> None:
        """Start with the defaults."""
        self._settings = {setting.id: setting for setting in _defaults()}

    def __getitem__(self, name: str) -> bool | int | str:
        """Return a value."""
        return self._settings[name].value

    def __setitem__(self, name: str, value: bool | int | str) -> None:
        """Set a value."""
        self._settings[name].value = value

    def put(self, name: str, text: str) -> dict[str, Any] | None:
        """Set a value from a request; unknown names are passed over, as the server does."""
        setting = self._settings.get(name)
        if setting is None:
            return None
        if setting.type == "bool":
            setting.value = text.lower() in {"1", "true"}
        else:
            setting.value = int(text) if setting.type == "int" and text.lstrip("-").isdigit() else text
        return setting.as_dict()

    def nodes(self) -> list[Node]:
        """Return all settings as elements."""
        return [Node("Setting", setting.as_dict()) for setting in self._settings.values()]
