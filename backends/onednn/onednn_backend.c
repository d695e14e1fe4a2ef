/*
 * onednn_backend.c - oneDNN 2.x behind the C ABI of NormCheck: batch and layer norm, forward and backward, and instance
 * norm where it is a batch norm of the reshaped tensor. f32 and bf16 as far as the library has them.
 *
 * What is timed (normcheck_execute) is the execution of one primitive. Everything else happens in prepare or finish:
 * primitives, memory objects, blocked layouts, and what oneDNN does not have: 1/sqrt(v + epsilon) of the variance that it
 * saves, running statistics, and for instance norm the parameters repeated for every sample and their gradients summed.
 * A backward gets the mean and variance of oneDNN's own forward, as a user of the library would pass them on, and not the
 * saved statistics of the call, from which the variance could be had only with another rounding.
 *
 * Instance norm of N x C x positions is batch norm of 1 x (N*C) x positions: exact, and channels-first only (or N = 1).
 *
 * NORMCHECK_ONEDNN_LAYOUT=blocked: channels-first tensors of batch and instance norm are reordered to the blocked layout
 * that oneDNN's own convolutions would hand over (16 channels a block with AVX-512, otherwise 8).
 */

#include "onednn_plan.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* ---- What oneDNN does not have ------------------------------------------------------------------------------------ */

/* Gradients summed over the samples of an instance norm. */
static void sum_repeats(const view *v, const float *all, float *result)
{
    int64_t own = v->parameters / v->repeats;
    for (int64_t c = 0; result && all && c < own; c++) {
        double sum = 0;
        for (int64_t n = 0; n < v->repeats; n++)
            sum += all[n * own + c];
        result[c] = (float)sum;
    }
}

static void statistics_out(const plan *w)
{
    const view *v = &w->v;
    const nc_tensors *t = &w->tensors;
    float *mean = t->saved_mean.data, *inverse = t->saved_inv_std.data;
    float *running_mean = t->running_mean.data, *running_var = t->running_var.data;
    double kept = 1 - w->problem.momentum, weight = w->problem.momentum;
    double bessel = w->problem.stored_variance ? (double)v->group / (v->group > 1 ? v->group - 1 : 1) : 1;
    for (int64_t i = 0; i < v->statistics; i++) {
        if (mean)
            mean[i] = w->mean[i];
        if (inverse)
            inverse[i] = (float)(1 / sqrt((double)w->variance[i] + w->problem.epsilon));
        if (running_mean)
            running_mean[i] = (float)(kept * running_mean[i] + weight * w->mean[i]);
        if (running_var)
            running_var[i] = (float)(kept * running_var[i] + weight * (w->variance[i] * bessel));
    }
}

/* ---- The functions of the ABI ------------------------------------------------------------------------------------- */

static int32_t answer(dnnl_status_t status)
{
    return status == dnnl_success ? NC_OK : status == dnnl_unimplemented ? NC_UNSUPPORTED : NC_FAILED;
}

const char *normcheck_describe(void)
{
    static char text[512];
    const dnnl_version_t *version = dnnl_version();
    const char *threads = getenv("OMP_NUM_THREADS");
    snprintf(text, sizeof text,
             "{\"abi\": 1, \"name\": \"onednn%s\", \"version\": \"%d.%d.%d\", \"ops\": [\"bn\", \"ln\", \"in\"],"
             " \"dtypes\": [\"f32\", \"bf16\"], \"layouts\": [\"channels-first\", \"channels-last\"],"
             " \"threads\": %ld}",
             wants_blocked() ? " (blocked layout)" : "", version->major, version->minor, version->patch,
             threads ? atol(threads) : sysconf(_SC_NPROCESSORS_ONLN));
    return text;
}

int32_t normcheck_supports(const nc_problem *problem)
{
    view v;
    dnnl_memory_desc_t plain, inner;
    dnnl_primitive_t forward = NULL, backward = NULL;
    if (!see(problem, &v) || start() != dnnl_success || layouts(&v, &plain, &inner) != dnnl_success)
        return 1;
    dnnl_status_t status = make(&v, &inner, problem->epsilon, v.is_inference ? dnnl_use_global_stats : 0, &forward,
                                v.is_backward ? &backward : NULL);
    if (forward)
        dnnl_primitive_destroy(forward);
    if (backward)
        dnnl_primitive_destroy(backward);
    return status != dnnl_success;
}

static void discard(plan *w)
{
    if (w->primitive)
        dnnl_primitive_destroy(w->primitive);
    for (int k = 0; k < w->memory_count; k++)
        dnnl_memory_destroy(w->memories[k]);
    float *own[] = {w->mean, w->variance, w->gamma, w->beta, w->dgamma, w->dbeta};
    for (int k = 0; k < 6; k++)
        free(own[k]);
    free(w);
}

int32_t normcheck_prepare(const nc_problem *problem, const nc_tensors *tensors, void **result)
{
    plan *w = calloc(1, sizeof *w);
    *result = NULL;
    if (!w)
        return NC_FAILED;
    if (!see(problem, &w->v)) {
        free(w);
        return NC_UNSUPPORTED;
    }
    w->problem = *problem;
    w->tensors = *tensors;
    dnnl_status_t status = build(w);
    if (status != dnnl_success) {
        discard(w);
        return answer(status);
    }
    *result = w;
    return NC_OK;
}

int32_t normcheck_execute(void *result)
{
    plan *w = result;
    dnnl_status_t status = dnnl_primitive_execute(w->primitive, stream, w->count, w->arguments);
    return answer(status == dnnl_success ? dnnl_stream_wait(stream) : status);
}

int32_t normcheck_finish(void *result)
{
    plan *w = result;
    dnnl_status_t status = w->reordered ? reorder(w->reordered, w->output, &w->inner, &w->plain) : dnnl_success;
    if (w->v.is_backward) {
        sum_repeats(&w->v, w->dgamma, w->tensors.dgamma.data);
        sum_repeats(&w->v, w->dbeta, w->tensors.dbeta.data);
    } else if (!w->v.is_inference) {
        statistics_out(w);
    }
    discard(w);
    return answer(status);
}

int32_t normcheck_run(const nc_problem *problem, const nc_tensors *tensors)
{
    void *result;
    int32_t status = normcheck_prepare(problem, tensors, &result);
    if (status != NC_OK)
        return status;
    status = normcheck_execute(result);
    int32_t finished = normcheck_finish(result);
    return status != NC_OK ? status : finished;
}
