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

#include "../native/normcheck.h"

#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ARGUMENTS 12

/* ---- The problem as oneDNN sees it -------------------------------------------------------------------------------- */

typedef struct {
    int is_layer, is_backward, is_inference, is_blocked;
    int rank;                                      /* of x */
    dnnl_dims_t dims, strides;                 /* N, C, positions; or rows, length */
    int64_t statistics;                            /* number of means */
    int64_t parameters;                            /* number of gammas that oneDNN gets */
    int64_t repeats;                               /* of the caller's gammas in those: samples of an instance norm, or 1 */
    int64_t group;                                 /* elements that share a mean */
    dnnl_data_type_t type;
} view;

static int wants_blocked(void)
{
    const char *layout = getenv("NORMCHECK_ONEDNN_LAYOUT");
    return layout && !strcmp(layout, "blocked");
}

/* 0 where oneDNN has nothing like it. */
static int see(const nc_problem *p, view *v)
{
    memset(v, 0, sizeof *v);
    if (p->dtype != NC_F32 && p->dtype != NC_BF16)
        return 0;
    v->type = p->dtype == NC_F32 ? dnnl_f32 : dnnl_bf16;
    v->is_backward = p->pass >= NC_BACKWARD_TRAINING;
    v->is_inference = p->pass == NC_FORWARD_INFERENCE || p->pass == NC_BACKWARD_INFERENCE;
    v->repeats = 1;
    if (p->op == NC_LAYER_NORM) {
        dnnl_dim_t rows = 1, length = 1;
        for (int k = 0; k < p->rank; k++)
            *(k < p->first_normalized_axis ? &rows : &length) *= p->shape[k];
        v->is_layer = 1;
        v->rank = 2;
        v->dims[0] = rows, v->dims[1] = length;
        v->strides[0] = length, v->strides[1] = 1;
        v->statistics = rows, v->parameters = v->group = length;
        return 1;
    }
    if (p->op != NC_BATCH_NORM && p->op != NC_INSTANCE_NORM)
        return 0;

    int last = p->channel_axis == p->rank - 1 && p->rank > 2;
    int64_t n = p->shape[0], c = p->shape[p->channel_axis], positions = 1;
    v->rank = p->rank;
    v->dims[0] = n, v->dims[1] = c;
    for (int k = 2; k < p->rank; k++)
        positions *= v->dims[k] = p->shape[last ? k - 1 : k];
    if (p->op == NC_INSTANCE_NORM) {
        if (last && n > 1)
            return 0;
        v->repeats = n;
        v->dims[0] = 1, v->dims[1] = n * c;
    }
    v->strides[0] = v->dims[1] * positions;
    v->strides[1] = last ? 1 : positions;
    dnnl_dim_t step = last ? c : 1;
    for (int k = p->rank - 1; k >= 2; k--) {
        v->strides[k] = step;
        step *= v->dims[k];
    }
    v->statistics = v->parameters = v->dims[1];
    v->group = v->dims[0] * positions;
    v->is_blocked = !last && p->rank > 2 && wants_blocked();
    return 1;
}

static dnnl_format_tag_t blocked_tag(int rank)
{
    static const dnnl_format_tag_t wide[] = {dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b};
    static const dnnl_format_tag_t narrow[] = {dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b};
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core ? wide[rank - 3]
                                                                                                   : narrow[rank - 3];
}

/* ---- A plan ------------------------------------------------------------------------------------------------------- */

typedef struct {
    view v;
    nc_problem problem;
    nc_tensors tensors;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[MOST_ARGUMENTS];
    int count;
    dnnl_memory_desc_t plain, inner; /* of x as the caller has it, and as the primitive wants it */
    dnnl_memory_t output, reordered; /* y or dx of the caller; the same in the primitive's layout, or NULL */
    dnnl_memory_t memories[2 * MOST_ARGUMENTS];
    int memory_count;
    float *mean, *variance, *gamma, *beta, *dgamma, *dbeta; /* of our own, or NULL */
} plan;

static dnnl_engine_t engine;
static dnnl_stream_t stream;

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        dnnl_status_t status_ = (call);                                                                                \
        if (status_ != dnnl_success)                                                                                   \
            return status_;                                                                                            \
    } while (0)

static dnnl_status_t start(void)
{
    if (!engine)
        TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
    if (!stream)
        TRY(dnnl_stream_create(&stream, engine, dnnl_stream_in_order));
    return dnnl_success;
}

static dnnl_status_t memory_of(plan *w, dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, void *data)
{
    TRY(dnnl_memory_create(memory, desc, engine, data));
    w->memories[w->memory_count++] = *memory;
    return dnnl_success;
}

static void pass_on(plan *w, int argument, dnnl_memory_t memory)
{
    w->arguments[w->count].arg = argument;
    w->arguments[w->count++].memory = memory;
}

/* An f32 vector as an argument. */
static dnnl_status_t vector(plan *w, int argument, int64_t count, void *data)
{
    dnnl_memory_desc_t desc;
    dnnl_dims_t dims = {count};
    dnnl_memory_t memory;
    TRY(dnnl_memory_desc_init_by_tag(&desc, 1, dims, dnnl_f32, dnnl_a));
    TRY(memory_of(w, &memory, &desc, data));
    pass_on(w, argument, memory);
    return dnnl_success;
}

static dnnl_status_t reorder(dnnl_memory_t from, dnnl_memory_t to, const dnnl_memory_desc_t *a,
                             const dnnl_memory_desc_t *b)
{
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    TRY(dnnl_reorder_primitive_desc_create(&desc, a, engine, b, engine, NULL));
    dnnl_status_t status = dnnl_primitive_create(&primitive, desc);
    dnnl_primitive_desc_destroy(desc);
    TRY(status);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = dnnl_primitive_execute(primitive, stream, 2, arguments);
    if (status == dnnl_success)
        status = dnnl_stream_wait(stream);
    dnnl_primitive_destroy(primitive);
    return status;
}

/* x, dy, y or dx as an argument: the caller's memory, or a copy in the blocked layout. */
static dnnl_status_t data(plan *w, int argument, void *pointer, int is_output)
{
    dnnl_memory_t memory, copy;
    TRY(memory_of(w, &memory, &w->plain, pointer));
    if (is_output)
        w->output = memory;
    if (!w->v.is_blocked) {
        pass_on(w, argument, memory);
        return dnnl_success;
    }
    TRY(memory_of(w, &copy, &w->inner, DNNL_MEMORY_ALLOCATE));
    if (is_output)
        w->reordered = copy;
    else
        TRY(reorder(memory, copy, &w->plain, &w->inner));
    pass_on(w, argument, copy);
    return dnnl_success;
}

/* ---- Primitives --------------------------------------------------------------------------------------------------- */

/* The descriptor of a forward, or of a backward beside its forward's. */
static dnnl_status_t describe(const view *v, const dnnl_memory_desc_t *x, int backward, double epsilon, unsigned flags,
                              const_dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *desc)
{
    dnnl_prop_kind_t kind = backward ? (flags & (dnnl_use_scale | dnnl_use_shift) ? dnnl_backward : dnnl_backward_data)
                            : v->is_inference && !v->is_backward ? dnnl_forward_inference
                                                                 : dnnl_forward_training;
    if (v->is_layer) {
        dnnl_memory_desc_t statistics;
        dnnl_dims_t rows = {v->dims[0]};
        dnnl_layer_normalization_desc_t layer;
        TRY(dnnl_memory_desc_init_by_tag(&statistics, 1, rows, dnnl_f32, dnnl_a));
        TRY(backward ? dnnl_layer_normalization_backward_desc_init(&layer, kind, x, x, &statistics, (float)epsilon, flags)
                     : dnnl_layer_normalization_forward_desc_init(&layer, kind, x, &statistics, (float)epsilon, flags));
        return dnnl_primitive_desc_create(desc, &layer, NULL, engine, hint);
    }
    dnnl_batch_normalization_desc_t batch;
    TRY(backward ? dnnl_batch_normalization_backward_desc_init(&batch, kind, x, x, (float)epsilon, flags)
                 : dnnl_batch_normalization_forward_desc_init(&batch, kind, x, (float)epsilon, flags));
    return dnnl_primitive_desc_create(desc, &batch, NULL, engine, hint);
}

static dnnl_status_t make(const view *v, const dnnl_memory_desc_t *x, double epsilon, unsigned flags,
                          dnnl_primitive_t *forward, dnnl_primitive_t *backward)
{
    dnnl_primitive_desc_t first, second;
    TRY(describe(v, x, 0, epsilon, flags, NULL, &first));
    dnnl_status_t status = forward ? dnnl_primitive_create(forward, first) : dnnl_success;
    if (status == dnnl_success && backward) {
        status = describe(v, x, 1, epsilon, flags, first, &second);
        if (status == dnnl_success) {
            status = dnnl_primitive_create(backward, second);
            dnnl_primitive_desc_destroy(second);
        }
    }
    dnnl_primitive_desc_destroy(first);
    return status;
}

static dnnl_status_t layouts(const view *v, dnnl_memory_desc_t *plain, dnnl_memory_desc_t *inner)
{
    TRY(dnnl_memory_desc_init_by_strides(plain, v->rank, v->dims, v->type, v->strides));
    *inner = *plain;
    if (v->is_blocked)
        TRY(dnnl_memory_desc_init_by_tag(inner, v->rank, v->dims, v->type, blocked_tag(v->rank)));
    return dnnl_success;
}

/* The caller's parameters as often as oneDNN wants them. */
static float *repeated(const view *v, const float *values)
{
    int64_t own = v->parameters / v->repeats;
    float *all = malloc(sizeof(float) * v->parameters);
    for (int64_t i = 0; all && i < v->parameters; i++)
        all[i] = values[i % own];
    return all;
}

/* oneDNN's own mean and variance of x, for a backward. The plan's arguments hold x alone so far. */
static dnnl_status_t statistics_of(plan *w)
{
    dnnl_primitive_t forward;
    dnnl_memory_t y;
    int count = w->count;
    TRY(make(&w->v, &w->inner, w->problem.epsilon, 0, &forward, NULL));
    dnnl_status_t status = dnnl_memory_create(&y, &w->inner, engine, DNNL_MEMORY_ALLOCATE);
    if (status == dnnl_success) {
        pass_on(w, DNNL_ARG_DST, y);
        status = vector(w, DNNL_ARG_MEAN, w->v.statistics, w->mean);
        if (status == dnnl_success)
            status = vector(w, DNNL_ARG_VARIANCE, w->v.statistics, w->variance);
        if (status == dnnl_success)
            status = dnnl_primitive_execute(forward, stream, w->count, w->arguments);
        if (status == dnnl_success)
            status = dnnl_stream_wait(stream);
        dnnl_memory_destroy(y);
    }
    dnnl_primitive_destroy(forward);
    w->count = count;
    return status;
}

static dnnl_status_t build(plan *w)
{
    const view *v = &w->v;
    const nc_tensors *t = &w->tensors;
    int affine_scale = v->is_backward ? t->gamma.data || t->dgamma.data : t->gamma.data != NULL;
    int affine_shift = v->is_backward ? t->dbeta.data != NULL : t->beta.data != NULL;
    unsigned flags = (affine_scale ? dnnl_use_scale : 0) | (affine_shift ? dnnl_use_shift : 0)
                     | (v->is_inference ? dnnl_use_global_stats : 0);
    TRY(start());
    TRY(layouts(v, &w->plain, &w->inner));
    TRY(make(v, &w->inner, w->problem.epsilon, flags, v->is_backward ? NULL : &w->primitive,
             v->is_backward ? &w->primitive : NULL));
    TRY(data(w, DNNL_ARG_SRC, t->x.data, 0));

    float *mean = t->running_mean.data, *variance = t->running_var.data;
    if (!v->is_inference) {
        mean = w->mean = calloc(v->statistics, sizeof(float));
        variance = w->variance = calloc(v->statistics, sizeof(float));
        if (!mean || !variance)
            return dnnl_out_of_memory;
        if (v->is_backward)
            TRY(statistics_of(w));
    }
    TRY(vector(w, DNNL_ARG_MEAN, v->statistics, mean));
    TRY(vector(w, DNNL_ARG_VARIANCE, v->statistics, variance));
    if (affine_scale) {
        w->gamma = t->gamma.data && v->repeats > 1 ? repeated(v, t->gamma.data) : NULL;
        TRY(vector(w, DNNL_ARG_SCALE, v->parameters, w->gamma ? w->gamma : t->gamma.data));
    }
    if (!v->is_backward) {
        if (affine_shift) {
            w->beta = v->repeats > 1 ? repeated(v, t->beta.data) : NULL;
            TRY(vector(w, DNNL_ARG_SHIFT, v->parameters, w->beta ? w->beta : t->beta.data));
        }
        return data(w, DNNL_ARG_DST, t->y.data, 1);
    }
    TRY(data(w, DNNL_ARG_DIFF_DST, t->dy.data, 0));
    if (affine_scale) {
        w->dgamma = calloc(v->parameters, sizeof(float));
        TRY(vector(w, DNNL_ARG_DIFF_SCALE, v->parameters, w->dgamma));
    }
    if (affine_shift) {
        /* A backward wants beta as well, whose value plays no part. */
        w->beta = calloc(v->parameters, sizeof(float));
        TRY(vector(w, DNNL_ARG_SHIFT, v->parameters, w->beta));
        w->dbeta = calloc(v->parameters, sizeof(float));
        TRY(vector(w, DNNL_ARG_DIFF_SHIFT, v->parameters, w->dbeta));
    }
    return data(w, DNNL_ARG_DIFF_SRC, t->dx.data, 1);
}

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
