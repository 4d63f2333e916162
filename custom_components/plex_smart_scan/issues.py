"""What a person has to put right for a server: issues that come by themselves, and go by themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.issue_registry import IssueEntry, IssueSeverity

from .const import CONF_FROM, CONF_TO, DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .scan import async_suggestion, is_in_a_library
from .scanner.link import LinkState
from .scanner.models import Outcome, Reason, ScanResult
from .scanner.paths import CleanPath, InvalidPathError, clean
from .scanner.results import PROVEN
from .scanner.retry import PlexError
from .scanner.spelling import named

AWAY_TOO_LONG: Final = timedelta(hours=1)
CHECK_INTERVAL: Final = timedelta(minutes=15)
MOST_UNMATCHED: Final = 5  # issues about paths in no library, for one server

NO_LIBRARY: Final = "no_library"
NO_LIBRARY_SUGGESTION: Final = "no_library_suggestion"
NO_PERMISSION: Final = "no_permission"
NOT_VISIBLE: Final = "not_visible"
SERVER_AWAY: Final = "server_away"


class ServerIssues:
    """Raises and clears the issues of one server."""

    def __init__(self, hass: HomeAssistant, coordinator: PlexSmartScanCoordinator) -> None:
        """Keep whom to watch."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._away_timer: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Watch until the entry is unloaded."""
        on_unload, coordinator = self._entry.async_on_unload, self._coordinator
        on_unload(coordinator.async_add_result_listener(self._on_result))
        on_unload(coordinator.async_add_unmatched_listener(self._on_unmatched))
        on_unload(coordinator.async_add_listener(self._on_update))
        on_unload(async_track_time_interval(self._hass, self._on_interval, CHECK_INTERVAL))
        on_unload(self._stop_timer)
        self._on_update()
        self._on_interval()

    # -- raising ------------------------------------------------------------------------------------------------------

    @callback
    def _on_result(self, result: ScanResult) -> None:
        if result.reason is Reason.NO_LIBRARY and not result.request.libraries:
            self._on_unmatched(result.request.path)
        elif result.reason is Reason.PERMISSION:
            self._raise(NO_PERMISSION, NO_PERMISSION, severity=IssueSeverity.ERROR)
        elif result.reason is Reason.NOT_VISIBLE_TO_PLEX and result.server_path:
            library = result.libraries[0].library
            placeholders = {"path": result.server_path, "library": library.title}
            self._raise(f"{NOT_VISIBLE}_{library.id}", NOT_VISIBLE, placeholders, {"path": result.server_path})
        if result.attempts and result.outcome is not Outcome.FAILED:
            self._clear(NO_PERMISSION)
        if result.outcome in PROVEN:
            self._clear_visible(result)

    @callback
    def _on_unmatched(self, path: str) -> None:
        """Raise an issue about a path in no library: one for each folder at the top, and not without end."""
        try:
            key = f"{NO_LIBRARY}_{_top_folder(clean(path)).key}"
        except InvalidPathError:
            return
        known = {issue.issue_id for issue in self._issues() if issue.issue_id.startswith(self._id(NO_LIBRARY))}
        if self._id(key) not in known and len(known) < MOST_UNMATCHED:
            self._entry.async_create_background_task(
                self._hass, self._raise_unmatched(key, path), f"{self._coordinator.name} looks for a mapping"
            )

    async def _raise_unmatched(self, key: str, path: str) -> None:
        suggestion = await async_suggestion(self._coordinator, path)
        if is_in_a_library(self._coordinator, path):
            return
        placeholders, data = {"path": path}, {"path": path}
        if suggestion:
            rows = {CONF_FROM: suggestion.source.text, CONF_TO: suggestion.target.text}
            self._raise(key, NO_LIBRARY_SUGGESTION, placeholders | rows, data | rows, fixable=True)
        else:
            self._raise(key, NO_LIBRARY, placeholders, data)

    @callback
    def _on_update(self) -> None:
        """Follow the server's coming and going, and the libraries."""
        if self._coordinator.scanner.link.state is not LinkState.OFFLINE:
            self._stop_timer()
            self._clear(SERVER_AWAY)
        elif self._away_timer is None:
            self._away_timer = async_call_later(self._hass, AWAY_TOO_LONG, self._on_away)
        for issue in list(self._issues()):
            is_unmatched = issue.translation_key in {NO_LIBRARY, NO_LIBRARY_SUGGESTION}
            if is_unmatched and is_in_a_library(self._coordinator, _path_of(issue)):
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    @callback
    def _on_away(self, _now: datetime) -> None:
        self._away_timer = async_call_later(self._hass, CHECK_INTERVAL, self._on_away)
        if waiting := self._coordinator.scanner.pending:
            self._raise(SERVER_AWAY, SERVER_AWAY, {"count": str(waiting)}, severity=IssueSeverity.ERROR)

    @callback
    def _stop_timer(self) -> None:
        if self._away_timer:
            self._away_timer()
            self._away_timer = None

    @callback
    def _raise(
        self,
        key: str,
        translation_key: str,
        placeholders: dict[str, str] | None = None,
        data: dict[str, Any] | None = None,
        *,
        fixable: bool = False,
        severity: IssueSeverity = IssueSeverity.WARNING,
    ) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(key),
            data={"entry_id": self._entry.entry_id, **(data or {})},
            is_fixable=fixable,
            is_persistent=False,
            severity=severity,
            translation_key=translation_key,
            translation_placeholders={"server": self._coordinator.name, **(placeholders or {})},
        )

    # -- clearing -----------------------------------------------------------------------------------------------------

    @callback
    def _clear(self, key: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, self._id(key))

    @callback
    def _clear_visible(self, result: ScanResult) -> None:
        """Plex has a file now: whatever it could not see of this library has come back, if it is beside that."""
        for each in result.libraries:
            key = self._id(f"{NOT_VISIBLE}_{each.library.id}")
            issue = ir.async_get(self._hass).async_get_issue(DOMAIN, key)
            if issue and result.server_path and _folder(_path_of(issue)) == _folder(result.server_path):
                ir.async_delete_issue(self._hass, DOMAIN, key)

    @callback
    def _on_interval(self, _now: datetime | None = None) -> None:
        """Ask Plex about what it told once; nothing is asked while there is no issue."""
        asked = [issue for issue in self._issues() if issue.translation_key in {NO_PERMISSION, NOT_VISIBLE}]
        if asked and self._coordinator.connected:
            self._entry.async_create_background_task(
                self._hass, self._ask_again(asked), f"{self._coordinator.name} looks at its issues"
            )

    async def _ask_again(self, issues: list[IssueEntry]) -> None:
        gateway = self._coordinator.scanner.gateway
        for issue in issues:
            try:
                if issue.translation_key == NO_PERMISSION:
                    await gateway.check_rights()
                elif not await self._is_visible(_path_of(issue)):
                    continue
            except PlexError:
                continue
            ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    async def _is_visible(self, text: str) -> bool:
        path = clean(text)
        entries = await self._coordinator.scanner.gateway.browse(path.parent.text) if path.parent else None
        return named(entries, path.name, path.flavour) is not None

    # -- names --------------------------------------------------------------------------------------------------------

    def _id(self, key: str) -> str:
        return f"{self._entry.entry_id}_{key}"

    def _issues(self) -> Iterator[IssueEntry]:
        return entry_issues(self._hass, self._entry)


def entry_issues(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> Iterator[IssueEntry]:
    """Return the issues of one config entry."""
    for (domain, issue_id), issue in ir.async_get(hass).issues.items():
        if domain == DOMAIN and issue_id.startswith(f"{entry.entry_id}_"):
            yield issue


def _top_folder(path: CleanPath) -> CleanPath:
    """Return the folder below the root: what a mapping is most often about."""
    while path.parent and path.parent.parent:
        path = path.parent
    return path


def _path_of(issue: IssueEntry) -> str:
    """Return the path that an issue is about."""
    return str((issue.data or {})["path"])


def _folder(text: str) -> str | None:
    parent = clean(text).parent
    return parent.key if parent else None
