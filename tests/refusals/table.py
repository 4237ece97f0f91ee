"""The table of wrong arguments, and the values that are wrong in many places."""

from calls import ones

# Rows: id, function, arguments that differ from the valid ones, exception, words of its message.
TABLE = []


def refuse(row, functions, error, words, **argument):
    """Add a row for each of these values of one argument; {} in the words is the value."""
    ((name, values),) = argument.items()
    for function in functions.split():
        for value in values:
            TABLE.append((row, function, {name: value}, error, [name, words.format(repr(value))]))


def refuse_shapes(row, functions, words, **argument):
    """Add a row for each of these shapes of one array."""
    ((name, shapes),) = argument.items()
    for function in functions.split():
        for shape in shapes:
            TABLE.append(
                (row, function, {name: ones(*shape)}, ValueError, [name, words, str(shape)])
            )


NUMBERS = ["3", None, [3, None], 3.0, True, (1, 2.5)]
LENGTHS = [(), (1,), (1, 2, 3)]
HUGE = [2**63, 10**30]
RANKS = [(), (2,), (2, 3), (2, 6, 5), (2, 6, 5, 4, 1)]
EMPTY = [(0, 6, 5, 4), (2, 0, 5, 4), (2, 6, 0, 4), (2, 6, 5, 0)]
BELOW = [-1, (0, -1), ((0, -1), (0, 0))]
NOT_POSITIVE = [0, -1, 0.0, -1e-5]
