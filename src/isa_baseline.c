/* The micro-kernels for what every CPU of the architecture has: SSE2 on x86-64, NEON on AArch64. */
#define FC_NAME "baseline"
#define FC_LANES 4
#define FC_TABLE fc_kernels_baseline
#include "table.h"
