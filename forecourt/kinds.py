"""The SDK for kinds of values: what a field of a plugin's own says of itself."""

from core.kinds.folding import folded
from core.kinds.kind import AS_IT_IS, Kind, Leaf, Measure, Operator, Place, everywhere, kind_of
from core.kinds.operators import EQUALITY, IS_NULL, ORDER

__all__ = [
    "AS_IT_IS",
    "EQUALITY",
    "IS_NULL",
    "ORDER",
    "Kind",
    "Leaf",
    "Measure",
    "Operator",
    "Place",
    "everywhere",
    "folded",
    "kind_of",
]
