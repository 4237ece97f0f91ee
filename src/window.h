/* Sliding windows along one axis: what a window sees, and who sees a pixel. */
#ifndef FC_WINDOW_H
#define FC_WINDOW_H

#include "simd.h"

/* The window of output o along one axis, cut to the input: taps first .. last - 1. */
FC_INLINE ptrdiff_t window_first(ptrdiff_t o, ptrdiff_t stride, ptrdiff_t before)
{
    return before > o * stride ? before - o * stride : 0;
}

FC_INLINE ptrdiff_t window_last(ptrdiff_t o, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t size,
                                ptrdiff_t k)
{
    ptrdiff_t room = size + before - o * stride;
    return room < k ? room : k;
}

/* The pixels of that window which a mean divides by: those of the input, or with `padded` those of the
   padding too, `after` of which stand behind the input. */
FC_INLINE ptrdiff_t window_count(ptrdiff_t o, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t size,
                                 ptrdiff_t k, ptrdiff_t after, int padded)
{
    return padded ? window_last(o, stride, before, size + after, k)
                  : window_last(o, stride, before, size, k) - window_first(o, stride, before);
}

/* The outputs whose windows need no cut: first .. last - 1, if any. */
FC_INLINE ptrdiff_t whole_first(ptrdiff_t stride, ptrdiff_t before)
{
    return (before + stride - 1) / stride;
}

FC_INLINE ptrdiff_t whole_last(ptrdiff_t outputs, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t size,
                               ptrdiff_t k)
{
    ptrdiff_t last = size + before < k ? 0 : (size + before - k) / stride + 1;
    return last < outputs ? last : outputs;
}

/* The outputs whose window covers input i along one axis: first .. last - 1. */
FC_INLINE ptrdiff_t cover_first(ptrdiff_t i, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t k)
{
    ptrdiff_t reach = i + before - k + 1;
    if (reach <= 0)
        return 0;
    return stride == 1 ? reach : (reach + stride - 1) / stride; /* a division is slow */
}

FC_INLINE ptrdiff_t cover_last(ptrdiff_t i, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t outputs)
{
    ptrdiff_t last = (stride == 1 ? i + before : (i + before) / stride) + 1;
    return last < outputs ? last : outputs;
}

#endif
