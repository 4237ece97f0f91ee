/* Denormal floats are up to 100 times slower than normal ones, and training drifts into them.
   Threads flush them to zero while they work for us, and hand the mode back as they found it. */
#ifndef FC_DENORMALS_H
#define FC_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

static inline uint64_t fc_denormals_flush(void)
{
    unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040); /* FTZ: results, DAZ: operands */
    return mode;
}

static inline void fc_denormals_restore(uint64_t mode) { _mm_setcsr((unsigned int)mode); }

#elif defined(__aarch64__)

static inline uint64_t fc_denormals_flush(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (UINT64_C(1) << 24))); /* FZ */
    return mode;
}

static inline void fc_denormals_restore(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

#else

static inline uint64_t fc_denormals_flush(void) { return 0; }
static inline void fc_denormals_restore(uint64_t mode) { (void)mode; }

#endif
#endif
