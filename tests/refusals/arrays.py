"""What is no array."""

import numpy as np
from calls import VALID

from refusals.table import TABLE

# What no array argument of any function takes: (row, value, exception).
NO_ARRAYS = [
    ("A08", np.zeros(4, dtype=object), TypeError),
    ("A09", np.zeros(4, dtype=np.complex64), TypeError),
    ("A10", np.array(["1", "2"]), TypeError),
    ("A10", b"1234", TypeError),
    ("A10", np.zeros(4, dtype="datetime64[s]"), TypeError),
    ("A10", np.zeros(4, dtype=[("a", "f4")]), TypeError),
    ("A12", [[1.0, 2.0], [3.0]], ValueError),
    ("A13", np.ma.masked_array(np.arange(3), mask=[0, 1, 0]), TypeError),
    ("A24", (value for value in range(4)), TypeError),
    ("A24", {"a": 1}, TypeError),
    ("A24", object(), TypeError),
]
for _function, _arguments in VALID.items():
    for _name, _value in _arguments.items():
        if isinstance(_value, np.ndarray):
            TABLE += [
                (row, _function, {_name: bad}, error, [_name]) for row, bad, error in NO_ARRAYS
            ]
            if _name not in ("b", "mean", "var", "weight"):  # these are optional
                TABLE.append(("A24", _function, {_name: None}, TypeError, [_name]))
