"""The options flow."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from ..const import CONF_PATH_MAPPINGS, DEFAULT_OPTIONS
from ..options import Row, is_valid, listed, rows_of_one_source, rows_that_fit_nothing, tidy
from .forms import OPTIONS_SCHEMA, in_sections


class PlexSmartScanOptionsFlow(OptionsFlowWithReload):
    """Options flow of a server."""

    _warned_of: list[Row] | None = None

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show and save the options."""
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
        """Check the mappings against the libraries; return the form errors and the invalid rows.

        Rows that lead to no library are saved when they are submitted again, because the library may be added later.
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
