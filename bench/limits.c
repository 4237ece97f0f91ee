/* What the machine can do at most: multiply-adds from registers, copies through memory; and what the
   micro-kernel makes of the first. */
#include <omp.h>
#include <string.h>

#include "kernels.h"

/* Floating-point operations in a second: `rounds` of multiply-adds in the registers of each thread. */
double limits_flops(int threads, long rounds, const fc_kernels *kernels)
{
    float total = 0;
    double start = omp_get_wtime();
#pragma omp parallel num_threads(threads) reduction(+ : total)
    total += kernels->multiply_add(rounds, 0.5f);
    double seconds = omp_get_wtime() - start;
    return 2.0 * threads * rounds * kernels->chains * kernels->lanes / seconds;
}

/* Bytes read and written in a second when each thread copies its part of `from` to `to`, in pieces:
   small ones go through the caches, large ones past them; which is faster depends on the machine. */
double limits_copy(int threads, long bytes, long piece, const char *from, char *to)
{
    double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
    {
        long part = bytes / threads, at = omp_get_thread_num() * part, end = at + part;
        for (; at < end; at += piece)
            memcpy(to + at, from + at, piece < end - at ? piece : end - at);
    }
    return 2.0 * (bytes / threads) * threads / (omp_get_wtime() - start);
}

/* Seconds in which a word goes from one core to another and back. */
double limits_round_trip(long rounds)
{
    static _Alignas(128) long word;
    double start = 0;
    word = 0;
#pragma omp parallel num_threads(2)
    {
        const long me = omp_get_thread_num();
#pragma omp barrier
#pragma omp master
        start = omp_get_wtime();
        for (long at = me; at < 2 * rounds; at += 2) {
            while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) != at)
                continue;
            __atomic_store_n(&word, at + 1, __ATOMIC_RELEASE);
        }
    }
    return (omp_get_wtime() - start) / rounds;
}

/* Floating-point operations in a second of the largest tile of the micro-kernel, whose operands stay in
   the L1 cache: 25 KiB for each thread. */
double limits_tile(int threads, long rounds, const fc_kernels *kernels)
{
    enum { DEPTH = 128 };
    const ptrdiff_t rows = kernels->tile_rows[1], columns = 2 * kernels->lanes, zero = 0;
    double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
    {
        float a[FC_MAX_ROWS * DEPTH] = {0}, c[FC_MAX_ROWS * FC_PANEL];
        _Alignas(64) float b[DEPTH * FC_PANEL] = {0};
        for (long round = 0; round < rounds; round++)
            kernels->gemm_cs1[1][rows](a, &zero, DEPTH, b, FC_PANEL, 1, DEPTH, c, FC_PANEL, columns, NULL,
                                       0, NULL);
    }
    return 2.0 * threads * rounds * DEPTH * rows * columns / (omp_get_wtime() - start);
}
