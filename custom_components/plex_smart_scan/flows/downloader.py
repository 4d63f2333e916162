"""The config subentry flow that connects a Sonarr, Radarr, Lidarr or Readarr."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback

from ..arr.api_response import ArrError
from ..arr.connect_downloader import ConnectingDownloader, WrongProgramError
from ..arr.connected_downloaders import SUBENTRY_DOWNLOADER
from ..arr.credentials import (
    CONF_BASE_URL,
    CONF_CORE_ENTRY_ID,
    CONF_KIND,
    CONF_SINCE,
    accesses_of,
    core_entries,
    normalized_url,
)
from ..arr.mappings import MappingReview
from ..arr.webhook_setup import NotProvenError, NotSavedError
from ..const import CONF_FROM, CONF_PATH_MAPPINGS, CONF_TO
from ..options import rows_with
from ..scanner import PlexError, markdown_safe
from .downloader_forms import (
    ADDRESS_SCHEMA,
    CONF_DELETE_DUPLICATES,
    CONF_MAPPINGS,
    CONF_SWITCH_OFF,
    DUPLICATES_SCHEMA,
    MANUAL_SCHEMA,
    RECONFIGURE_SCHEMA,
    ConnectError,
    connect_errors,
    core_schema,
    mappings_placeholders,
    mappings_schema,
    normalized_input,
    plex_connections_schema,
)
from .progress_step import async_progress_task

EXAMPLE_URL: Final = "http://192.168.1.10:8989"
EXAMPLE_BASE_URL: Final = "http://192.168.1.5:8123"


class DownloaderSubentryFlow(ConfigSubentryFlow):
    """Subentry flow that connects or reconfigures a downloader."""

    _work: ConnectingDownloader
    _data: dict[str, Any]
    _base_url: str | None = None
    _task: asyncio.Task[Any] | None = None
    _progress_task: asyncio.Task[None] | None = None
    _error: ConnectError | None = None
    _review: MappingReview = MappingReview()
    _finished = False

    # -- which program ------------------------------------------------------------------------------------------------

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Offer the programs of Home Assistant's own integrations."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        if self._new_core_entries():
            return self.async_show_menu(step_id="user", menu_options=["core", "manual"])
        return await self.async_step_manual()

    async def async_step_core(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Use the URL and the API key of a core integration."""
        errors, placeholders = await self._async_check(user_input)
        if user_input is not None and not errors:
            return await self._async_known()
        return self.async_show_form(
            step_id="core",
            data_schema=self.add_suggested_values_to_schema(core_schema(self._new_core_entries()), user_input),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_manual(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the URL and the API key."""
        errors, placeholders = await self._async_check(user_input)
        if user_input is not None and not errors:
            return await self._async_known()
        return self.async_show_form(
            step_id="manual",
            data_schema=self.add_suggested_values_to_schema(MANUAL_SCHEMA, user_input),
            errors=errors,
            description_placeholders={**placeholders, "example_url": EXAMPLE_URL},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the connection details, or test another URL of Home Assistant."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        subentry = self._get_reconfigure_subentry()
        uses_core = CONF_CORE_ENTRY_ID in subentry.data and bool(accesses_of(self.hass, subentry.data))
        errors: dict[str, str] = {}
        placeholders = {"error": ""}
        if user_input is not None:
            given = {key: value for key, value in user_input.items() if value != ""}
            known = {key: subentry.data[key] for key in (CONF_API_KEY, CONF_CORE_ENTRY_ID) if key in subentry.data}
            if not uses_core:
                known.pop(CONF_CORE_ENTRY_ID, None)
            self._base_url = given.pop(CONF_BASE_URL, None)
            errors, placeholders = await self._async_check({**known, **given})
            if not errors:
                return await self._async_known()
        known_values = {key: subentry.data.get(key) for key in (CONF_URL, CONF_VERIFY_SSL, CONF_BASE_URL)}
        values = {key: value for key, value in known_values.items() if value is not None}
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                ADDRESS_SCHEMA if uses_core else RECONFIGURE_SCHEMA, user_input or values
            ),
            errors=errors,
            description_placeholders={
                **placeholders,
                "downloader": markdown_safe(subentry.title),
                "example_url": EXAMPLE_URL,
            },
        )

    async def _async_check(self, given: Mapping[str, Any] | None) -> tuple[dict[str, str], dict[str, str]]:
        """Check which program responds; return the errors and placeholders of the form."""
        if given is None:
            return {}, {"error": ""}
        data, errors = normalized_input(given)
        if errors:
            return errors, {"error": ""}
        subentry = self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None
        self._work = ConnectingDownloader(self.hass, self._get_entry(), subentry)
        try:
            await self._work.async_identify(data)
        except ArrError as error:
            return {"base": error.kind}, {"error": markdown_safe(error.message)}
        except WrongProgramError as error:
            return {"base": "wrong_program"}, {"error": markdown_safe(str(error))}
        self._data = {CONF_KIND: self._work.program.kind.value, **data}
        return {}, {"error": ""}

    async def _async_known(self) -> SubentryFlowResult:
        if self._work.already_configured:
            return self.async_abort(reason="already_configured")
        return await self.async_step_connect()

    @callback
    def _new_core_entries(self) -> list[Any]:
        used = {
            each.data.get(CONF_CORE_ENTRY_ID) for each in self._get_entry().get_subentries_of_type(SUBENTRY_DOWNLOADER)
        }
        return [each for each in core_entries(self.hass) if each.entry_id not in used]

    # -- the connection -----------------------------------------------------------------------------------------------

    async def async_step_connect(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Test the addresses and create the connection."""
        if self._task is None:
            self._task = self.hass.async_create_task(self._work.async_connect(self._base_url), "downloader connects")
            self._progress_task = await async_progress_task(self.hass, self._task)
        if self._progress_task and not self._progress_task.done():
            return self._show_progress("connect", self._progress_task)
        task, self._task, self._error = self._task, None, None
        try:
            await task
        except (ArrError, NotProvenError, NotSavedError) as error:
            self._error = error
        if self._progress_task:
            return self.async_show_progress_done(next_step_id="address" if self._error else "duplicates")
        return await (self.async_step_address() if self._error else self.async_step_duplicates())

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show why notifications do not arrive and ask for a URL."""
        errors, details = connect_errors(self._error)
        if user_input is not None:
            try:
                base_url = user_input.get(CONF_BASE_URL, "").strip()
                self._base_url = normalized_url(base_url) if base_url else None
            except ValueError:
                errors = {CONF_BASE_URL: "invalid_url"}
            else:
                return await self.async_step_connect()
        return self.async_show_form(
            step_id="address",
            data_schema=self.add_suggested_values_to_schema(ADDRESS_SCHEMA, user_input),
            errors=errors,
            description_placeholders={
                "downloader": markdown_safe(self._work.name),
                "details": details,
                "error": details,
                "example_url": EXAMPLE_BASE_URL,
            },
        )

    async def async_step_duplicates(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Offer to delete other connections to the same webhook."""
        duplicates = self._work.duplicates
        if not duplicates:
            return await self.async_step_plex_connection()
        if user_input is not None:
            if user_input[CONF_DELETE_DUPLICATES]:
                await self._work.async_delete_duplicates()
            return await self.async_step_plex_connection()
        return self.async_show_form(
            step_id="duplicates",
            data_schema=DUPLICATES_SCHEMA,
            description_placeholders={"downloader": markdown_safe(self._work.name), "count": str(len(duplicates))},
        )

    async def async_step_plex_connection(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Offer to turn off the library update of the program, which would scan each import twice."""
        connections = await self._work.async_updating_plex_connections()
        if user_input is not None:
            chosen = set(user_input.get(CONF_SWITCH_OFF, ()))
            await self._work.async_switch_off([each for each in connections if str(each["id"]) in chosen])
            return await self.async_step_review()
        if not connections:
            return await self.async_step_review()
        return self.async_show_form(
            step_id="plex_connection",
            data_schema=plex_connections_schema(connections),
            description_placeholders={"downloader": markdown_safe(self._work.name)},
        )

    # -- path mappings ------------------------------------------------------------------------------------------------

    async def async_step_review(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Compare the root folders with the libraries."""
        if self._task is None:
            self._task = self.hass.async_create_task(self._work.async_review(), "downloader is reviewed")
            self._progress_task = await async_progress_task(self.hass, self._task)
        if self._progress_task and not self._progress_task.done():
            return self._show_progress("review", self._progress_task)
        task, self._task = self._task, None
        try:
            self._review = await task
        except ArrError, PlexError:
            self._review = MappingReview()  # the connection works, and mappings can be added in the options
        if self._progress_task:
            return self.async_show_progress_done(next_step_id="mappings")
        return await self.async_step_mappings()

    @callback
    def _show_progress(self, step: str, task: asyncio.Task[None]) -> SubentryFlowResult:
        placeholders = {"downloader": markdown_safe(self._work.name)}
        return self.async_show_progress(
            step_id=step, progress_action=step, progress_task=task, description_placeholders=placeholders
        )

    async def async_step_mappings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Offer the mappings."""
        review = self._review
        if user_input is None and (review.proposals or review.unmatched):
            return self.async_show_form(
                step_id="mappings",
                data_schema=mappings_schema(review),
                description_placeholders={
                    "downloader": markdown_safe(self._work.name),
                    **mappings_placeholders(review),
                },
            )
        chosen = (user_input or {}).get(CONF_MAPPINGS, ())
        rows = [review.proposals[int(number)].row for number in chosen]
        return self._async_finish([{CONF_FROM: row.source.text, CONF_TO: row.target.text} for row in rows])

    @callback
    def _async_finish(self, rows: list[dict[str, str]]) -> SubentryFlowResult:
        """Save the mappings and the downloader, which reloads the server."""
        self._finished = True
        entry, work = self._get_entry(), self._work
        if rows:
            mappings = rows_with(entry.options.get(CONF_PATH_MAPPINGS, []), rows)
            self.hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_PATH_MAPPINGS: mappings})
        data = {**self._data, **work.connection_data}
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(
                title=work.name, data={**data, CONF_SINCE: work.since}, unique_id=work.source
            )
        subentry = self._get_reconfigure_subentry()
        data[CONF_SINCE] = subentry.data.get(CONF_SINCE)
        changed = {key: value for key, value in data.items() if key not in work.connection_data}
        if rows and all(subentry.data.get(key) == value for key, value in changed.items()):
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_update_and_abort(entry, subentry, data=data)

    @callback
    @override
    def async_remove(self) -> None:
        """Delete the created connection if the flow was not finished."""
        if not self._finished and (work := getattr(self, "_work", None)) and work.created:
            self.hass.async_create_task(work.async_undo(), "downloader is not connected")
