"""Bodies of scripts and of programs that only send paths."""

from .case import S01E01, S01E02, SEASON_1, SEASON_2, Case

GENERIC = (
    Case("path", {"path": S01E01}, there=(S01E01,)),
    Case("paths", {"paths": [S01E01, S01E02]}, there=(S01E01, S01E02)),
    Case("path with a list", {"path": [S01E01, S01E02]}, there=(S01E01, S01E02)),
    Case("paths with one", {"paths": S01E01}, there=(S01E01,)),
    Case("path and paths", {"path": S01E01, "paths": [S01E02]}, there=(S01E01, S01E02)),
    Case("autoscan's dir", {"dir": [SEASON_1, SEASON_2]}, there=(SEASON_1, SEASON_2)),
    Case("other keys are left alone", {"path": S01E01, "library": "TV", "title": "x"}, there=(S01E01,)),
    Case("an event of its own beside a path", {"eventType": "Manual", "path": S01E01}, there=(S01E01,)),
    Case("a test beside a path", {"eventType": "Test", "path": S01E01}, ignored="test"),
    Case("a blank path", {"path": " "}, refused=((" ", "empty"),)),
    Case("an empty path", {"path": ""}, refused=(("", "empty"),)),
    Case("a relative path", {"path": "Westworld/x.mkv"}, refused=(("Westworld/x.mkv", "relative"),)),
    Case("a dot", {"path": "."}, refused=((".", "relative"),)),
    Case("a path that climbs above the root", {"path": "/../etc"}, refused=(("/../etc", "escapes"),)),
    Case(
        "no text",
        {"paths": [S01E01, 5, None]},
        there=(S01E01,),
        refused=(("(int)", "wrong_type"), ("(NoneType)", "wrong_type")),
    ),
    Case("an object", {"paths": [{"path": S01E01}]}, refused=(("(dict)", "wrong_type"),)),
    Case("a key without a name is ignored", {"eventType": "Download", "": 1, "path": S01E01}, there=(S01E01,)),
    Case("half a surrogate pair", {"paths": [S01E01, "/TV/\ud800"]}, there=(S01E01,), refused=(("/TV/?", "not_text"),)),
    Case(
        "an overlong path among others",
        {"paths": [S01E01, "/" + "x" * 5000]},
        there=(S01E01,),
        refused=(("/" + "x" * 199, "too_long"),),
    ),
)
