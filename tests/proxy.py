"""A TCP proxy that can be told to misbehave: between a program and its database, for tests of what then happens."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType


class Proxy:
    """Forwards connections from `port` on the loopback to `target` until told otherwise. Use as a context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._guard = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._swallow: bytes | None = None
        self.swallowed = threading.Event()
        self._over = False
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def cut(self) -> None:
        """Ends every connection; new ones are taken."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _end(end)

    def freeze(self) -> None:
        """Acknowledges what comes and forwards nothing, in either direction, until `thaw`."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forwards again, what was held back first."""
        self._flowing.set()

    def lose_reply_to(self, statement: bytes) -> None:
        """The next message with `statement` reaches the server, but the reply is lost: the connection is cut there."""
        self._swallow = statement

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                _end(client)
                continue
            with self._guard:
                self._pairs.append((client, server))
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        losing = False
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            try:
                while not self._over:
                    for key, _ in selector.select(timeout=1):
                        source: socket.socket = key.fileobj  # type: ignore[assignment]
                        data = source.recv(1 << 16)
                        if not data:
                            return
                        self._flowing.wait()
                        if source is server and losing:
                            self.swallowed.set()
                            return
                        if source is client and self._swallow is not None and self._swallow in data:
                            self._swallow, losing = None, True
                        key.data.sendall(data)
            except (OSError, ValueError):  # one of the two is gone
                return
            finally:
                _end(client)
                _end(server)

    def __enter__(self) -> Proxy:
        self._acceptor.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.thaw()
        self.cut()


def _end(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        channel.shutdown(socket.SHUT_RDWR)
    channel.close()
