"""Who may see what, worked out a second time: a small model over rows in memory that knows nothing of the read seam.

It is made of what plugins declare (owner, `visible_through`, what is in hand, permissions of fields), of people as the
walk has made them (roles in stores), and of all rows as they lie in the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.caller import Reach
from core.catalog.catalog import Column, Entity, EntityField, ToManyField, ToOneField, ValueField
from core.data.model import GroupModel, Record
from core.plugins.contributions import Holding
from core.security.vault import Vault
from core.testing.harness import SampleDealer

Row = Mapping[str, Any]
"""A row's values by column."""


@dataclass(frozen=True)
class Person:
    """Somebody with work in some stores.

    Attributes:
        name: For reports, such as `sales_consultant in S1`.
        seats: His rights in each store.
        team: Users whose rows he sees with TEAM reach, himself among them.
    """

    name: str
    user_id: UUID
    seats: Mapping[str, Mapping[str, Reach]]
    team: frozenset[str] = field(default_factory=frozenset)

    def widest(self, permission: str) -> Reach | None:
        """Return how far a permission reaches in the store where it reaches furthest."""
        return max((rights[permission] for rights in self.seats.values() if permission in rights), default=None)


@dataclass(frozen=True)
class Oracle:
    """All rows, and who sees which.

    Attributes:
        rows: By the entity's name and the row's id.
        shown: Of a table, who sees which of its rows because of something live about it that he has in hand.
    """

    rows: Mapping[str, Mapping[str, Row]]
    shown: Mapping[type[Record], Set[tuple[str, str]]]
    vault: Vault

    @classmethod
    async def of(cls, sample: SampleDealer) -> Oracle:
        """Read all rows of all entities, past the read seam."""
        found: dict[str, dict[str, Row]] = {}
        for entity in sample.dealer.kernel.catalog.entities.values():
            names = sorted(entity.model._meta.fields_db_projection.values())
            sql = f'SELECT {", ".join(f"{name!r}".replace(chr(39), chr(34)) for name in names)} FROM "{entity.table}"'
            records = await sample.dealer.database.fetch(sql)
            rows = [dict(zip(names, tuple(record), strict=True)) for record in records]
            found[entity.name] = {str(row["id"]): row for row in rows}
        entities = sample.dealer.kernel.catalog.by_model
        shown: defaultdict[type[Record], set[tuple[str, str]]] = defaultdict(set)
        for holding in sample.dealer.kernel.holdings:
            if holding.shows is not None:
                about = holding.model._meta.fields_map[holding.shows.removesuffix("_id")]
                shown[about.related_model] |= _shown(holding, found[entities[holding.model].name].values())  # type: ignore[attr-defined]  # a foreign key
        return cls(found, shown, sample.dealer.vault)

    def may_read(self, person: Person, entity: Entity) -> bool:
        return entity.declaration.public or person.widest(_reading(entity)) is not None

    def sees_field(self, person: Person, one: EntityField) -> bool:
        return one.permission is None or person.widest(one.permission) is not None

    def sees(self, person: Person, entity: Entity, row: Row) -> bool:
        """Tell whether somebody sees a row, archived or not."""
        if entity.declaration.public:
            return True
        reach = person.widest(_reading(entity))
        if reach is None:
            return False
        through = entity.declaration.visible_through
        if through is not None:
            above = self.row_above(entity, through, row)
            if above is None or not self.sees(person, *above):
                return False
        if reach is Reach.GROUP or issubclass(entity.model, GroupModel):
            return True
        return self._in_seat(person, entity, row)

    def _in_seat(self, person: Person, entity: Entity, row: Row) -> bool:
        here = person.seats.get(str(row["store_id"]), {}).get(_reading(entity))
        owner = entity.declaration.owner
        if here is None or owner is None or here >= Reach.STORE:
            return here is not None
        owners = {str(person.user_id)} | (person.team if here is Reach.TEAM else frozenset())
        shown = self.shown.get(entity.model, frozenset())
        return str(row[_column(entity.model, owner)]) in owners or any((one, str(row["id"])) in shown for one in owners)

    def row_above(self, entity: Entity, name: str, row: Row) -> tuple[Entity, Row] | None:
        """Return the row that a foreign key names, with its entity."""
        (one,) = [f for f in entity.fields.values() if f.name == name]
        assert isinstance(one, ToOneField)
        above = self.rows[one.target.name].get(str(row[one.column.name]))
        return None if above is None else (one.target, above)

    def related(self, person: Person, one: ToOneField, row: Row) -> str | None:
        """Return the id of the row that a relation leads somebody to, if he sees it."""
        row_id = str(row[one.column.name])
        above = self.rows[one.target.name].get(row_id)
        return row_id if above is not None and self.sees(person, one.target, above) else None

    def below(self, person: Person, one: ToManyField, row: Row) -> set[str]:
        """Return the ids of the live rows that hang on one, as far as somebody sees them."""
        own = self.rows[one.target.name].items()
        mine = {row_id: r for row_id, r in own if str(r[one.column.name]) == str(row["id"]) and lives(r)}
        return {row_id for row_id, r in mine.items() if self.sees(person, one.target, r)}

    def visible(self, person: Person, entity: Entity) -> dict[str, Row]:
        """Return the live rows that somebody sees, by id."""
        rows = self.rows[entity.name].items()
        return {row_id: row for row_id, row in rows if lives(row) and self.sees(person, entity, row)}

    def plain(self, entity: Entity, one: ValueField, row: Row) -> str | None:
        """Return a protected value in clear."""
        assert one.protected is not None
        sealed = row[f"{one.protected.name}_sealed"]
        place = f"{entity.table}/{one.protected.name}/{row['id']}/{row.get('store_id')}"
        return None if sealed is None else self.vault.open(sealed, place)


def lives(row: Row) -> bool:
    """Tell whether a row is not archived."""
    return row["archived_at"] is None


def stored(one: ValueField, row: Row) -> Any:
    """Return what a row holds of a value: None, or something that is equal for equal values."""
    return row[one.column.name]


def columns_searched(entity: Entity) -> Iterator[tuple[Column, str | None]]:
    """Yield the columns that a search looks into, each with the permission that it takes to read it."""
    guards = {f.column: f.permission for f in entity.fields.values() if isinstance(f, ValueField)}
    for source in entity.search:
        if source.protected is None:
            yield source, guards.get(source)


def _reading(entity: Entity) -> str:
    return f"{entity.module}.{entity.slug}.read"


def _column(model: type[Record], attribute: str) -> str:
    return str(model._meta.fields_db_projection[attribute])


def _shown(holding: Holding, rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Return who has which row's matter in hand."""
    assert holding.shows is not None
    owner, about = _column(holding.model, holding.owner), _column(holding.model, holding.shows)
    return {(str(row[owner]), str(row[about])) for row in rows if lives(row) and _meets(holding, row)}


def _meets(holding: Holding, row: Row) -> bool:
    """Tell whether a row is live in its holding's words."""
    for key, wanted in holding.live.items():
        name, _, operator = key.partition("__")
        value = row[_column(holding.model, name)]
        if operator == "isnull":
            meets = (value is None) is wanted
        else:
            listed = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
            meets = (value in listed) is (operator != "not")
        if not meets:
            return False
    return True
