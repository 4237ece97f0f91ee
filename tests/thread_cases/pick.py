"""A choice at random."""


def pick(rng, *choices):
    return choices[rng.integers(len(choices))]
