"""A complete NormCheck backend: layer norm and RMS norm, forward and backward, in NumPy.

    normcheck verify "exec:python3 backends/python/example_numpy.py"
"""

import numpy as np

import normcheck


def run(problem, tensors):
    # The formulas of backends/native/normcheck.h. f16 and bf16 are computed in f32; serve rounds the results.
    inner = tuple(range(problem.first_normalized_axis, len(problem.shape)))
    outer = tuple(range(problem.first_normalized_axis))
    x = normcheck.wide(tensors["x"])
    gamma, beta = tensors.get("gamma", 1), tensors.get("beta", 0)

    mean = x.mean(inner, keepdims=True) if problem.op == "ln" else np.zeros((), x.dtype)
    inv_std = 1 / np.sqrt(((x - mean) ** 2).mean(inner, keepdims=True) + x.dtype.type(problem.epsilon))
    normalized = (x - mean) * inv_std
    saved = {"saved_inv_std": inv_std.reshape(problem.statistics_shape)}
    if problem.op == "ln":
        saved["saved_mean"] = mean.reshape(problem.statistics_shape)
    if not problem.backward:
        return {"y": normalized * gamma + beta, **saved}

    dy = normcheck.wide(tensors["dy"])
    g = gamma * dy
    a = g.mean(inner, keepdims=True) if problem.op == "ln" else 0
    b = (g * normalized).mean(inner, keepdims=True)
    dx = inv_std * (g - a - normalized * b)
    return {"dx": dx, "dgamma": (dy * normalized).sum(outer), "dbeta": dy.sum(outer)}


if __name__ == "__main__":
    normcheck.serve(name="numpy", version=np.__version__, run=run, ops="ln,rms", passes="train,bwd")
