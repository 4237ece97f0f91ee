"""Random changes to bytes: moves, colours, normalisation, boxes."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["augment"], ids=str)
def test_augment(case, clock):
    clock(case)
