/* reads_past_end.c - two_pass.c, but it also reads the element after the last one of x. No result depends on it. */

#define KERNEL_NAME "reads_past_end"
#define AFTER(plan, tensors) over_read(&(tensors)->x)
#include "kernel_common.h"

static volatile double sink;

static void over_read(const nc_tensor *x)
{
    int64_t last = 0;
    for (int32_t axis = 0; axis < x->rank; axis++)
        last += (x->shape[axis] - 1) * x->strides[axis];
    sink = load_at(x, last + 1);
}

#include "two_pass.c"
