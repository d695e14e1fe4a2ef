/* one_pass.c - two_pass.c with the variance as E[x^2] - mean^2, clamped at 0: finite, and wrong for large means. */

#define KERNEL_NAME "one_pass"
#define ONE_PASS
#include "two_pass.c"
