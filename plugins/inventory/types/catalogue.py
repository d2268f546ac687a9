"""The catalogue and the items as the API shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from forecourt import Money
from forecourt.graphql import Connection, computed, entity, extend, field
from plugins.inventory import rights
from plugins.inventory.models.catalogue import Brand as BrandRow
from plugins.inventory.models.catalogue import ColorCode as ColorCodeRow
from plugins.inventory.models.catalogue import Item as ItemRow
from plugins.inventory.models.catalogue import PriceItem as PriceItemRow
from plugins.inventory.models.catalogue import Series as SeriesRow
from plugins.inventory.models.catalogue import Trim as TrimRow
from plugins.inventory.services.kinds import ColorKind, ItemKind, Powertrain, TrimStatus


@entity(BrandRow, search=["code", "name", "name_en"], filter=["code", "name"], order=["code", "name"], public=True)
class Brand:
    """A make of vehicles."""

    code: str
    """Short name that never changes, in capitals."""
    name: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""


@entity(
    SeriesRow,
    search=["code", "name", "name_en"],
    filter=["code", "name", "brand", "body"],
    order=["code", "name"],
    public=True,
    plural="seriesList",
)
class Series:
    """A model line of a brand."""

    brand: Brand
    """The make."""
    code: str
    """Short name that never changes, in capitals."""
    name: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""
    body: str
    """Kind of body, a code of `inventory.body`, such as SUV."""


@entity(
    TrimRow,
    search=["code", "name", "name_en"],
    filter=["code", "name", "series", "model_year", "powertrain", "seats", "status"],
    order=["code", "name", "model_year"],
    public=True,
)
class Trim:
    """One version of a series that can be ordered."""

    series: Series
    """The model line."""
    code: str
    """Short name that never changes, in capitals."""
    name: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""
    model_year: int
    """The maker's model year, such as 2026."""
    powertrain: Powertrain
    """What drives it."""
    seats: int
    """How many people it carries."""
    displacement_ml: int | None
    """Displacement of the engine in millilitres; none without an engine."""
    battery_wh: int | None
    """Capacity of the traction battery in watt-hours."""
    range_km: int | None
    """Electric range by CLTC in kilometres."""
    specification: dict[str, object]
    """The spec sheet by name, such as `{"wheelbase_mm": 2750}`."""
    status: TrimStatus
    """Whether it can still be ordered; a discontinued one stays for history."""


@extend(Series, filter=["trims"])
class SeriesTrims:
    trims: Connection[Trim]
    """The versions of the series."""


@extend(Brand, filter=["series"])
class BrandSeries:
    series: Connection[Series]
    """The model lines of the brand."""


@entity(
    ColorCodeRow,
    search=["code", "name", "name_en"],
    filter=["code", "kind"],
    order=["code", "name"],
    public=True,
)
class ColorCode:
    """A colour of bodies or of interiors."""

    kind: ColorKind
    """Where the colour is."""
    code: str
    """Short name that never changes, such as WHITE."""
    name: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""
    rgb: str
    """How to draw it, such as #FFFFFF; empty if nobody said."""


@entity(PriceItemRow, filter=["trim", "valid_from", "valid_to"], order=["valid_from"])
class PriceItem:
    """What a trim costs from one day on."""

    trim: Trim
    """What the price is of."""
    guide_price: Money
    """The maker's guide price, taxes included."""
    floor_price: Money | None = field(permission=rights.FLOOR_PRICE)
    """Below this nothing is sold without the group's approval."""
    valid_from: date
    """The first day of the price."""
    valid_to: date | None
    """The last day of the price; open without one. Of several valid prices the one that began last counts."""


@extend(Trim, filter=["prices"])
class TrimPrices:
    prices: Connection[PriceItem]
    """What it cost, costs and will cost."""


@entity(
    ItemRow,
    search=["code", "name", "name_en"],
    filter=["code", "kind", "name"],
    order=["code", "name"],
    public=True,
)
class Item:
    """An accessory, part or material that is kept in quantities."""

    kind: ItemKind
    """What it is."""
    code: str
    """Short name that never changes."""
    name: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""
    unit: str
    """What quantities count, a code of `inventory.unit`."""
    price: Money
    """What a customer pays for one unit, taxes included."""
    minimum_milli: int
    """Thousandths of the unit below which more is ordered."""

    @computed
    @staticmethod
    def minimum(minimum_milli: int) -> Decimal:
        """Quantity below which more is ordered."""
        return Decimal(minimum_milli) / 1000
