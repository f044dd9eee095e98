"""What is handed in: one file or stream, and what is said of a part of it that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An input, or a part of one, that cannot be used at all; it becomes a row in ``v_rejections``.

    `uri` is the article's own where it could be read, else ``FILE:LINE`` (JSON lines), ``FILE#NUMBER`` (the n-th
    article of a JSON file) or the name of the file. `reason` is one of ``empty``, ``too_large``, ``encoding``,
    ``binary``, ``syntax``, ``missing_field`` and ``unreadable`` (the file could not be read: permission, a device,
    a link that leads out of the folder); `detail` is a sentence for a person.
    """

    source: str
    uri: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Given:
    """One file or stream that is being read.

    `name` is the path below the folder that was given, with ``/`` between its parts, or the file's own name, or
    ``stdin``; it holds no undecodable characters. `source` stands in for articles that name none. `max_bytes` bounds
    one article's body, in bytes of UTF-8. `headlines` takes articles of JSON that have a title and no body.
    """

    name: str
    source: str
    max_bytes: int
    headlines: bool = False

    @property
    def record_bytes(self) -> int:
        """Most bytes of one JSON record in its file: room for a body with escapes and for the other keys."""
        return 2 * self.max_bytes + (1 << 20)

    def unreadable(self, reason: str, detail: str, uri: str | None = None) -> Unreadable:
        """The rejection of `uri`, a part of this input, or of the whole of it."""
        return Unreadable(self.source, uri or self.name, reason, detail)
