/*
 * normcheck.h - the interface between NormCheck and a library of normalization kernels. ABI version 1, C99 and C++.
 *
 * A backend is a shared library that exports the first three functions at the end of this file:
 *
 *     normcheck verify native:PATH/TO/libmykernels.so
 *
 * This header needs nothing but <stdint.h>; there is no library to link with.
 *
 * WHAT IS COMPUTED
 *
 * A group is a set of m elements that share one mean and one variance:
 *
 *     NC_BATCH_NORM, NC_BATCH_RENORM   one group per channel (all samples, all positions)
 *     NC_INSTANCE_NORM                 one group per sample and channel
 *     NC_GROUP_NORM                    one group per sample and block of channels/groups neighbouring channels
 *     NC_LAYER_NORM, NC_RMS_NORM       one group per index of the axes before first_normalized_axis
 *
 * Within one group, i = 1..m (a missing gamma is 1, a missing beta 0):
 *
 *     mu      = (1/m) sum x_i                     v = (1/m) sum (x_i - mu)^2           (population variance)
 *     inv_std = 1 / sqrt(v + epsilon)             x^_i = (x_i - mu) * inv_std
 *     RMS     : mu = 0 and v = (1/m) sum x_i^2; nothing is centred
 *
 *   forward, training    y_i = gamma_i * x^_i + beta_i
 *   forward, inference   the same with mu = running_mean, v = running_var
 *   running statistics   running = (1 - momentum) * running + momentum * new, with new = mu for running_mean and
 *                        new = v (stored_variance 0) or v * m / max(m - 1, 1) (stored_variance 1) for running_var
 *
 *   backward, training   with g_i = gamma_i * dy_i, A = (1/m) sum g_i, B = (1/m) sum g_i * x^_i
 *                        dx_i = inv_std * (g_i - A - x^_i * B)                         (RMS: A = 0)
 *   backward, inference  dx_i = inv_std * g_i, the statistics being constants
 *   both                 dgamma = sum dy_i * x^_i, dbeta = sum dy_i, over all elements that share the parameter
 *
 * NC_BATCH_RENORM follows the paper (Ioffe 2017). With sigma_B = sqrt(v + epsilon), and running_mean, running_std as
 * they were before the call:
 *
 *     r = clip(sigma_B / running_std, 1/r_max, r_max)       d = clip((mu - running_mean) / running_std, -d_max, d_max)
 *
 *   forward, training    y_i = gamma_i * (x^_i * r + d) + beta_i; then running_mean takes in mu and running_std takes
 *                        in sigma_B, as above (stored_variance has no meaning here)
 *   forward, inference   y_i = gamma_i * (x_i - running_mean) / running_std + beta_i; epsilon is not added again
 *   backward, training   r and d are constants: dx_i = r * inv_std * (g_i - A - x^_i * B), A and B as above with x^,
 *                        not with x^ * r + d; dgamma = sum dy_i * (x^_i * r + d). running_* are inputs, not updated
 *   backward, inference  dx_i = g_i / running_std, dgamma = sum dy_i * (x_i - running_mean) / running_std
 *
 * epsilon is in units of a variance.
 *
 * WHO OWNS WHAT
 *
 * The caller owns every pointer it passes: the structs, shapes, strides and data are valid until normcheck_run returns
 * and no longer. A library that wants scratch memory allocates and frees its own. The text that normcheck_describe
 * returns belongs to the library and stays valid and unchanged while the library is loaded.
 *
 * Inputs are read only, and may lie in memory that cannot be written. Nothing before the first or after the last
 * element of a tensor may be touched, not even read, and neither may the gaps that strides leave. Outputs hold
 * arbitrary bits before the call and every element of them is to be written; dgamma and dbeta are overwritten, not
 * accumulated. Data pointers are aligned to the element size and to no more.
 *
 * Calls come one at a time, from one thread.
 */

#ifndef NORMCHECK_H
#define NORMCHECK_H

#include <stdint.h>

#define NC_ABI_VERSION 1

#if defined(_WIN32)
#define NC_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define NC_EXPORT __attribute__((visibility("default")))
#else
#define NC_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Element types. f16 is IEEE binary16, bf16 the upper half of a binary32; both are passed as their 16 bits. */
enum nc_dtype { NC_F32 = 0, NC_F64 = 1, NC_F16 = 2, NC_BF16 = 3 };

enum nc_op {
    NC_BATCH_NORM = 0,
    NC_BATCH_RENORM = 1,
    NC_LAYER_NORM = 2,
    NC_INSTANCE_NORM = 3,
    NC_GROUP_NORM = 4,
    NC_RMS_NORM = 5
};

/* Layer, instance, group and RMS norm have one forward (NC_FORWARD_TRAINING) and one backward (NC_BACKWARD_TRAINING). */
enum nc_pass {
    NC_FORWARD_TRAINING = 0,
    NC_FORWARD_INFERENCE = 1,
    NC_BACKWARD_TRAINING = 2,
    NC_BACKWARD_INFERENCE = 3
};

enum nc_status {
    NC_OK = 0,
    NC_UNSUPPORTED = 1,      /* the problem makes sense, this library does not compute it; outputs are not looked at */
    NC_INVALID_ARGUMENT = 2, /* the problem makes no sense, or a tensor that it needs is absent */
    NC_FAILED = 3            /* anything else that went wrong, such as memory that could not be had */
};

/* A tensor. data NULL: absent, and nothing else in the struct is to be looked at. */
typedef struct {
    void *data;             /* the element whose indices are all 0 */
    const int64_t *shape;   /* rank extents, each at least 1 */
    const int64_t *strides; /* rank distances between neighbours along each axis, in elements, never negative */
    int32_t rank;
    int32_t dtype;          /* enum nc_dtype */
} nc_tensor;

/* What to compute. Fields that the op has no use for hold neutral values and are not to be checked. */
typedef struct {
    uint32_t struct_size;           /* sizeof(nc_problem) of the caller: new fields are appended, never inserted */
    int32_t op;                     /* enum nc_op */
    int32_t pass;                   /* enum nc_pass */
    int32_t rank;                   /* of x: 2 to 5 */
    const int64_t *shape;           /* of x, in memory order, so a channels-last x has its channels last here too */
    int32_t dtype;                  /* of x, y, dy, dx; parameters and statistics carry their own */
    int32_t channel_axis;           /* batch, renorm, instance, group: 1 (channels-first) or rank - 1 (channels-last);
                                       axis 0 is the samples, all other axes are positions. Otherwise -1 */
    int32_t first_normalized_axis;  /* layer, rms: this axis and all after it are normalized */
    int32_t groups;                 /* group: number of groups, divides the channels; group k has the channels
                                       k*channels/groups and following. Otherwise 1 */
    double epsilon;                 /* at least 0 */
    double momentum;                /* 0 to 1: weight of the NEW value, running = (1-momentum)*running + momentum*batch */
    double r_max, d_max;            /* renorm: r is clipped to [1/r_max, r_max], d to [-d_max, d_max];
                                       +infinity: not clipped */
    int32_t stored_variance;        /* what running_var takes in: 0 population (1/m), 1 Bessel (1/(m-1)) */
} nc_problem;

/*
 * The tensors of one call. C: number of channels, N: shape[0], P: the shape of x from first_normalized_axis on,
 * L: the shape of x before it (1 where it is 0). Parameters and statistics are f32 beside f32, f16 and bf16 data and
 * f64 beside f64 data; they are contiguous. A tensor that the table does not list for a pass is absent; one marked (?)
 * may be absent, and then what would be computed into it is not wanted, and what would be read from it is:
 * gamma: 1, beta: 0, saved_*: computed from x, running_* in batch training: there are none.
 *
 *                    shape            fwd training   fwd inference   bwd training   bwd inference
 *   x                that of x        in             in              in             in
 *   y                that of x        out            out
 *   dy               that of x                                       in             in
 *   dx               that of x                                       out            out
 *   gamma            C | P            in (?)         in (?)          in (?)         in (?)
 *   beta             C | P            in (?)         in (?)
 *   dgamma, dbeta    C | P                                           out (?)        out (?)
 *   running_mean     C                in+out (1)     in              in (2)         in
 *   running_var      C                in+out (?)     in                             in          batch only
 *   running_std      C                in+out         in              in             in          renorm only
 *   saved_mean       C | N,C | N,G | L   out (?)                     in (?)                     not rms
 *   saved_inv_std    the same            out (?)                     in (?)
 *
 *   (1) batch: may be absent, together with running_var.   (2) renorm only.
 *   saved_*: C for batch and renorm, (N, C) for instance, (N, groups) for group, L for layer and rms. They hold mu and
 *   inv_std of each group.
 *
 * x, y, dy and dx are contiguous unless the library describes "strides": true; then each has strides of its own.
 * In place (asked only where the library describes "in_place": true) means y.data == x.data, or dx.data == dy.data,
 * with the same strides. No other two tensors overlap.
 */
typedef struct {
    nc_tensor x, y, dy, dx, gamma, beta, dgamma, dbeta;
    nc_tensor running_mean, running_var; /* batch: read and updated in training, read in inference */
    nc_tensor running_std;               /* renorm: standard deviation, as in the paper */
    nc_tensor saved_mean, saved_inv_std; /* written by training forward; read by backward where present */
} nc_tensors;

/*
 * What the library is, as JSON:
 *
 *   {"abi": 1, "name": "mykernels", "version": "1.0",
 *    "ops": ["bn", "renorm", "ln", "in", "gn", "rms"],        those that it has
 *    "passes": ["train", "infer", "bwd", "bwd-infer"],
 *    "dtypes": ["f32", "f64", "f16", "bf16"],
 *    "layouts": ["channels-first", "channels-last"],
 *    "strides": false, "in_place": false,                     see nc_tensors
 *    "threads": 1,                                            that a call uses
 *    "convention": "normcheck"}                               the formulas above; `normcheck list conventions` has more
 *
 * A library whose "abi" is not NC_ABI_VERSION is not called any further.
 */
NC_EXPORT const char *normcheck_describe(void);

/* Whether normcheck_run would compute the problem: 0 = yes, 1 = no. */
NC_EXPORT int32_t normcheck_supports(const nc_problem *problem);

/* Computes it. Returns one of enum nc_status. Nothing of a call may change the result of a later one. */
NC_EXPORT int32_t normcheck_run(const nc_problem *problem, const nc_tensors *tensors);

/*
 * OPTIONAL, all three or none: a call that is set up once and repeated, which is how `normcheck bench` times it. Without
 * them it times normcheck_run.
 *
 * normcheck_prepare makes whatever a user of the library makes once (primitives, scratch, tensors in a layout of the
 * library's own) and gives a plan; the problem and the tensors stay valid until normcheck_finish. normcheck_execute
 * computes, and it alone is measured. normcheck_finish brings the results of the last execution to the caller's tensors,
 * where they are not there yet, and frees the plan; it may be called without any execution. prepare and execute leave
 * running statistics that are in+out as they are, or find them put back before each execution.
 */
NC_EXPORT int32_t normcheck_prepare(const nc_problem *problem, const nc_tensors *tensors, void **plan);
NC_EXPORT int32_t normcheck_execute(void *plan);
NC_EXPORT int32_t normcheck_finish(void *plan);

#ifdef __cplusplus
}
#endif

#endif
