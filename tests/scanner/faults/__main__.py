"""Write the fault matrix into docs/reliability.md."""

from .document import DOCUMENT, updated

DOCUMENT.write_text(updated(DOCUMENT.read_text()))
