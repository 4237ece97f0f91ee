"""Making things in a thread before they are asked for."""

from collections import deque
from collections.abc import Callable, Generator
from itertools import islice
from typing import TypeVar

Made = TypeVar("Made")


def ahead(make: Callable[[int], Made], first: int, stop: int, depth: int) -> Generator[Made]:
    """``make(first)`` to ``make(stop - 1)``, in order, up to `depth` of them made ahead.

    One thread makes them, one after the other. An exception of `make` comes out where its result
    would have. The thread ends with the iterator: after the last, after an exception, and when the
    iterator is closed or forgotten; then what it is making is waited for and the rest not begun.
    With a `depth` of 0 there is no thread.

    Examples
    --------
    >>> from fastcnn.data.prefetch import ahead
    >>> list(ahead(lambda number: number**2, 3, 7, depth=2))
    [9, 16, 25, 36]
    """
    if depth == 0:
        yield from map(make, range(first, stop))
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # a slow import

    pool = ThreadPoolExecutor(1, thread_name_prefix="fastcnn-data")
    try:
        numbers = iter(range(first, stop))
        made = deque(pool.submit(make, number) for number in islice(numbers, depth))
        while made:
            result = made.popleft().result()
            made.extend(pool.submit(make, number) for number in islice(numbers, 1))
            yield result
            del result  # while the next is awaited, only the caller holds this one
    finally:
        pool.shutdown(cancel_futures=True)
