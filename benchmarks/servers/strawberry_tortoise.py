"""Strawberry and Tortoise as usually written: types, resolvers, model instances, and a DataLoader for each relation."""

# No `from __future__ import annotations`: Strawberry looks names up in the module, which it finds by other means then.

import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from os import environ
from typing import Any, Self
from uuid import UUID

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from tortoise import Tortoise
from tortoise.expressions import F, Subquery
from tortoise.functions import Count
from tortoise.transactions import in_transaction

from benchmarks.servers import tables

STORE = UUID(environ["STORE_ID"])
Info = strawberry.Info[dict[str, Any], None]


@strawberry.type
class Vehicle:
    id: strawberry.ID
    vin: str
    model: str
    plate: str | None
    from_on: date

    @classmethod
    def of(cls, row: tables.Vehicle) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)), vin=row.vin, model=row.model, plate=row.plate_masked, from_on=row.from_on
        )


@strawberry.type
class FollowUp:
    id: strawberry.ID
    version: int
    channel: str
    subject: str
    due_at: datetime
    state: str
    customer_id: strawberry.Private[UUID]

    @strawberry.field
    async def customer(self, info: Info) -> "Customer":
        return Customer.of(await info.context["customers"].load(self.customer_id))

    @classmethod
    def of(cls, row: tables.FollowUp) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            version=row.version,
            channel=row.channel,
            subject=row.subject,
            due_at=row.due_at,
            state=row.state,
            customer_id=row.customer_id,
        )


@strawberry.type
class Customer:
    id: strawberry.ID
    version: int
    name: str
    name_pinyin: str
    kind: str
    lifecycle: str
    mobile: str | None
    completeness: int
    last_contact_at: datetime | None
    created_at: datetime

    @strawberry.field
    async def vehicles(self, info: Info) -> list[Vehicle]:
        return [Vehicle.of(row) for row in await info.context["vehicles"].load(UUID(self.id))]

    @strawberry.field
    async def follow_ups(self, info: Info, last: int) -> list[FollowUp]:
        rows = await info.context["follow_ups"].load(UUID(self.id))
        return [FollowUp.of(row) for row in rows[:last]]

    @classmethod
    def of(cls, row: tables.Customer) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            version=row.version,
            name=row.name,
            name_pinyin=row.name_pinyin,
            kind=row.kind,
            lifecycle=row.lifecycle,
            mobile=row.mobile_masked,
            completeness=row.completeness,
            last_contact_at=row.last_contact_at,
            created_at=row.created_at,
        )


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: strawberry.ID | None


@strawberry.type
class CustomerPage:
    nodes: list[Customer]
    page_info: PageInfo
    matching: strawberry.Private[Any]

    @strawberry.field
    async def total_count(self) -> int:
        total: int = await self.matching.count()
        return total


@strawberry.type
class StageCount:
    stage: str
    count: int


@strawberry.type
class Query:
    @strawberry.field
    async def customer(self, id: strawberry.ID) -> Customer | None:
        row = await tables.Customer.get_or_none(id=id, store_id=STORE)
        return None if row is None else Customer.of(row)

    @strawberry.field
    async def customers(
        self,
        first: int = 50,
        after: strawberry.ID | None = None,
        stage: str | None = None,
        brand: str | None = None,
        newest_first: bool = False,
    ) -> CustomerPage:
        query = tables.Customer.filter(store_id=STORE, archived_at=None)
        if stage is not None:
            query = query.filter(lifecycle=stage)
        if brand is not None:
            owners = tables.Vehicle.filter(archived_at=None, model__istartswith=brand).values("customer_id")
            query = query.filter(id__in=Subquery(owners))
        matching = query
        if after is not None:
            query = query.filter(id__gt=after)
        order = ("-created_at", "-id") if newest_first else ("id",)
        rows = await query.order_by(*order).limit(first + 1)
        nodes = [Customer.of(row) for row in rows[:first]]
        page_info = PageInfo(has_next_page=len(rows) > first, end_cursor=nodes[-1].id if nodes else None)
        return CustomerPage(nodes=nodes, page_info=page_info, matching=matching)

    @strawberry.field
    async def counts(self) -> list[StageCount]:
        query = tables.Customer.filter(store_id=STORE, archived_at=None).annotate(count=Count("id"))
        groups = await query.group_by("lifecycle").values("lifecycle", "count")
        return [StageCount(stage=group["lifecycle"], count=group["count"]) for group in groups]


@strawberry.input
class NewFollowUp:
    customer_id: strawberry.ID
    channel: str
    subject: str
    due_at: datetime


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_follow_up(self, input: NewFollowUp) -> FollowUp:
        async with in_transaction():
            customer = await tables.Customer.get(id=input.customer_id, store_id=STORE)
            row = await tables.FollowUp.create(
                store_id=customer.store_id,
                customer_id=customer.id,
                owner_id=customer.owner_id,
                channel=input.channel,
                subject=input.subject,
                due_at=input.due_at,
                overdue_at=input.due_at + timedelta(hours=1),
            )
        return FollowUp.of(row)

    @strawberry.mutation
    async def update_follow_up(self, id: strawberry.ID, subject: str, expected_version: int) -> FollowUp:
        async with in_transaction():
            seen = tables.FollowUp.filter(id=id, store_id=STORE, version=expected_version)
            if not await seen.update(subject=subject, version=F("version") + 1, updated_at=datetime.now(UTC)):
                raise ValueError("the follow-up has been changed since it was read")
            row = await tables.FollowUp.get(id=id)
        return FollowUp.of(row)


async def load_customers(keys: list[UUID]) -> list[tables.Customer]:
    rows = {row.id: row for row in await tables.Customer.filter(id__in=keys)}
    return [rows[key] for key in keys]


async def load_vehicles(keys: list[UUID]) -> list[list[tables.Vehicle]]:
    rows = defaultdict(list)
    for row in await tables.Vehicle.filter(customer_id__in=keys, archived_at=None).order_by("id"):
        rows[row.customer_id].append(row)
    return [rows[key] for key in keys]


async def load_follow_ups(keys: list[UUID]) -> list[list[tables.FollowUp]]:
    rows = defaultdict(list)
    for row in await tables.FollowUp.filter(customer_id__in=keys, archived_at=None).order_by("-due_at", "-id"):
        rows[row.customer_id].append(row)
    return [rows[key] for key in keys]


class App(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        return {
            "request": request,
            "customers": DataLoader(load_customers),
            "vehicles": DataLoader(load_vehicles),
            "follow_ups": DataLoader(load_follow_ups),
        }


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    url = environ["DATABASE_URL"]
    if url.startswith("postgres"):
        url = url.replace("postgres://", "asyncpg://", 1) + f"?maxsize={environ['POOL_SIZE']}"
    await Tortoise.init(db_url=url, modules={"shop": ["benchmarks.servers.tables"]}, _enable_global_fallback=True)
    yield
    await Tortoise.close_connections()


schema = strawberry.Schema(Query, Mutation)
app = Starlette(routes=[Route("/graphql", App(schema))], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", access_log=False)
