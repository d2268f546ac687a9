"""Sixteen who write, each call under a key of its own, sent again and again until it is answered."""

from __future__ import annotations

import asyncio
import random
from typing import Final

import httpx

from tests.e2e.server import WITHOUT_TLS
from tests.torture.history import Answer, Call, Kind
from tests.torture.house import TRANSPORT, House

WRITERS: Final = 16
ACCOUNTS: Final = 3
ANSWER_SECONDS: Final = 20.0

CREATE = """mutation($i: CreateAccountInput!, $k: String!) { createAccount(input: $i, idempotencyKey: $k) {
  account { id } problems { code } } }"""
POST = """mutation($i: PostInput!, $k: String!) { post(input: $i, idempotencyKey: $k) {
  posting { id version } problems { code } } }"""
RENAME = """mutation($i: UpdateAccountInput!, $k: String!, $v: Int) {
  updateAccount(input: $i, idempotencyKey: $k, expectedVersion: $v) { account { id version } problems { code } } }"""
VERSION = "query($id: ID!) { account(id: $id) { version } }"

_TRY_AGAIN: Final = {"DATABASE_UNAVAILABLE", "DATABASE_TIMEOUT"}


class Writers:
    """Their calls, and whether they go on."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self._house = house
        self._chance = chance
        self._client = httpx.AsyncClient(
            verify=WITHOUT_TLS,
            timeout=ANSWER_SECONDS,
            headers={"x-api-key": house.key},
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._accounts: list[str] = []
        self.calls: list[Call] = []
        self.stopping = False

    async def run(self) -> None:
        """Make accounts and write until `stopping`; what is under way then is still brought to its end."""
        async with self._client:
            for number in range(ACCOUNTS):
                values = {"i": {"name": "new"}, "k": f"account-{number}"}
                data = await self._insist(CREATE, values, Call(f"account-{number}", Kind.RENAME, ""))
                self._accounts.append(data["account"]["id"])
            async with asyncio.TaskGroup() as group:
                for number in range(WRITERS):
                    group.create_task(self._write(number))

    async def _write(self, writer: int) -> None:
        number = 0
        while not self.stopping:
            number += 1
            account = self._chance.choice(self._accounts)
            if self._chance.random() < 0.8:
                await self._post(f"w{writer}-{number}", account)
            else:
                await self._rename(f"w{writer}-{number}", account)

    async def _post(self, key: str, account: str) -> None:
        call = Call(key, Kind.POST, account, amount=self._chance.randrange(1, 100))
        self.calls.append(call)
        values = {"i": {"account": account, "key": key, "amount": call.amount}, "k": key}
        # Now and then somebody asks again for what he was told already.
        for _ in range(1 + (self._chance.random() < 0.1)):
            await self._ask(POST, values, call, "posting")

    async def _rename(self, key: str, account: str) -> None:
        call = Call(key, Kind.RENAME, account)
        self.calls.append(call)
        values = {"i": {"id": account, "name": key}, "k": key, "v": None}
        if self._chance.random() < 0.5:
            found = await self._insist(VERSION, {"id": account}, call)
            values["v"] = call.expected = found["version"]
        await self._ask(RENAME, values, call, "account")

    async def _ask(self, operation: str, values: Answer, call: Call, name: str) -> None:
        payload = await self._insist(operation, values, call)
        if payload["problems"]:
            call.refused = payload["problems"][0]["code"]
            if call.expected is None or call.refused != "CONFLICT":
                call.faults.append(call.refused)
        else:
            call.answers.append((payload[name]["id"], payload[name]["version"]))

    async def _insist(self, operation: str, values: Answer, call: Call) -> Answer:
        """Send an operation until it is answered, over whichever line."""
        while True:
            call.sent += 1
            line = self._chance.choice(self._house.lines)
            try:
                answer = await self._client.post(line.url, json={"query": operation, "variables": values})
                told: Answer = answer.json()
            except (*TRANSPORT, ValueError):
                await asyncio.sleep(self._chance.uniform(0.05, 0.5))
                continue
            codes = [error["extensions"]["code"] for error in told.get("errors", ())]
            if not codes:
                (payload,) = told["data"].values()
                assert isinstance(payload, dict)
                return payload
            call.faults += [code for code in codes if code not in _TRY_AGAIN]
            await asyncio.sleep(self._chance.uniform(0.05, 0.5))
