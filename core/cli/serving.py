"""`forecourt serve`: one process with API, pages and background work."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn

from core.cli.console import read_settings, say
from core.cli.logs import configure
from core.config.reading import check_modules
from core.config.settings import Settings
from core.dealer import Dealer
from core.errors import ForecourtError
from core.host import Host
from core.http.app import App
from core.http.messages import BODY_LIMIT
from core.http.protocol import HeadWaits
from core.http.reloading import Reloader
from core.jobs.worker import Worker
from core.migrations.migrate import pending, settled
from core.migrations.modules import migrated
from core.plugins.discovery import candidates

_END_SECONDS = 10


class CannotServeError(ForecourtError):
    """The server can't start; the message says what to do."""

    code = "CANNOT_SERVE"


def serve(config: Path | None, host: str, port: int | None) -> None:
    """Serve until SIGINT or SIGTERM; SIGHUP takes the configuration up anew."""
    read = partial(_settings, config, host, port)
    settings = read()
    configure(settings)
    listening = _bind(settings.server.host, settings.server.port)
    with listening, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, read, listening))


def _settings(config: Path | None, host: str, port: int | None) -> Settings:
    settings = read_settings(config)
    if settings.plugins.unavailable == "strict":
        check_modules(settings, {candidate.name for candidate in candidates(settings.plugins.folders)})
    changed = {"host": host or settings.server.host, "port": settings.server.port if port is None else port}
    return settings.model_copy(update={"server": settings.server.model_copy(update=changed)})


def _bind(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done; whoever connects before the server is ready waits.

    Raises:
        CannotServeError: It is taken, or may not be.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Listening is what another server of this port can't do at the same time.
        listening.listen(0)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            advice = "stop what uses it, or choose another: `forecourt serve --port 8001`, or PORT=8001"
            raise CannotServeError(f"port {port} of {host} is in use: {advice}") from None
        raise CannotServeError(f"port {port} of {host} can't be used: {error.strerror or error}") from None
    return listening


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings, read: Callable[[], Settings], listening: socket.socket) -> None:
    host = Host(settings)
    try:
        await host.open()
        for dealer in host:
            await _check(dealer)
    except BaseException:
        await host.close()
        raise
    worker = Worker(host)
    reloader = Reloader(host, read, worker)
    server = _Server(_options(App(host, worker, reloader)), host, reloader)
    try:
        await server.serve([listening])
    except SystemExit:  # uvicorn's way to say that the application did not start
        raise CannotServeError("the server could not start; the log says why") from None


async def _check(dealer: Dealer) -> None:
    """Refuse to serve a dealer whose database is not ready."""
    if done := await settled(dealer.database, mends=True):
        say(f"{dealer.name}: {done}")
    await dealer.database.ping()
    missing = await pending(dealer.database, migrated(dealer.kernel.loaded))
    if missing:
        listed = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise CannotServeError(
            f"the database of {dealer.name} lacks {len(missing)} migrations ({listed}): run `forecourt migrate`"
        )


def _options(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HeadWaits().protocol(),
        ws="websockets-sansio",
        ws_max_size=BODY_LIMIT,
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_END_SECONDS,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, host: Host, reloader: Reloader) -> None:
        super().__init__(config)
        self._host = host
        self._reloader = reloader

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            for line in _addresses(self._host, sockets[0]):
                say(line)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End gracefully on SIGINT and SIGTERM, at once on the second; read the configuration anew on SIGHUP."""
        loop = asyncio.get_running_loop()
        handlers: dict[int, Callable[[], None]] = {
            number: partial(self.handle_exit, number, None) for number in (signal.SIGINT, signal.SIGTERM)
        }
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = self._reloader.ask
        if os.name == "nt":  # its loops take no handlers
            with super().capture_signals():
                yield
            return
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)


def _addresses(host: Host, listening: socket.socket) -> Iterator[str]:
    address, port = listening.getsockname()[:2]
    own = "localhost" if address in ("0.0.0.0", "::") else f"[{address}]" if ":" in address else address  # noqa: S104 - compared, not bound
    for dealer in host:
        name = dealer.config.host_names[0] if dealer.config.host_names and not dealer.config.path_prefix else own
        base = f"http://{name}:{port}{dealer.config.path_prefix}"
        yield f"{dealer.name}: API       {base}/graphql"
        if not host.settings.production:
            yield f"{dealer.name}: GraphiQL  {base}/graphiql"
