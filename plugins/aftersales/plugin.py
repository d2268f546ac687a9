"""Aftersales: vehicles after the sale, their maintenance, and what customers ask of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Any
from uuid import UUID

from forecourt import CodeSetDeclaration, Holding, Manifest, Role, Scope, hookimpl
from plugins.aftersales import demo, jobs
from plugins.aftersales import roles as own_roles
from plugins.aftersales.models.requests import ServiceAppointment, ServiceRequest
from plugins.aftersales.models.vehicles import ServiceVehicle
from plugins.aftersales.services import codes, timeline
from plugins.aftersales.services import holdings as own_holdings
from plugins.aftersales.settings import AftersalesSettings
from plugins.customers.api import TimelineEntry

plugin = Manifest(
    name="aftersales",
    version="0.1.0",
    api=">=1,<2",
    title={"en": "After-sales service", "zh-CN": "售后服务"},
    description={
        "en": "Vehicles after the sale: warranty, maintenance plans, service requests, appointments.",
        "zh-CN": "车辆售后：质保、保养计划、服务请求与预约。",
    },
    requires=["organisation", "customers", "inventory"],
    optional=["sales"],
    settings=AftersalesSettings,
)


@hookimpl
def code_sets() -> Iterable[CodeSetDeclaration]:
    return codes.CODE_SETS


@hookimpl
def roles() -> Iterable[Role]:
    return own_roles.ROLES


@hookimpl
def scheduled_jobs() -> Iterable[object]:
    yield jobs.watch_maintenance.daily(at="07:30", per_store=True)
    yield jobs.watch_requests.every(minutes=5)
    yield jobs.close_resolved_requests.daily(at="03:10", per_store=True)
    yield jobs.find_churned_owners.daily(at="03:30", per_store=True)


@hookimpl
def customer_timeline(scope: Scope, customer_id: UUID, limit: int) -> Awaitable[Iterable[TimelineEntry]]:
    return timeline.entries(customer_id, limit)


@hookimpl
def holdings() -> Iterable[Holding]:
    return own_holdings.HOLDINGS


@hookimpl
def customer_references() -> Iterable[tuple[type[Any], str]]:
    return ((ServiceVehicle, "customer_id"), (ServiceRequest, "customer_id"), (ServiceAppointment, "customer_id"))


@hookimpl
def demo_data(scope: Scope) -> AsyncIterator[object]:
    return demo.write(scope)
