"""Max and average pooling, the global one among them."""

import pytest
from cases import SUITES


@pytest.mark.parametrize("case", SUITES["pool"], ids=str)
def test_pool(case, clock):
    clock(case)
