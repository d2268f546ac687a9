"""What ends a run with one clear line."""


class BenchmarkError(Exception):
    """The run can't go on; the message says what to do."""
