"""Forecourt beside its peers: the same tables, the same rows, the same answers."""
