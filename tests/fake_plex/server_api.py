"""Endpoints about the server itself: identity, activities, preferences, providers, accounts."""

from tests.fake_plex.http import Answer, Call, container, error, nothing
from tests.fake_plex.models import FakeLibrary
from tests.fake_plex.rendering import Node, Value

_ROOT_DIRECTORIES = (
    "activities",
    "butler",
    "channels",
    "clients",
    "devices",
    "diagnostics",
    "hubs",
    "library",
    "livetv",
    "media",
    "metadata",
    "neighborhood",
    "playQueues",
    "player",
    "playlists",
    "resources",
    "search",
    "server",
    "serverList",
    "servers",
    "statistics",
    "system",
    "transcode",
    "updater",
    "user",
)
_BUTLER_TASKS = ("BackupDatabase", "CleanOldBundles", "RefreshLibraries", "RefreshLocalMedia")


async def root(call: Call) -> Answer:
    """Return the attributes of the server."""
    plex = call.plex
    attrs: dict[str, Value] = {
        "allowCameraUpload": False,
        "allowChannelAccess": True,
        "allowMediaDeletion": bool(plex.prefs["allowMediaDeletion"]),
        "allowSharing": True,
        "allowSync": True,
        "allowTuners": True,
        "apiVersion": "1.2.0",
        "backgroundProcessing": True,
        "certificate": True,
        "companionProxy": True,
        "countryCode": "gbr",
        "diagnostics": "logs,databases,streaminglogs",
        "eventStream": True,
        "friendlyName": plex.friendly_name,
        "hubSearch": True,
        "itemClusters": True,
        "livetv": 7,
        "machineIdentifier": plex.machine_identifier,
        "mediaProviders": True,
        "multiuser": True,
        "musicAnalysis": 2,
        "myPlex": plex.claimed,
        "myPlexMappingState": "mapped" if plex.claimed else "unknown",
        "myPlexSigninState": "ok" if plex.claimed else "none",
        "myPlexSubscription": plex.claimed,
        "myPlexUsername": "owner@example.com" if plex.claimed else None,
        "offlineTranscode": 1,
        "ownerFeatures": "adaptive_bitrate,webhooks",
        "platform": "Linux",
        "platformVersion": "6.8.0",
        "pluginHost": False,
        "pushNotifications": False,
        "readOnlyLibraries": False,
        "streamingBrainABRVersion": 3,
        "streamingBrainVersion": 2,
        "sync": True,
        "transcoderActiveVideoSessions": 0,
        "transcoderAudio": True,
        "transcoderLyrics": True,
        "transcoderPhoto": True,
        "transcoderSubtitles": True,
        "transcoderVideo": True,
        "transcoderVideoBitrates": "64,96,208,320,720,1500,2000,3000,4000,8000,10000,12000,20000",
        "transcoderVideoQualities": "0,1,2,3,4,5,6,7,8,9,10,11,12",
        "transcoderVideoResolutions": "128,128,160,240,320,480,768,720,720,1080,1080,1080,1080",
        "updatedAt": plex.started_at,
        "updater": True,
        "version": plex.version,
        "voiceSearch": True,
    }
    rows = [Node("Directory", {"count": 1, "key": key, "title": key}) for key in _ROOT_DIRECTORIES]
    return container(attrs, rows)


async def identity(call: Call) -> Answer:
    """Return the identifier of the server; this requires no token."""
    plex = call.plex
    return container(
        {
            "size": 0,
            "apiVersion": "1.2.0",
            "claimed": plex.claimed,
            "machineIdentifier": plex.machine_identifier,
            "version": plex.version,
        }
    )


async def library(call: Call) -> Answer:
    """Show the three ways into the library."""
    ways = (
        ("sections", "Library Sections"),
        ("recentlyAdded", "Recently Added Content"),
        ("onDeck", "On Deck Content"),
    )
    attrs: dict[str, Value] = {
        "allowSync": False,
        "art": "/:/resources/library-art.png",
        "content": "",
        "identifier": "com.plexapp.plugins.library",
        "mediaTagPrefix": "/system/bundle/media/flags/",
        "mediaTagVersion": 1775731696,
        "title1": "Plex Library",
        "title2": "",
    }
    return container(attrs, [Node("Directory", {"key": key, "title": title}) for key, title in ways])


async def activities(call: Call) -> Answer:
    """List what runs; only the owner sees it."""
    nodes = []
    for activity in call.plex.activities.running.values() if call.admin else ():
        data = activity.as_json()
        context = data.pop("Context", None)
        children = [Node("Context", dict(context), single=True)] if context else []
        nodes.append(Node("Activity", data, children))
    return container({}, nodes)


async def cancel_activity(call: Call) -> Answer:
    """Cancel an activity, where that is possible."""
    activity = call.plex.activities.running.get(call.groups["uuid"])
    if activity is None:
        return error(404)
    if not activity.cancellable:
        return error(400)
    if activity.cancel is not None and not call.plex.quirks.cancel_does_nothing:
        activity.cancel()
    return nothing()


async def providers(call: Call) -> Answer:
    """Describe the content: one Directory for each section, with its totals when asked for."""
    with_storage = call.flag("includeStorage")
    rows = [Node("Directory", {"hubKey": "/hubs", "title": "Home"})]
    rows += [_provider_row(call, section, with_storage=with_storage) for section in _libraries(call)]
    features = [
        Node("Feature", {"key": "/library/sections", "type": "content"}, rows),
        Node("Feature", {"key": "/hubs/search", "type": "search"}),
    ]
    provider = Node(
        "MediaProvider",
        {
            "identifier": "com.plexapp.plugins.library",
            "id": 1,
            "title": "Library",
            "types": "video,audio,photo",
            "protocols": "stream,download",
        },
        features,
    )
    return container(
        {"allowSync": True, "friendlyName": call.plex.friendly_name, "version": call.plex.version}, [provider]
    )


def _libraries(call: Call) -> list[FakeLibrary]:
    return list(call.plex.database.libraries.values())


def _provider_row(call: Call, section: FakeLibrary, *, with_storage: bool) -> Node:
    attrs: dict[str, Value] = {
        "agent": section.agent,
        "language": section.language,
        "refreshing": section.refreshing,
        "scanner": section.scanner,
        "uuid": section.uuid,
        "id": section.key,
        "key": f"/library/sections/{section.id}",
        "hubKey": f"/hubs/sections/{section.id}",
        "type": section.type,
        "title": section.title,
        "updatedAt": section.updated_at,
        "scannedAt": section.scanned_at,
    }
    if with_storage:
        parts = [part for part in section.all_parts if not part.unlisted]
        # Two episodes in one file are one file on the disk, and two of its duration.
        attrs["storageTotal"] = sum({part.file: part.size for part in parts}.values())
        attrs["durationTotal"] = sum(part.facts.duration or 0 for part in parts if part is part.media.parts[0])
    pivots = []
    if call.plex.quirks.providers_pivots:
        hub, listing = f"/hubs/sections/{section.id}", f"/library/sections/{section.id}/all?type=1"
        pivots = [
            Node("Pivot", {"id": "recommended", "key": hub, "type": "hub", "title": "Recommended", "symbol": "star"}),
            Node("Pivot", {"id": "library", "key": listing, "type": "list", "title": "Library", "symbol": "library"}),
        ]
    return Node("Directory", attrs, pivots)


async def preferences(call: Call) -> Answer:
    """List the preferences, or set some: 200 whatever the name."""
    if call.method == "PUT":
        for parameter in call.parameters:
            if (changed := call.plex.prefs.put(parameter.name, parameter.value)) is not None:
                call.plex.timeline.preference(changed)
        return nothing()
    return container({}, call.plex.prefs.nodes())


async def accounts(call: Call) -> Answer:
    """List the accounts: the anonymous local one and the owner."""
    rows = [
        Node(
            "Account",
            {
                "id": number,
                "key": f"/accounts/{number}",
                "name": name,
                "defaultAudioLanguage": "en",
                "autoSelectAudio": True,
                "defaultSubtitleLanguage": "en",
                "subtitleMode": 0,
                "thumb": "",
            },
        )
        for number, name in ((0, ""), (1, "owner"))
    ]
    return container({"identifier": "com.plexapp.system.accounts"}, rows)


async def butler(call: Call) -> Answer:
    """List the butler's tasks, or start or stop one."""
    task = call.groups.get("task")
    if call.method == "GET":
        rows = [Node("ButlerTask", {"name": name, "interval": 1, "enabled": True}) for name in _BUTLER_TASKS]
        return Answer(Node("ButlerTasks", {}, rows))
    running = call.plex.butler_tasks
    if call.method == "DELETE":
        if task is None:
            running.clear()
        elif task not in running:
            return error(404)
        running.discard(task or "")
        return nothing()
    if task in running:
        return nothing(202)
    running.add(task or "all")
    return nothing()


async def updater(call: Call) -> Answer:
    """Return that no update is available."""
    if call.method == "PUT":
        return nothing()
    return container({"canInstall": False, "status": 0})


async def security_token(call: Call) -> Answer:
    """Return a delegation token."""
    return container({"token": "delegated"})
