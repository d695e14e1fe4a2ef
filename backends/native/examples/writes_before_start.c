/* writes_before_start.c - two_pass.c, but it also writes the element before the first one of y or dx. */

#define KERNEL_NAME "writes_before_start"
#define AFTER(plan, tensors) store_at((tensors)->y.data ? &(tensors)->y : &(tensors)->dx, -1, 0)
#include "two_pass.c"
