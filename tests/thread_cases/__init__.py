"""Operations on random sizes, and how many of each: function of a random generator -> count.

The function draws sizes and numbers; what it returns computes all passes on them.
"""

from thread_cases import augment, conv, dense, elementwise, norm, pool

CASES = {
    **augment.CASES,
    **conv.CASES,
    **dense.CASES,
    **elementwise.CASES,
    **norm.CASES,
    **pool.CASES,
}
