"""The SDK for tests of plugins."""

from core.testing.harness import Answer, Client, SampleDealer, sample_dealer

__all__ = ["Answer", "Client", "SampleDealer", "sample_dealer"]
