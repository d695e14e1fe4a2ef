"""Writes the script that goes into a bug report: one call of torch beside the definition, on exact input bits."""

import textwrap

import numpy as np
import torch

from normcheck import Unsupported

# Enough for the cases that a shrinker leaves; a listing of more is no longer something to read.
MOST_ELEMENTS = 4096

SCRIPT = '''\
"""{title}

PyTorch {version}, CPU, against the definition in float64. Needs torch alone. Written by NormCheck.
"""

import sys
from math import inf, nan

import torch
import torch.nn.functional as F


def tensor(values, shape, dtype, strides):
    """The values in row-major order of the shape, laid out in memory as the strides say."""
    values = torch.tensor(values, dtype=dtype).reshape(shape)
    return torch.empty_strided(shape, strides, dtype=dtype).copy_(values)


# Every number is exactly the tensor's element.
{inputs}

# What torch computes.
{call}


def definition(dtype):
    """The formula, step by step, on contiguous copies in the given type."""
    X = x.detach().to(dtype).contiguous()
{definition}


wrong = False
truth, plain = definition(torch.float64), definition({plain_type})
for name, got in torchs.items():
    want, got = truth[name].reshape(got.shape), got.detach()
    same = (got == want) | (got.isnan() & want.isnan())
    distance = torch.where(same, 0.0, (got.double() - want).abs().nan_to_num(nan=inf))
    plain_distance = (plain[name].reshape(got.shape).to(got.dtype).double() - want).abs().max()
    ulp = torch.finfo(got.dtype).eps * want.abs().max()
    print(f"{{name}} of torch      {{got.flatten()[:64].tolist()}}")
    print(f"{{name}} by definition {{want.flatten()[:64].tolist()}}")
    print(f"  torch is off by {{distance.max():.3g}}, {{distance.max() / ulp:.3g}} ulp of the largest value;")
    print(f"  the formula step by step in {plain_type} by {{plain_distance:.3g}}, {{plain_distance / ulp:.3g}} ulp")
    # {reason}
    wrong |= bool(distance.max() > plain_distance + {allowed} * ulp)
sys.exit(1 if wrong else 0)
'''

# How the elements are grouped into rows of one mean and variance, and back: (rows, back).
ROWS = {
    "bn": ("X.transpose(0, 1).reshape({c}, -1)", ".reshape({transposed}).transpose(0, 1)"),
    "in": ("X.reshape({n} * {c}, -1)", ".reshape(X.shape)"),
    "gn": ("X.reshape({n} * {groups}, -1)", ".reshape(X.shape)"),
    "ln": ("X.reshape({rows}, -1)", ".reshape(X.shape)"),
}


def text(problem, given, call, saved_call):
    """The script for a problem whose tensors torch got as `given`."""
    if max(value.numel() for value in given.values()) > MOST_ELEMENTS:
        raise Unsupported(f"expected a case of at most {MOST_ELEMENTS} elements for a script: shrink it first")
    dtype = str(given["x"].dtype)
    return SCRIPT.format(
        title=problem.case or f"{problem.op} {problem.pass_} {problem.dtype} {problem.shape}",
        version=torch.__version__,
        inputs="\n".join(_inputs(problem, given)),
        call="\n".join(_call(problem, given, call, saved_call)),
        definition=textwrap.indent("\n".join(_definition(problem, given)), "    "),
        plain_type="torch.float64" if dtype == "torch.float64" else "torch.float32",
        **_allowance(problem, given),
    )


def _allowance(problem, given):
    """How many ulp beyond the error of the plain formula make the script say that torch is wrong, and why so many."""
    size = _group_size(problem)
    reason = f"A sum of {size} terms in any order may lose an ulp for each of them"
    if problem.dtype != "f64":
        return {"allowed": size, "reason": f"{reason}."}
    # The truth is itself float64 here, so that the plain formula's error reads 0: what centring magnifies counts too.
    rows = eval(_rows_and_back(problem, given["x"])[0], {"X": given["x"].detach().contiguous()})
    inv_std = 1 / torch.sqrt(rows.var(1, unbiased=False) + problem.epsilon)
    magnified = max(1, int((rows.abs().amax(1) * inv_std).nan_to_num().max()))
    return {"allowed": size * magnified, "reason": f"{reason}; taking the mean off magnifies that by {magnified}."}


def _group_size(problem):
    return int(np.prod(problem.shape)) // int(np.prod(problem.statistics_shape))


def _inputs(problem, given):
    for name in ("x", "dy", "gamma", "beta", "running_mean", "running_var"):
        if name not in given:
            if name != "dy":
                yield f"{name} = None"
            continue
        value = given[name].detach()
        numbers = ", ".join(_number(value.dtype, number) for number in value.contiguous().flatten().tolist())
        arguments = f"{tuple(value.shape)}, {value.dtype}, {value.stride()}"
        note = "" if value.is_contiguous() else "  # N x C x positions, channels-last in memory"
        line = f"{name} = tensor([{numbers}], {arguments}){note}"
        if len(line) <= 110:
            yield line
        else:
            yield f"{name} = tensor("
            yield textwrap.fill(f"[{numbers}],", 110, initial_indent="    ", subsequent_indent="     ")
            yield f"    {arguments},"
            yield f"){note}"


def _number(dtype, number):
    """The shortest decimal that torch reads back as that very element."""
    if dtype == torch.float64:
        return repr(number)
    short = str(np.float32(number))
    return short if np.float32(float(short)) == np.float32(number) or number != number else repr(number)


def _call(problem, given, call, saved_call):
    if not problem.backward:
        if any(name.startswith("saved_") for name in problem.outputs) and saved_call:
            yield f"saved_mean, saved_inv_std = {saved_call}"
        if "running_mean" in problem.outputs:
            yield "old_mean, old_var = running_mean.clone(), running_var.clone()"
        yield f"y = {call}"
        names = [name for name in problem.outputs if saved_call or not name.startswith("saved_")]
        yield "torchs = {" + ", ".join(f'"{name}": {name}' for name in names) + "}"
        return
    leaves = [name for name in ("x", "gamma", "beta") if name in given]
    yield from (f"{name}.requires_grad_()" for name in leaves)
    yield f"y = {call}"
    yield "y.backward(dy)"
    yield "torchs = {" + ", ".join(f'"{n}": {n[1:]}.grad' for n in problem.outputs) + "}"


def _rows_and_back(problem, x):
    n, c = x.shape[:2]
    names = {
        "n": n,
        "c": c,
        "groups": problem.groups,
        "rows": int(np.prod(problem.statistics_shape)),
        "transposed": (c, n, *x.shape[2:]),
    }
    rows, back = ROWS[problem.op]
    return rows.format(**names), back.format(**names)


def _definition(problem, given):
    """The lines of definition(dtype), from X on."""
    shape = tuple(given["x"].shape)
    rows, back = _rows_and_back(problem, given["x"])
    channels = (1, -1) + (1,) * (len(shape) - 2) if problem.has_channels else problem.parameter_shape
    gamma = f"gamma.detach().to(dtype).reshape({channels})" if "gamma" in given else "1"
    shared = [a for a in range(len(shape)) if (a != 1 if problem.has_channels else a < problem.first_normalized_axis)]

    yield f"rows = {rows}  # one for each mean and variance"
    if problem.inference:
        yield "mean = running_mean.to(dtype).reshape(-1, 1)"
        yield "variance = running_var.to(dtype).reshape(-1, 1)"
    else:
        yield "mean = rows.mean(1, keepdim=True)"
        yield "variance = ((rows - mean) ** 2).mean(1, keepdim=True)"
    yield f"inv_std = 1 / torch.sqrt(variance + {problem.epsilon})"
    if problem.op == "bn" and not problem.inference and problem.epsilon == 0:
        yield "inv_std[variance == 0] = 0  # torch's choice"
    yield f"normalized = ((rows - mean) * inv_std){back}"
    yield f"scale = {gamma}"
    if not problem.backward:
        beta = f"beta.to(dtype).reshape({channels})" if "beta" in given else "0"
        yield f"result = {{'y': normalized * scale + {beta}}}".replace("'", '"')
        if "running_mean" in problem.outputs:
            kept, size = f"(1 - {problem.momentum})", _group_size(problem)
            yield f'result["running_mean"] = {kept} * old_mean.to(dtype) + {problem.momentum} * mean.flatten()'
            stored = f"variance.flatten() * {size} / {size - 1}"
            yield f'result["running_var"] = {kept} * old_var.to(dtype) + {problem.momentum} * {stored}'
        yield 'result["saved_mean"], result["saved_inv_std"] = mean, inv_std'
        yield "return result"
        return
    yield "DY = dy.to(dtype).contiguous()"
    if problem.inference:
        yield f"dx = DY * scale * inv_std.reshape({channels})"
    else:
        yield f"g = {rows.replace('X', '(DY * scale)', 1)}"
        yield f"x_hat = {rows.replace('X', 'normalized', 1)}"
        yield "along = (g * x_hat).mean(1, keepdim=True)"
        yield f"dx = (inv_std * (g - g.mean(1, keepdim=True) - x_hat * along)){back}"
    sums = f".sum({shared})" if shared else ""
    yield f'return {{"dx": dx, "dgamma": (DY * normalized){sums}, "dbeta": DY{sums}}}'
