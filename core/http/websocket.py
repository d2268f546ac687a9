"""Operations over WebSocket: the protocol graphql-transport-ws."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationType

from core.api.execute import Operation, RequestError
from core.api.responses import Response
from core.dealer import Dealer
from core.events.retry import describe
from core.http.heads import Head
from core.http.messages import Asgi, Receive, Send, headers_of, request_id
from core.http.request import HttpError, body_of, scope_of
from core.scope import Scope
from core.services.messages import negotiate

_log = logging.getLogger("forecourt.http")

PROTOCOL = "graphql-transport-ws"
MOST_OPERATIONS = 50
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, WRONG_PROTOCOL, NO_INIT, DUPLICATE, TOO_MANY = (
    4400, 4401, 4403, 4406, 4408, 4409, 4429,
)  # fmt: skip
SERVICE_RESTART = 1012
_CREDENTIALS = ("authorization", "x-api-key", "x-store", "accept-language")


@dataclass(frozen=True, slots=True)
class SocketRules:
    """How long a socket waits.

    Attributes:
        init_seconds: For `connection_init`.
        check_seconds: Between two looks at whether the credential still holds; deliveries look for themselves.
    """

    init_seconds: float = 10.0
    check_seconds: float = 10.0


class _CloseError(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """One connection of one client.

    The credential comes in the payload of `connection_init` (`{"authorization": "Bearer …"}`), because browsers can't
    set headers here. A new one may come in the payload of any later `ping`, before the old one ends: otherwise the
    socket is closed with 4403 when the token ends or is revoked.

    Args:
        is_current: Whether the dealer is still served with these modules; if not, the client is sent to reconnect.

    Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
    """

    def __init__(
        self,
        dealer: Dealer,
        asgi: Asgi,
        receive: Receive,
        send: Send,
        *,
        is_current: Callable[[], bool] = lambda: True,
        rules: SocketRules | None = None,
    ) -> None:
        self.dealer = dealer
        self.headers = headers_of(asgi)
        self.protocols: list[str] = asgi.get("subprotocols", [])
        self.address = str(asgi["client"][0]) if asgi.get("client") else ""
        self.receive = receive
        self.send = send
        self.is_current = is_current
        self.rules = rules or SocketRules()
        self.acknowledged = False
        self.closed = False
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Speak the protocol until either side closes."""
        await self.receive()  # websocket.connect
        if PROTOCOL not in self.protocols:
            await self.send({"type": "websocket.close", "code": WRONG_PROTOCOL, "reason": f"speak {PROTOCOL}"})
            return
        await self.send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        token = self.dealer.database.activate()
        watch: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self.rules.init_seconds) as waiting:
                while (message := await self.receive())["type"] != "websocket.disconnect":
                    await self._handle(_read(message))
                    if self.acknowledged and watch is None:
                        waiting.reschedule(None)
                        watch = asyncio.create_task(self._watch())
        except _CloseError as close:
            await self._close(close.code, close.reason)
        except TimeoutError:
            await self._close(NO_INIT, "connection initialisation timeout")
        finally:
            self.dealer.database.deactivate(token)
            # A task that closes the socket ends by itself.
            ending = [*self.tasks.values(), *([watch] if watch else [])]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    async def _close(self, code: int, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        # A reason has at most 123 bytes; the client may be gone.
        with contextlib.suppress(OSError, RuntimeError):
            await self.send({"type": "websocket.close", "code": code, "reason": reason[:100]})

    async def _say(self, kind: str, **content: Any) -> None:
        if not self.closed:
            text = orjson.dumps({"type": kind, **content}).decode()
            with contextlib.suppress(OSError, RuntimeError):  # the client may be gone
                await self.send({"type": "websocket.send", "text": text})

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "connection_init":
            await self._initialise(message.get("payload"))
        elif kind == "ping":
            await self._ping(message.get("payload"))
        elif kind == "subscribe":
            self._subscribe(message)
        elif kind == "complete":
            task = self.tasks.pop(str(message.get("id")), None)
            if task is not None:
                task.cancel()
        elif kind != "pong":
            raise _CloseError(BAD_MESSAGE, "unknown message type")

    async def _initialise(self, payload: Any) -> None:
        if self.acknowledged:
            raise _CloseError(TOO_MANY, "too many initialisation requests")
        self._take_credentials(payload)
        await self._check()
        self.acknowledged = True
        await self._say("connection_ack")

    async def _ping(self, payload: Any) -> None:
        if payload and self.acknowledged:
            self._take_credentials(payload)
            await self._check()
        await self._say("pong")

    def _take_credentials(self, payload: Any) -> None:
        if not isinstance(payload, dict | None):
            raise _CloseError(BAD_MESSAGE, "a payload is an object")
        for name, value in (payload or {}).items():
            if name.lower() in _CREDENTIALS:
                self.headers[name.lower()] = str(value)

    async def _check(self) -> Scope:
        """Return the scope of whoever the credential names at this moment; close the socket when it names nobody."""
        if not self.is_current():
            raise _CloseError(SERVICE_RESTART, "the modules have changed; connect again")
        try:
            return await scope_of(self.dealer, Head(dict(self.headers)), request_id(b""), self.address)
        except HttpError as error:
            if error.status == 503:
                raise
            raise _CloseError(FORBIDDEN, "the credential is not valid") from error

    async def _watch(self) -> None:
        """Close the socket when nobody can be delivered to any more."""
        while True:
            await asyncio.sleep(self.rules.check_seconds)
            try:
                await self._check()
            except _CloseError as close:
                await self._close(close.code, close.reason)
                return
            except HttpError as error:
                _log.warning("a socket could not be checked: %s", error.message)

    def _subscribe(self, message: Mapping[str, Any]) -> None:
        if not self.acknowledged:
            raise _CloseError(UNAUTHORIZED, "unauthorized: send connection_init first")
        name, payload = message.get("id"), message.get("payload")
        if not isinstance(name, str) or not name or not isinstance(payload, dict):
            raise _CloseError(BAD_MESSAGE, "subscribe has an id and a payload")
        if name in self.tasks:
            raise _CloseError(DUPLICATE, f"subscriber for {name[:40]} already exists")
        if len(self.tasks) >= MOST_OPERATIONS:
            raise _CloseError(TOO_MANY, f"at most {MOST_OPERATIONS} operations run on one socket")
        self.tasks[name] = asyncio.create_task(self._run(name, payload))

    async def _run(self, name: str, payload: Mapping[str, Any]) -> None:
        token = self.dealer.database.activate()
        try:
            errors = await self._outcome(name, payload)
            if errors is None:
                await self._say("complete", id=name)
            else:
                await self._say("error", id=name, payload=errors)
        except _CloseError as close:
            await self._close(close.code, close.reason)
        finally:
            self.dealer.database.deactivate(token)
            # After `complete` the client may have used the id again.
            if self.tasks.get(name) is asyncio.current_task():
                del self.tasks[name]

    async def _outcome(self, name: str, payload: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        try:
            return await self._operate(name, payload)
        except RequestError as error:
            locale = negotiate(self.headers.get("accept-language", ""), self.dealer.config.locale)
            return error.told(self.dealer.kernel.messages, locale)
        except HttpError as error:
            return [error.error]
        except _CloseError:
            raise
        except Exception as error:  # noqa: BLE001 - one operation's fault must not end the others
            _log.error("an operation over WebSocket failed: %s", describe(error))
            return [{"message": "something went wrong here", "extensions": {"code": "INTERNAL"}}]

    async def _operate(self, name: str, payload: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Run an operation and send its answers; return the errors of one that was not executed."""
        body = body_of(payload, may_have_nul=True)
        scope = await self._check()
        operation = Operation(self.dealer, body.query, body.variables, body.operation_name)
        if operation.kind is not OperationType.SUBSCRIPTION:
            return await self._answer(name, await operation.run(scope))
        async with aclosing(operation.stream(scope, self._check)) as stream:
            async for response in stream:
                if errors := await self._answer(name, response):
                    return errors
        return None

    async def _answer(self, name: str, response: Response) -> list[dict[str, Any]] | None:
        if not response.executed:
            errors: list[dict[str, Any]] = orjson.loads(response.body)["errors"]
            return errors
        await self._say("next", id=name, payload=orjson.Fragment(response.body))
        return None


def _read(message: Asgi) -> Mapping[str, Any]:
    try:
        content = orjson.loads(message.get("text") or message.get("bytes") or b"")
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise _CloseError(BAD_MESSAGE, "a message is a JSON object")
    return content
