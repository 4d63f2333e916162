"""The options flow: how files are scanned, how paths are mapped, and who may send notifications."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from ..const import CONF_PATH_MAPPINGS, DEFAULT_OPTIONS
from ..options import Row, is_valid, listed, rows_of_one_source, rows_that_fit_nothing, tidy
from .forms import OPTIONS_SCHEMA, in_sections


class PlexSmartScanOptionsFlow(OptionsFlowWithReload):
    """Handle the options."""

    _warned_of: list[Row] | None = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options, in sections."""
        errors: dict[str, str] = {}
        placeholders = {"rows": ""}
        options = {**DEFAULT_OPTIONS, **self.config_entry.options}
        if user_input is not None:
            options = {key: value for fields in user_input.values() for key, value in fields.items()}
            options[CONF_PATH_MAPPINGS] = [tidy(row) for row in options[CONF_PATH_MAPPINGS]]
            errors, placeholders["rows"] = self._check(options[CONF_PATH_MAPPINGS])
            if not errors:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, in_sections(options)),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _check(self, rows: list[Row]) -> tuple[dict[str, str], str]:
        """Test the mappings against the libraries; returns the form's errors, and the rows they are about.

        Rows that fit nothing are saved when they are sent a second time: their library may be yet to come.
        """
        broken = [row for row in rows if not is_valid(row)]
        if broken:
            return {"base": "invalid_mapping"}, listed(broken)
        if rivals := rows_of_one_source(rows):
            return {"base": "duplicate_mapping"}, listed(rivals)
        coordinator = getattr(self.config_entry, "runtime_data", None)
        useless = rows_that_fit_nothing(rows, coordinator.engine.registry.libraries) if coordinator else []
        if useless and useless != self._warned_of:
            self._warned_of = useless
            return {"base": "mapping_fits_nothing"}, listed(useless)
        return {}, ""
