"""Of a notebook nbval compares what is printed, and no drawing: they differ between machines."""


def pytest_collectstart(collector) -> None:
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml",)
