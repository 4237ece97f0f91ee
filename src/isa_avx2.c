/* The micro-kernels for AVX2 and FMA; setup.py names the compiler flags. */
#define FC_NAME "avx2"
#define FC_LANES 8
#define FC_TABLE fc_kernels_avx2
#include "table.h"
