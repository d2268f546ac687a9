"""Rules that hold between the dealers of one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.config.settings import DealerSettings, Settings


def across_dealers(settings: Settings) -> list[str]:
    """Return one line per rule that the dealers break together."""
    dealers = settings.dealers
    return [*_mixed_dialects(dealers), *_shared(dealers), *_unaddressed(dealers)]


def _mixed_dialects(dealers: Mapping[str, DealerSettings]) -> Iterator[str]:
    kinds = {dealer.dialect for dealer in dealers.values()}
    if len(kinds) > 1:
        listed = ", ".join(f"{name} uses {dealer.dialect}" for name, dealer in dealers.items())
        yield (
            f"dealers.*.database_url mixes kinds of databases: {listed}; "
            "give all dealers one kind, or run one installation per kind"
        )


def _shared(dealers: Mapping[str, DealerSettings]) -> Iterator[str]:
    for key in ("database_url", "host_names", "path_prefix"):
        owners: dict[str, str] = {}
        for name, dealer in dealers.items():
            value = getattr(dealer, key)
            for one in (value,) if isinstance(value, str) else value:
                owner = owners.setdefault(one, name) if one else name
                if owner != name:
                    what = "the same database" if key == "database_url" else one
                    yield f"dealers.{name}.{key} is {what} that dealers.{owner} has: give each dealer his own"


def _unaddressed(dealers: Mapping[str, DealerSettings]) -> Iterator[str]:
    lost = [name for name, dealer in dealers.items() if not dealer.host_names and not dealer.path_prefix]
    if len(lost) > 1:
        yield (
            f"dealers {', '.join(lost)} have neither host_names nor path_prefix: "
            "one dealer may go without, so that all other requests are his"
        )
