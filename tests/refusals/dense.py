"""Matrix products."""

from refusals.table import refuse_shapes

refuse_shapes(
    "C29", "dense dense_backward", "must have 2 dimensions: got shape", x=[(), (4,), (3, 4, 1)]
)
refuse_shapes(
    "C29", "dense dense_backward", "must have 2 dimensions: got shape", w=[(4,), (1, 1, 4, 5)]
)
refuse_shapes("C29", "dense dense_backward", "x must not be empty: got shape", x=[(0, 4), (3, 0)])
refuse_shapes("C29", "dense dense_backward", "w must not be empty: got shape", w=[(0, 5), (4, 0)])
refuse_shapes("C29", "dense dense_backward", "w has ic=4 but x has ic=3 (x: ", x=[(3, 3)])
refuse_shapes("C29", "dense", "b must have shape (5,): got", b=[(), (1,), (4,), (5, 1)])
refuse_shapes("C29", "dense_backward", "dy must have shape (3, 5): got", dy=[(5, 3), (3, 4), (3,)])
