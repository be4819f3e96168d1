"""Python's garbage collector, as processes want it that live long and work in short pieces."""

import gc

COLLECT_AFTER = (20_000, 20, 50)
"""Objects made before the garbage collector looks, and how often it looks further: with Python's own numbers a batch of
events spends a third of its time in it, and a page a quarter."""


def settle() -> None:
    """Leave alone what was there when the process began, and look seldom at what it makes. Once it is ready to work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
