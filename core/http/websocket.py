"""Operations over WebSocket: the protocol graphql-transport-ws."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import orjson
from graphql import OperationType

from core.api.execute import Documents, Operation, RequestError
from core.dealer import Dealer
from core.http.graphql import HttpError, scope_of
from core.http.messages import Asgi, Receive, Send, headers_of, request_id

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10
MOST_OPERATIONS = 50
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NO_INIT, DUPLICATE, TOO_MANY = 4400, 4401, 4403, 4408, 4409, 4429


class _Close(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """One connection of one client.

    Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
    """

    def __init__(self, dealer: Dealer, documents: Documents, asgi: Asgi, receive: Receive, send: Send) -> None:
        self.dealer = dealer
        self.documents = documents
        self.headers = headers_of(asgi)
        self.protocols: list[str] = asgi.get("subprotocols", [])
        self.address = str(asgi["client"][0]) if asgi.get("client") else ""
        self.receive = receive
        self.send = send
        self.acknowledged = False
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Speak the protocol until either side closes."""
        await self.receive()  # websocket.connect
        if PROTOCOL not in self.protocols:
            await self.send({"type": "websocket.close", "code": 4406, "reason": f"speak {PROTOCOL}"})
            return
        await self.send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        try:
            async with asyncio.timeout(INIT_SECONDS) as waiting:
                while True:
                    message = await self.receive()
                    if message["type"] == "websocket.disconnect":
                        return
                    await self._handle(_read(message))
                    if self.acknowledged:
                        waiting.reschedule(None)
        except _Close as close:
            await self._close(close.code, close.reason)
        except TimeoutError:
            await self._close(NO_INIT, "connection initialisation timeout")
        finally:
            for task in self.tasks.values():
                task.cancel()
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the client may be gone
            await self.send({"type": "websocket.close", "code": code, "reason": reason})

    async def _say(self, kind: str, **content: Any) -> None:
        text = orjson.dumps({"type": kind, **content}).decode()
        await self.send({"type": "websocket.send", "text": text})

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "connection_init":
            await self._initialise(message.get("payload") or {})
        elif kind == "ping":
            await self._say("pong")
        elif kind == "subscribe":
            self._subscribe(message)
        elif kind == "complete":
            task = self.tasks.pop(str(message.get("id")), None)
            if task is not None:
                task.cancel()
        elif kind != "pong":
            raise _Close(BAD_MESSAGE, f"unknown message type {str(kind)[:40]!r}")

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        if self.acknowledged:
            raise _Close(TOO_MANY, "too many initialisation requests")
        if not isinstance(payload, dict):
            raise _Close(BAD_MESSAGE, "the payload of connection_init is an object")
        # Browsers can't set headers on a WebSocket, so the credential comes in the first message.
        for name, value in payload.items():
            if name.lower() in ("authorization", "x-api-key", "x-store", "accept-language"):
                self.headers[name.lower()] = str(value)
        token = self.dealer.database.activate()
        try:
            await scope_of(self.dealer, self.headers, request_id(self.headers), self.address)
        except HttpError as error:
            raise _Close(FORBIDDEN, "the credential is not valid") from error
        finally:
            self.dealer.database.deactivate(token)
        self.acknowledged = True
        await self._say("connection_ack")

    def _subscribe(self, message: Mapping[str, Any]) -> None:
        if not self.acknowledged:
            raise _Close(UNAUTHORIZED, "unauthorized: send connection_init first")
        name, payload = message.get("id"), message.get("payload")
        if not isinstance(name, str) or not name or not isinstance(payload, dict):
            raise _Close(BAD_MESSAGE, "subscribe has an id and a payload")
        if name in self.tasks:
            raise _Close(DUPLICATE, f"subscriber for {name[:40]} already exists")
        if len(self.tasks) >= MOST_OPERATIONS:
            raise _Close(TOO_MANY, f"at most {MOST_OPERATIONS} operations run on one socket")
        self.tasks[name] = asyncio.create_task(self._run(name, payload))

    async def _run(self, name: str, payload: Mapping[str, Any]) -> None:
        token = self.dealer.database.activate()
        try:
            await self._operate(name, payload)
        except (RequestError, HttpError) as error:
            errors = error.errors if isinstance(error, RequestError) else [error.error]
            await self._say("error", id=name, payload=errors)
        else:
            await self._say("complete", id=name)
        finally:
            self.dealer.database.deactivate(token)
            self.tasks.pop(name, None)

    async def _operate(self, name: str, payload: Mapping[str, Any]) -> None:
        query, variables = payload.get("query"), payload.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            raise HttpError(400, "BAD_REQUEST", "a payload has query (a text) and variables (an object)")
        operation = Operation(self.dealer, self.documents, query, variables, payload.get("operationName"))
        scope = await scope_of(self.dealer, self.headers, request_id(self.headers), self.address)
        if operation.kind is not OperationType.SUBSCRIPTION:
            await self._say("next", id=name, payload=await operation.run(scope))
            return
        async for content in operation.stream(scope):
            await self._say("next", id=name, payload=content)


def _read(message: Asgi) -> Mapping[str, Any]:
    try:
        content = orjson.loads(message.get("text") or message.get("bytes") or b"")
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise _Close(BAD_MESSAGE, "a message is a JSON object")
    return content
