/* The micro-kernels for AVX-512; setup.py names the compiler flags. */
#define FC_NAME "avx512"
#define FC_LANES 16
#define FC_TABLE fc_kernels_avx512
#include "table.h"
