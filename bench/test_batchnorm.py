"""Batch normalisation: in training, in prediction, and the way back."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["batchnorm"], ids=str)
def test_batchnorm(case, clock):
    clock(case)
