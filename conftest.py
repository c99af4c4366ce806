"""Of a notebook nbval compares what is printed, and no drawing: they differ between machines."""

import os

# As the Makefile has it, for whoever calls pytest: two threads of each of two processes are slower
# than one by far.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def pytest_collectstart(collector) -> None:
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml",)
