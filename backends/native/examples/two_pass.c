/*
 * two_pass.c - a correct backend: all ops, passes, types and layouts, any strides, in place. Plain, not fast.
 * Sums are taken in float for f32, f16 and bf16 data and in double for f64 data.
 *
 * The other examples include this file and define what is different: KERNEL_NAME, ONE_PASS (in two_pass_kernel.h), or
 * a fault, BEFORE(plan, tensors) or AFTER(plan, tensors).
 */

#include "kernel_common.h"

#ifndef KERNEL_NAME
#define KERNEL_NAME "two_pass"
#endif
#ifndef KERNEL_ABI
#define KERNEL_ABI "1"
#endif
#ifndef BEFORE
#define BEFORE(plan, tensors) ((void)0)
#endif
#ifndef AFTER
#define AFTER(plan, tensors) ((void)0)
#endif

#define REAL float
#define NAME(name) name##_f32
#include "two_pass_kernel.h"
#undef REAL
#undef NAME

#define REAL double
#define NAME(name) name##_f64
#include "two_pass_kernel.h"
#undef REAL
#undef NAME

const char *normcheck_describe(void)
{
    return "{\"abi\": " KERNEL_ABI ", \"name\": \"" KERNEL_NAME "\", \"version\": \"1.0\","
           " \"ops\": [\"bn\", \"renorm\", \"ln\", \"in\", \"gn\", \"rms\"],"
           " \"passes\": [\"train\", \"infer\", \"bwd\", \"bwd-infer\"],"
           " \"dtypes\": [\"f32\", \"f64\", \"f16\", \"bf16\"],"
           " \"layouts\": [\"channels-first\", \"channels-last\"],"
           " \"strides\": true, \"in_place\": true, \"threads\": 1, \"convention\": \"normcheck\"}";
}

int32_t normcheck_supports(const nc_problem *problem)
{
    return check_problem(problem) == NC_OK ? 0 : 1;
}

int32_t normcheck_run(const nc_problem *problem, const nc_tensors *tensors)
{
    int32_t status = check_problem(problem);
    if (status == NC_OK)
        status = check_tensors(problem, tensors);
    if (status != NC_OK)
        return status;

    nc_plan plan = plan_of(problem);
    BEFORE(&plan, tensors);
    if (problem->dtype == NC_F64)
        run_f64(problem, &plan, tensors);
    else
        run_f32(problem, &plan, tensors);
    AFTER(&plan, tensors);
    return NC_OK;
}
