/* Augmentation of images: one reading along an affine map, a change of colours, a blend. Contracts:
   fc_warp and its functions in kernels.h.

   A pixel is read and written four channels at a time. What hangs over its end reaches into the next one,
   which comes later and overwrites it; only the last pixels of an image are cut. */
#ifndef FC_AUGMENT_H
#define FC_AUGMENT_H

#include "kernels.h"
#include "quad.h"

/* Elements of an image, float32 or uint8; the latter stand for numbers from 0 to 1 once they are levels. */
FC_INLINE v_quad warp_load(const int bytes, const void *x, ptrdiff_t at, ptrdiff_t n)
{
    return bytes ? q_load_bytes((const uint8_t *)x + at, n) : q_load((const float *)x + at, n);
}

FC_INLINE v_quad warp_level(const int bytes, v_quad v) { return bytes ? v / 255.0f : v; }

FC_INLINE void warp_fill(ptrdiff_t n, float value, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, v_set(value), lanes);
}

/* y[n] = the levels of n elements of x. */
FC_INLINE void warp_copy(const int bytes, ptrdiff_t n, const void *x, ptrdiff_t at, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i,
                  bytes ? __builtin_convertvector(v_load_bytes((const uint8_t *)x + at + i, lanes), vf) /
                              255.0f
                        : v_load_n((const float *)x + at + i, lanes),
                  lanes);
}

/* y[c] = the pixel at x[at]; `room` elements of x may be read, y may be written up to y_end. */
FC_INLINE void warp_pixel(const int bytes, ptrdiff_t c, const void *x, ptrdiff_t room, ptrdiff_t at,
                          float *y, const float *y_end)
{
    for (ptrdiff_t k = 0; k < c; k += FC_QUAD)
        q_store(y + k, warp_level(bytes, warp_load(bytes, x, at + k, room - at - k)), y_end - y - k);
}

/* Whole pixels along one axis: output o is pixel first + o * step of x, step = 1 or -1, and lies in the
   image for from <= o < to. */
typedef struct {
    ptrdiff_t first, step, from, to;
} warp_axis;

FC_INLINE ptrdiff_t warp_cut(ptrdiff_t o, ptrdiff_t size) { return o < 0 ? 0 : o > size ? size : o; }

FC_INLINE warp_axis warp_whole(ptrdiff_t step, ptrdiff_t shift, ptrdiff_t size, ptrdiff_t outputs)
{
    const ptrdiff_t first = step > 0 ? shift : shift - 1;
    const ptrdiff_t from = step > 0 ? -first : first - size + 1;
    return (warp_axis){first, step, warp_cut(from, outputs), warp_cut(from + size, outputs)};
}

/* An image that is moved by whole pixels, or mirrored. */
FC_INLINE void warp_pixels(const int bytes, const fc_warp *s, warp_axis h, warp_axis w, const void *x,
                           ptrdiff_t room, float *y)
{
    const ptrdiff_t c = s->c;
    const float *y_end = y + s->oh * s->ow * c;
    for (ptrdiff_t i = 0; i < s->oh; i++, y += s->ow * c) {
        if (i < h.from || i >= h.to) {
            warp_fill(s->ow * c, s->fill, y);
            continue;
        }
        const ptrdiff_t row = (h.first + i * h.step) * s->iw * c, start = row + w.first * c;
        warp_fill(w.from * c, s->fill, y);
        if (w.step > 0)
            warp_copy(bytes, (w.to - w.from) * c, x, start + w.from * c, y + w.from * c);
        else
            for (ptrdiff_t j = w.from; j < w.to; j++)
                warp_pixel(bytes, c, x, room, start - j * c, y + j * c, y_end);
        warp_fill((s->ow - w.to) * c, s->fill, y + w.to * c);
    }
}

/* Where a position between pixels stands along one axis: its neighbour before, the way to the one behind,
   0 at the border, and how far it is on that way. */
typedef struct {
    ptrdiff_t at, next;
    float part;
} warp_place;

FC_INLINE warp_place warp_between(double position, ptrdiff_t size)
{
    const double centre = position - 0.5, last = (double)(size - 1);
    const double p = centre < 0 ? 0 : centre > last ? last : centre;
    const ptrdiff_t at = (ptrdiff_t)p;
    return (warp_place){at, at + 1 < size, (float)(p - (double)at)};
}

/* An image along any map. */
FC_INLINE void warp_bilinear(const int bytes, const fc_warp *s, const double *map, const void *x,
                             ptrdiff_t room, float *y)
{
    const ptrdiff_t c = s->c;
    const float *y_end = y + s->oh * s->ow * c;
    const double height = (double)s->ih, width = (double)s->iw;
    for (ptrdiff_t i = 0; i < s->oh; i++)
        for (ptrdiff_t j = 0; j < s->ow; j++, y += c) {
            const double down = (double)i + 0.5, right = (double)j + 0.5;
            const double h = map[0] * down + map[1] * right + map[2];
            const double w = map[3] * down + map[4] * right + map[5];
            if (!(h >= 0 && h <= height && w >= 0 && w <= width)) {
                for (ptrdiff_t k = 0; k < c; k += FC_QUAD)
                    q_store(y + k, q_set(s->fill), y_end - y - k);
                continue;
            }
            const warp_place row = warp_between(h, s->ih), column = warp_between(w, s->iw);
            const ptrdiff_t above = (row.at * s->iw + column.at) * c, across = column.next * c;
            const ptrdiff_t below = above + row.next * s->iw * c;
            for (ptrdiff_t k = 0; k < c; k += FC_QUAD) {
                const ptrdiff_t left = room - k - above, under = room - k - below;
                v_quad a = warp_load(bytes, x, above + k, left);
                v_quad b = warp_load(bytes, x, below + k, under);
                a += (warp_load(bytes, x, above + across + k, left - across) - a) * column.part;
                b += (warp_load(bytes, x, below + across + k, under - across) - b) * column.part;
                q_store(y + k, warp_level(bytes, a + (b - a) * row.part), y_end - y - k);
            }
        }
}

FC_INLINE int warp_is_step(double scale) { return scale == 1 || scale == -1; }

FC_INLINE void warp_image(const int bytes, const fc_warp *sizes, const double *map, const void *x,
                          ptrdiff_t room, float *y)
{
    const fc_warp copy = *sizes, *s = &copy;
    const ptrdiff_t top = (ptrdiff_t)map[2], left = (ptrdiff_t)map[5];
    if (warp_is_step(map[0]) && map[1] == 0 && map[3] == 0 && warp_is_step(map[4]) &&
        map[2] == (double)top && map[5] == (double)left)
        warp_pixels(bytes, s, warp_whole((ptrdiff_t)map[0], top, s->ih, s->oh),
                    warp_whole((ptrdiff_t)map[4], left, s->iw, s->ow), x, room, y);
    else
        warp_bilinear(bytes, s, map, x, room, y);
}

static void fc_warp_image(const fc_warp *s, const double *map, const void *x, ptrdiff_t room, float *y)
{
    if (s->bytes)
        warp_image(1, s, map, x, room, y);
    else
        warp_image(0, s, map, x, room, y);
}

/* y[pixels][3]. The next pixel is read before the one that hangs over its first channel is written. */
FC_INLINE void recolor_three(ptrdiff_t pixels, const float *matrix, const float *offset, float *y)
{
    const v_quad red = {matrix[0], matrix[3], matrix[6]}, green = {matrix[1], matrix[4], matrix[7]};
    const v_quad blue = {matrix[2], matrix[5], matrix[8]}, start = {offset[0], offset[1], offset[2]};
    ptrdiff_t left = 3 * pixels;
    v_quad next = q_load(y, left);
    for (; left > 0; left -= 3, y += 3) {
        const v_quad x = next;
        if (left > 3)
            next = q_load(y + 3, left - 3);
        q_store(y, q_clamp(start + red * x[0] + green * x[1] + blue * x[2]), left);
    }
}

static void fc_recolor(ptrdiff_t pixels, ptrdiff_t c, const float *matrix, const float *offset, float *y)
{
    if (c == 3)
        recolor_three(pixels, matrix, offset, y);
    else
        FC_EACH_VECTOR (i, lanes, pixels)
            v_store_n(y + i, v_clamp(v_load_n(y + i, lanes) * *matrix + *offset, v_set(0.0f), v_set(1.0f)),
                      lanes);
}

/* y = a + (b - a) * weight. */
static void fc_blend(ptrdiff_t n, float weight, const float *a, const float *b, float *y)
{
    FC_EACH_VECTOR (i, lanes, n) {
        const vf from = v_load_n(a + i, lanes);
        v_store_n(y + i, from + (v_load_n(b + i, lanes) - from) * weight, lanes);
    }
}

#endif
