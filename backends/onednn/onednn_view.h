/* onednn_view.h - a problem of the C ABI as oneDNN sees it: which primitive, which dimensions and strides. */

#ifndef ONEDNN_VIEW_H
#define ONEDNN_VIEW_H

#include "../native/normcheck.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>
#include <string.h>

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

#endif
