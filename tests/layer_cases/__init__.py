"""A case or more for every public layer: what it computes, in the terms of the specification."""

from layer_cases import activation, blocks, conv, dense, join, norm, pool, resample

CASES = {
    **activation.CASES,
    **blocks.CASES,
    **conv.CASES,
    **dense.CASES,
    **join.CASES,
    **norm.CASES,
    **pool.CASES,
    **resample.CASES,
}
