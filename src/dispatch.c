/* What runs on this CPU? The one place that asks. */
#include "kernels.h"

extern const fc_kernels fc_kernels_baseline;

#if defined(__x86_64__)
extern const fc_kernels fc_kernels_avx512, fc_kernels_avx2;

/* __builtin_cpu_supports looks at CPUID and, for the vector registers, at XCR0 too: whether the
   operating system saves them. Each test names all flags that setup.py compiles the table with. */
static int has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("fma");
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

int fc_kernels_available(const fc_kernels **tables)
{
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512())
        tables[count++] = &fc_kernels_avx512;
    if (has_avx2())
        tables[count++] = &fc_kernels_avx2;
#endif
    tables[count++] = &fc_kernels_baseline;
    return count;
}

const char *fc_compiler(void) { return __VERSION__; }

const char *fc_flags(void) { return FC_FLAGS; }
