/*
 * two_pass_kernel.h - the normalization itself, in one arithmetic: REAL is the type of all sums and products,
 * NAME(f) the name of f for that type. two_pass.c includes this file for float and for double.
 * The formulas are those of normcheck.h.
 */

/* What one group is normalized with: x^ = (x - mean) * inv_std, then x^ * r + d (r = 1, d = 0 but for renorm). */
typedef struct {
    REAL mean, inv_std, r, d;
} NAME(statistics);

static REAL NAME(mean)(const nc_plan *plan, int64_t group, const nc_tensor *x)
{
    REAL sum = 0;
    FOR_GROUP(plan, group, i)
        sum += (REAL)load(x, i);
    return sum / (REAL)plan->size;
}

static REAL NAME(variance)(const nc_plan *plan, int64_t group, const nc_tensor *x, REAL mean)
{
    REAL sum = 0;
#ifdef ONE_PASS /* E[x^2] - mean^2: cancels where the mean is large beside the deviation. Clamped, so never NaN. */
    FOR_GROUP(plan, group, i) {
        REAL value = (REAL)load(x, i);
        sum += value * value;
    }
    REAL variance = sum / (REAL)plan->size - mean * mean;
    return variance < 0 ? 0 : variance;
#else
    FOR_GROUP(plan, group, i) {
        REAL deviation = (REAL)load(x, i) - mean;
        sum += deviation * deviation;
    }
    return sum / (REAL)plan->size;
#endif
}

static REAL NAME(clip)(REAL value, REAL low, REAL high)
{
    return value < low ? low : value > high ? high : value;
}

/* One scalar per channel, so in double and rounded once. */
static void NAME(update)(const nc_tensor *running, int64_t channel, double momentum, double value)
{
    if (running->data)
        store(running, channel, (1 - momentum) * load(running, channel) + momentum * value);
}

static NAME(statistics) NAME(frozen)(const nc_problem *problem, const nc_tensors *tensors, int64_t group)
{
    NAME(statistics) s = {(REAL)load(&tensors->running_mean, group), 0, 1, 0};
    s.inv_std = problem->op == NC_BATCH_RENORM
        ? 1 / (REAL)load(&tensors->running_std, group)
        : 1 / (REAL)sqrt((REAL)load(&tensors->running_var, group) + (REAL)problem->epsilon);
    return s;
}

/* Statistics of the data. A training forward saves them and updates the running ones; a backward takes the saved ones. */
static NAME(statistics) NAME(of_data)(
    const nc_problem *problem, const nc_plan *plan, const nc_tensors *tensors, int64_t group)
{
    NAME(statistics) s = {0, 0, 1, 0};
    int forward = problem->pass == NC_FORWARD_TRAINING;
    int saved_mean = !forward && tensors->saved_mean.data, saved_inv_std = !forward && tensors->saved_inv_std.data;
    REAL variance = 0;
    if (problem->op != NC_RMS_NORM)
        s.mean = saved_mean ? (REAL)load(&tensors->saved_mean, group) : NAME(mean)(plan, group, &tensors->x);
    if (!saved_inv_std)
        variance = NAME(variance)(plan, group, &tensors->x, s.mean);
    REAL std = saved_inv_std ? 1 / (REAL)load(&tensors->saved_inv_std, group)
                             : (REAL)sqrt(variance + (REAL)problem->epsilon);
    s.inv_std = saved_inv_std ? (REAL)load(&tensors->saved_inv_std, group) : 1 / std;

    if (problem->op == NC_BATCH_RENORM) {
        REAL running_std = (REAL)load(&tensors->running_std, group);
        REAL running_mean = (REAL)load(&tensors->running_mean, group);
        s.r = NAME(clip)(std / running_std, (REAL)(1 / problem->r_max), (REAL)problem->r_max);
        s.d = NAME(clip)((s.mean - running_mean) / running_std, (REAL)-problem->d_max, (REAL)problem->d_max);
    }

    if (forward) {
        double stored = variance;
        if (problem->stored_variance == 1)
            stored *= (double)plan->size / (double)(plan->size > 1 ? plan->size - 1 : 1);
        NAME(update)(&tensors->running_mean, group, problem->momentum, s.mean);
        NAME(update)(&tensors->running_var, group, problem->momentum, stored);
        NAME(update)(&tensors->running_std, group, problem->momentum, std);
        if (tensors->saved_mean.data)
            store(&tensors->saved_mean, group, s.mean);
        if (tensors->saved_inv_std.data)
            store(&tensors->saved_inv_std, group, s.inv_std);
    }
    return s;
}

static void NAME(forward)(const nc_plan *plan, const nc_tensors *tensors, int64_t group, NAME(statistics) s)
{
    FOR_GROUP(plan, group, i) {
        int64_t p = parameter_of(plan, i);
        REAL normalized = ((REAL)load(&tensors->x, i) - s.mean) * s.inv_std * s.r + s.d;
        store(&tensors->y, i, (REAL)load_or(&tensors->gamma, p, 1) * normalized + (REAL)load_or(&tensors->beta, p, 0));
    }
}

static void NAME(backward)(
    const nc_plan *plan, const nc_tensors *tensors, int64_t group, NAME(statistics) s, int centred, int frozen)
{
    REAL sum = 0, correlation = 0;
    FOR_GROUP(plan, group, i) {
        int64_t p = parameter_of(plan, i);
        REAL dy = (REAL)load(&tensors->dy, i), g = (REAL)load_or(&tensors->gamma, p, 1) * dy;
        REAL normalized = ((REAL)load(&tensors->x, i) - s.mean) * s.inv_std;
        sum += g;
        correlation += g * normalized;
        if (tensors->dgamma.data)
            store(&tensors->dgamma, p, (REAL)load(&tensors->dgamma, p) + dy * (normalized * s.r + s.d));
        if (tensors->dbeta.data)
            store(&tensors->dbeta, p, (REAL)load(&tensors->dbeta, p) + dy);
    }

    /* Frozen statistics do not depend on x, and RMS norm has no mean to depend on. */
    REAL a = frozen || !centred ? 0 : sum / (REAL)plan->size, b = frozen ? 0 : correlation / (REAL)plan->size;
    FOR_GROUP(plan, group, i) {
        REAL g = (REAL)load_or(&tensors->gamma, parameter_of(plan, i), 1) * (REAL)load(&tensors->dy, i);
        /* Not 0 * x where x has no part in it: an infinite x would leak in as NaN. */
        REAL normalized = frozen ? 0 : ((REAL)load(&tensors->x, i) - s.mean) * s.inv_std;
        store(&tensors->dx, i, s.r * s.inv_std * (g - a - normalized * b));
    }
}

static void NAME(run)(const nc_problem *problem, const nc_plan *plan, const nc_tensors *tensors)
{
    int backward = problem->pass == NC_BACKWARD_TRAINING || problem->pass == NC_BACKWARD_INFERENCE;
    int frozen = problem->pass == NC_FORWARD_INFERENCE || problem->pass == NC_BACKWARD_INFERENCE;
    for (int64_t p = 0; backward && p < plan->parameters; p++) {
        if (tensors->dgamma.data)
            store(&tensors->dgamma, p, 0);
        if (tensors->dbeta.data)
            store(&tensors->dbeta, p, 0);
    }

    for (int64_t group = 0; group < plan->groups; group++) {
        NAME(statistics) s = frozen ? NAME(frozen)(problem, tensors, group)
                                    : NAME(of_data)(problem, plan, tensors, group);
        if (backward)
            NAME(backward)(plan, tensors, group, s, problem->op != NC_RMS_NORM, frozen);
        else
            NAME(forward)(plan, tensors, group, s);
    }
}
