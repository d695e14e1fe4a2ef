/* onednn_plan.h - a primitive with its arguments, ready to be executed any number of times. */

#ifndef ONEDNN_PLAN_H
#define ONEDNN_PLAN_H

#include "onednn_view.h"

#define MOST_ARGUMENTS 12

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

#endif
