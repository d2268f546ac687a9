"""The sales floor: who works there, and shortcuts through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.ids import parse_global_id
from forecourt import Money, Scope, global_id
from forecourt.testing import Client
from plugins.customers.api import Wishes, add_intention, create_customer
from tests.plugins.sales.conftest import Showroom

CHECKS = ["EXTERIOR", "INTERIOR", "FUNCTIONS", "DOCUMENTS", "EXPLANATION"]


def yuan(amount: int) -> dict[str, str]:
    return {"amountMinor": str(amount * 100), "currency": "CNY"}


@dataclass
class Floor:
    """The sales floor: who works there, and shortcuts through the API."""

    showroom: Showroom
    seller: Client
    manager: Client
    cashier: Client

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Be short in the failing examples of hypothesis, which would print everybody's rights."""
        printer.text("floor")

    @classmethod
    async def of(cls, showroom: Showroom) -> Floor:
        """Take a consultant, a sales manager and a cashier on."""
        return cls(
            showroom,
            await showroom.hire("seller"),
            await showroom.hire("manager", "sales_manager"),
            await showroom.hire("cashier", "finance"),
        )

    async def run(self, client: Client, name: str, shown: str, **values: Any) -> Any:
        """Run a command and return its payload, problems and all."""
        kind = name[0].upper() + name[1:]
        problems = "problems { __typename code path ... on TransitionProblem { allowed } }"
        return await client.payload(
            f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {shown} {problems} }} }}", i=values
        )

    async def done(self, client: Client, name: str, shown: str, **values: Any) -> Any:
        """Run a command that must succeed and return what it gives."""
        payload = await self.run(client, name, shown, **values)
        assert payload["problems"] == []
        return next(value for key, value in payload.items() if key != "problems")

    async def codes(self, client: Client, name: str, shown: str, **values: Any) -> list[str]:
        payload = await self.run(client, name, shown, **values)
        return [problem["code"] for problem in payload["problems"]]

    async def customer(self, number: int = 1) -> UUID:
        async def work(scope: Scope) -> UUID:
            owner = self.seller.caller.user_id
            made = await create_customer(scope, name=f"客户{number}", phone=f"139{number:08d}", owner_id=owner)
            await add_intention(
                scope,
                made.id,
                Wishes(models=["VOYAGE"], budget_max=Money(26_000_000), expected_on=scope.today()),
            )
            return made.id

        return await self.showroom.sample.run(work)

    async def deal(self, number: int = 1) -> str:
        customer = global_id("Customer", await self.customer(number))
        row = await self.done(self.seller, "openOpportunity", "opportunity { id }", customer=customer)
        return str(row["id"])

    async def offer(self, deal: str, vehicle: UUID | None = None, **values: Any) -> str:
        given: dict[str, Any] = {"opportunity": deal, "trim": global_id("Trim", self.showroom.trim), **values}
        if vehicle is not None:
            given["vehicle"] = global_id("StockVehicle", vehicle)
        row = await self.done(self.seller, "createQuotation", "quotation { id }", **given)
        return str(row["id"])

    async def accepted(self, deal: str, vehicle: UUID | None = None) -> str:
        offer = await self.offer(deal, vehicle)
        await self.done(self.seller, "sendQuotation", "quotation { id }", quotation=offer)
        await self.done(self.seller, "acceptQuotation", "quotation { id }", quotation=offer)
        return offer

    async def order(self, number: int = 1, vehicle: UUID | None = None, *, deposit: int = 10_000) -> str:
        offer = await self.accepted(await self.deal(number), vehicle)
        row = await self.done(self.seller, "createOrder", "salesOrder { id }", quotation=offer, deposit=yuan(deposit))
        return str(row["id"])

    async def confirmed(self, number: int = 1, vehicle: UUID | None = None) -> str:
        order = await self.order(number, vehicle)
        await self.done(self.seller, "confirmOrder", "salesOrder { id }", order=order)
        return order

    async def pass_pdi(self, vehicle: UUID) -> None:
        everyone = self.showroom.sample.client(await self.showroom.sample.add_user(f"inspector-{vehicle}"))
        begun = await self.done(
            everyone, "startPdi", "pdiInspection { id }", vehicle=global_id("StockVehicle", vehicle), odometerKm=5
        )
        await self.done(everyone, "passPdi", "pdiInspection { id }", inspection=begun["id"])
        await self.showroom.sample.settle()

    async def pay(self, order: str, amount: int) -> list[str]:
        return await self.codes(
            self.cashier, "recordReceipt", "receipt { id }", order=order, method="TRANSFER", amount=yuan(amount)
        )

    async def row(self, model: Any, gid: str) -> Any:
        (found,) = await self.showroom.rows(model, id=parse_global_id(gid)[1])
        return found
