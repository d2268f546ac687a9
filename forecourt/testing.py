"""The SDK for tests of plugins."""

from core.testing.contract import contract
from core.testing.harness import Answer, Client, SampleDealer, sample_dealer

__all__ = ["Answer", "Client", "SampleDealer", "contract", "sample_dealer"]
