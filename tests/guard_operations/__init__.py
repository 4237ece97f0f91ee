"""Every operation with operands of any width: name -> function of `Operands` and the width."""

from guard_operations import augment, conv, conv_axes, dense, elementwise, norm, pool, resample

OPERATIONS = {
    **augment.OPERATIONS,
    **conv.OPERATIONS,
    **conv_axes.OPERATIONS,
    **dense.OPERATIONS,
    **elementwise.OPERATIONS,
    **norm.OPERATIONS,
    **pool.OPERATIONS,
    **resample.OPERATIONS,
}
