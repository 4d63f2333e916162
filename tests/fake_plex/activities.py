"""Running activities, as listed by /activities and reported by the websocket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.fake_plex.websocket import NotificationHub

REFRESH: Final = "library.refresh.items"  # the type of a refresh on request


@dataclass(slots=True)
class Activity:
    """One activity."""

    uuid: str
    type: str
    title: str
    subtitle: str = ""
    progress: int = 0
    cancellable: bool = False
    user_id: int = 1
    context: dict[str, str] = field(default_factory=dict)
    cancel: Callable[[], None] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the activity as it is sent."""
        data: dict[str, Any] = {
            "uuid": self.uuid,
            "type": self.type,
            "cancellable": self.cancellable,
            "userID": self.user_id,
            "title": self.title,
            "subtitle": self.subtitle,
            "progress": self.progress,
        }
        if self.context:
            data["Context"] = dict(self.context)
        return data


class Activities:
    """The list of running activities."""

    def __init__(self, hub: NotificationHub) -> None:
        """Begin without activities."""
        self._hub = hub
        self.running: dict[str, Activity] = {}

    def start(
        self, activity_type: str, title: str, subtitle: str = "", context: dict[str, str] | None = None
    ) -> Activity:
        """Register an activity."""
        activity = Activity(str(uuid4()), activity_type, title, subtitle, context=context or {})
        self.running[activity.uuid] = activity
        self._notify("started", activity)
        return activity

    def update(self, activity: Activity) -> None:
        """Report progress of an activity."""
        if activity.uuid in self.running:
            self._notify("updated", activity)

    def end(self, activity: Activity) -> None:
        """Remove an activity from the list."""
        if self.running.pop(activity.uuid, None) is not None:
            activity.progress, activity.subtitle = 100, ""
            self._notify("ended", activity)

    def _notify(self, event: str, activity: Activity) -> None:
        if self._hub.listeners:
            payload = {"event": event, "uuid": activity.uuid, "Activity": activity.as_json()}
            self._hub.send("activity", "ActivityNotification", [payload])
