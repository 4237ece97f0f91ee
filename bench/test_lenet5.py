"""LeNet-5 as its users have it: a step of training, a prediction."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["lenet5"], ids=str)
def test_lenet5(case, clock):
    clock(case)
