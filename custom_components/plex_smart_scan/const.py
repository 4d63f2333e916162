"""Constants of the Plex Smart Scan integration."""

from typing import Final

DOMAIN: Final = "plex_smart_scan"
MANUFACTURER: Final = "Plex"

# Fired on the bus for each result. Activity shows this event, and automations can listen for it.
EVENT_RESULT: Final = f"{DOMAIN}_result"
ATTR_MESSAGE: Final = "message"
ATTR_TITLE: Final = "title"

CONF_SMART_SCANNING: Final = "smart_scanning"
CONF_DUPLICATE_DETECTION: Final = "duplicate_detection"
CONF_VALIDATE_MEDIA: Final = "validate_media"
CONF_DETAILED_LOGGING: Final = "detailed_logging"
CONF_PATH_MAPPINGS: Final = "path_mappings"
CONF_VALIDATION_TIMEOUT: Final = "validation_timeout"
CONF_WEBHOOK_LOCAL_ONLY: Final = "webhook_local_only"

# The columns of the path mappings.
CONF_FROM: Final = "from"
CONF_TO: Final = "to"
CONF_LOCAL: Final = "local"

DEFAULT_OPTIONS: Final = {
    CONF_SMART_SCANNING: True,
    CONF_DUPLICATE_DETECTION: True,
    CONF_VALIDATE_MEDIA: True,
    CONF_DETAILED_LOGGING: True,
    CONF_PATH_MAPPINGS: [],
    CONF_VALIDATION_TIMEOUT: 120,
    CONF_WEBHOOK_LOCAL_ONLY: True,
}
