"""The errors of the API in the format of the programs' error pipeline."""

from typing import Any


class ApiError(Exception):
    """A request that results in an error. `body` is None for an empty response."""

    def __init__(self, status: int, body: Any = None) -> None:
        """Store the response."""
        super().__init__(status, body)
        self.status = status
        self.body = body


def invalid(name: str, message: str, attempted: Any = None) -> ApiError:
    """Return a validation error: status 400, and a list."""
    failure = {
        "propertyName": name,
        "errorMessage": message,
        "attemptedValue": attempted,
        "severity": "error",
        "isWarning": False,
    }
    return ApiError(400, [{key: value for key, value in failure.items() if value is not None}])


def failed(message: str, status: int = 500) -> ApiError:
    """Return any other error: an object with a stack trace, which must not be shown."""
    return ApiError(status, {"message": message, "description": f"System.Exception: {message}\n   at NzbDrone.Core…"})


def not_found() -> ApiError:
    """Return the error for an unknown id."""
    return ApiError(404, {"message": "NotFound"})
