/*
 * kernel_common.h - what the example kernels share: elements of all four types, and the way through a group.
 * Nothing here computes a normalization.
 */

#ifndef KERNEL_COMMON_H
#define KERNEL_COMMON_H

#include "../normcheck.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* ---- Elements ---------------------------------------------------------------------------------------------------- */

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float f16_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 0) { /* zero or subnormal: fraction * 2^-24, exact */
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    if (exponent == 31)
        return float_of_bits(sign | 0x7F800000 | fraction << 13);
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

/* Nearest, ties to even; too large becomes infinity. */
static uint16_t float_to_f16(float value)
{
    uint32_t bits = bits_of_float(value), magnitude = bits & 0x7FFFFFFF;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (magnitude > 0x7F800000)
        return sign | 0x7E00; /* NaN */
    if (magnitude >= 0x477FF000)
        return sign | 0x7C00; /* 65520 and above round to infinity */
    if (magnitude >= 0x38800000) { /* 2^-14 and above: normal. Drop 13 bits, rounding; a carry moves the exponent up */
        uint32_t rounded = magnitude - (112u << 23) + 0xFFF + (magnitude >> 13 & 1);
        return (uint16_t)(sign | rounded >> 13);
    }
    /* Subnormal. Adding 0.5 makes the last bit of the sum 2^-24, the step of subnormal halves: the addition rounds. */
    float shifted = float_of_bits(magnitude) + 0.5f;
    return (uint16_t)(sign | (bits_of_float(shifted) - 0x3F000000));
}

static float bf16_to_float(uint16_t half)
{
    return float_of_bits((uint32_t)half << 16);
}

/* Nearest, ties to even; too large becomes infinity. */
static uint16_t float_to_bf16(float value)
{
    uint32_t bits = bits_of_float(value);
    if ((bits & 0x7FFFFFFF) > 0x7F800000)
        return (uint16_t)(bits >> 16 | 0x40); /* NaN: its payload may round away, so make it quiet instead */
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* Every value of the four types is a double. */
static double load_at(const nc_tensor *tensor, int64_t distance)
{
    switch (tensor->dtype) {
    case NC_F64:
        return ((const double *)tensor->data)[distance];
    case NC_F16:
        return f16_to_float(((const uint16_t *)tensor->data)[distance]);
    case NC_BF16:
        return bf16_to_float(((const uint16_t *)tensor->data)[distance]);
    default:
        return ((const float *)tensor->data)[distance];
    }
}

/* Kernels compute in float for f16 and bf16, so the cast to float loses nothing and the result is rounded once. */
static void store_at(const nc_tensor *tensor, int64_t distance, double value)
{
    switch (tensor->dtype) {
    case NC_F64:
        ((double *)tensor->data)[distance] = value;
        break;
    case NC_F16:
        ((uint16_t *)tensor->data)[distance] = float_to_f16((float)value);
        break;
    case NC_BF16:
        ((uint16_t *)tensor->data)[distance] = float_to_bf16((float)value);
        break;
    default:
        ((float *)tensor->data)[distance] = (float)value;
        break;
    }
}

/* Distance from the first element of the one with this row-major number. */
static int64_t distance_of(const nc_tensor *tensor, int64_t number)
{
    int64_t distance = 0;
    for (int32_t axis = tensor->rank - 1; axis >= 0; axis--) {
        distance += number % tensor->shape[axis] * tensor->strides[axis];
        number /= tensor->shape[axis];
    }
    return distance;
}

static double load(const nc_tensor *tensor, int64_t number)
{
    return load_at(tensor, distance_of(tensor, number));
}

static void store(const nc_tensor *tensor, int64_t number, double value)
{
    store_at(tensor, distance_of(tensor, number), value);
}

static double load_or(const nc_tensor *tensor, int64_t number, double otherwise)
{
    return tensor->data ? load(tensor, number) : otherwise;
}

/* ---- Groups ------------------------------------------------------------------------------------------------------ */

/*
 * Elements are numbered row-major in the shape of x. A group is `runs` runs of `run_length` consecutive elements,
 * `run_step` apart. This holds for all ops and both layouts, seen as N x before x C x after, `before` being the
 * positions before the channel axis (1 in channels-first), `after` those behind it (1 in channels-last).
 */
typedef struct {
    int64_t groups;                      /* how many statistics there are */
    int64_t size;                        /* m: elements per group */
    int64_t runs, run_step, run_length;
    int64_t per_sample, sample_step, slot_step; /* where group k begins, see group_start */
    int64_t parameters, parameter_step;  /* element i has parameter i / parameter_step mod parameters */
} nc_plan;

static int64_t product(const int64_t *shape, int32_t from, int32_t to)
{
    int64_t result = 1;
    for (int32_t axis = from; axis < to; axis++)
        result *= shape[axis];
    return result;
}

static nc_plan plan_of(const nc_problem *problem)
{
    nc_plan plan = {0};
    const int64_t *shape = problem->shape;
    int32_t rank = problem->rank, axis = problem->channel_axis;
    if (problem->op == NC_LAYER_NORM || problem->op == NC_RMS_NORM) {
        plan.groups = product(shape, 0, problem->first_normalized_axis);
        plan.size = product(shape, problem->first_normalized_axis, rank);
        plan.runs = 1;
        plan.run_length = plan.size;
        plan.per_sample = 1;
        plan.sample_step = plan.size;
        plan.parameters = plan.size;
        plan.parameter_step = 1;
        return plan;
    }

    int64_t samples = shape[0], channels = shape[axis];
    int64_t before = product(shape, 1, axis), after = product(shape, axis + 1, rank);
    int64_t together = problem->op == NC_GROUP_NORM ? channels / problem->groups : 1;
    int whole_batch = problem->op == NC_BATCH_NORM || problem->op == NC_BATCH_RENORM;
    plan.per_sample = channels / together;
    plan.groups = whole_batch ? channels : samples * plan.per_sample;
    plan.runs = whole_batch ? samples * before : before;
    plan.run_step = channels * after;
    plan.run_length = together * after;
    plan.size = plan.runs * plan.run_length;
    plan.sample_step = before * channels * after;
    plan.slot_step = together * after;
    plan.parameters = channels;
    plan.parameter_step = after;
    return plan;
}

static int64_t group_start(const nc_plan *plan, int64_t group)
{
    return group / plan->per_sample * plan->sample_step + group % plan->per_sample * plan->slot_step;
}

static int64_t parameter_of(const nc_plan *plan, int64_t element)
{
    return element / plan->parameter_step % plan->parameters;
}

/* for each element number `i` of a group */
#define FOR_GROUP(plan, group, i)                                                                                      \
    for (int64_t run_ = 0, start_ = group_start((plan), (group)); run_ < (plan)->runs; run_++, start_ += (plan)->run_step) \
        for (int64_t i = start_; i < start_ + (plan)->run_length; i++)

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

/* NC_OK, NC_UNSUPPORTED or NC_INVALID_ARGUMENT. */
static int32_t check_problem(const nc_problem *problem)
{
    if (!problem || problem->struct_size < sizeof *problem || problem->rank < 1 || !problem->shape)
        return NC_INVALID_ARGUMENT;
    if (problem->op < NC_BATCH_NORM || problem->op > NC_RMS_NORM || problem->dtype < NC_F32 || problem->dtype > NC_BF16
        || problem->pass < NC_FORWARD_TRAINING || problem->pass > NC_BACKWARD_INFERENCE)
        return NC_UNSUPPORTED;
    for (int32_t axis = 0; axis < problem->rank; axis++)
        if (problem->shape[axis] < 1)
            return NC_INVALID_ARGUMENT;
    int inference = problem->pass == NC_FORWARD_INFERENCE || problem->pass == NC_BACKWARD_INFERENCE;
    if (inference && problem->op != NC_BATCH_NORM && problem->op != NC_BATCH_RENORM)
        return NC_UNSUPPORTED;
    if (problem->op == NC_LAYER_NORM || problem->op == NC_RMS_NORM)
        return problem->first_normalized_axis >= 0 && problem->first_normalized_axis < problem->rank
            ? NC_OK : NC_INVALID_ARGUMENT;
    if (problem->channel_axis < 1 || problem->channel_axis >= problem->rank)
        return NC_INVALID_ARGUMENT;
    if (problem->op == NC_GROUP_NORM
        && (problem->groups < 1 || problem->shape[problem->channel_axis] % problem->groups != 0))
        return NC_INVALID_ARGUMENT;
    return NC_OK;
}

/* NC_INVALID_ARGUMENT if a tensor that the problem cannot do without is absent. */
static int32_t check_tensors(const nc_problem *problem, const nc_tensors *tensors)
{
    if (!tensors || !tensors->x.data)
        return NC_INVALID_ARGUMENT;
    int backward = problem->pass == NC_BACKWARD_TRAINING || problem->pass == NC_BACKWARD_INFERENCE;
    int inference = problem->pass == NC_FORWARD_INFERENCE || problem->pass == NC_BACKWARD_INFERENCE;
    if (backward ? !tensors->dy.data || !tensors->dx.data : !tensors->y.data)
        return NC_INVALID_ARGUMENT;
    if (problem->op == NC_BATCH_RENORM && (!tensors->running_mean.data || !tensors->running_std.data))
        return NC_INVALID_ARGUMENT;
    if (problem->op == NC_BATCH_NORM && inference && (!tensors->running_mean.data || !tensors->running_var.data))
        return NC_INVALID_ARGUMENT;
    return NC_OK;
}

#endif
