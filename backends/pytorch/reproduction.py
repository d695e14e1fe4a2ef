"""Writes the script for a bug report: one call of torch beside the definition, on exact input bits."""

import textwrap

import numpy as np
import torch

import calls
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

{helper}
# Every number is exactly the tensor's element.
{inputs}

# What torch computes.
{call}


def definition(dtype):
    """The formula step by step in the given type, and the largest term of each result."""
    X = x.detach().to(dtype).contiguous()
{definition}


wrong = False
(truth, sizes), (plain, _) = definition(torch.float64), definition({plain_type})
for name, got in torchs.items():
    want, got = truth[name].reshape(got.shape), got.detach()
    same = (got == want) | (got.isnan() & want.isnan())
    error = torch.where(same, 0.0, (got.double() - want).abs().nan_to_num(nan=inf)).max()
    plain_error = (plain[name].reshape(got.shape).to(got.dtype).double() - want).abs().max()
    ulp = torch.finfo(got.dtype).eps * sizes[name]
    print(f"{{name}} of torch      {{got.flatten()[:64].tolist()}}")
    print(f"{{name}} by definition {{want.flatten()[:64].tolist()}}")
    print(f"  torch is off by {{error:.3g}}, {{error / ulp:.3g}} ulp of the largest term;")
    print(f"  the formula step by step in {plain_type} by {{plain_error:.3g}}, {{plain_error / ulp:.3g}} ulp")
    # {reason}
    wrong |= bool(error > {allowed})
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
        raise Unsupported(f"a script takes at most {MOST_ELEMENTS} elements: shrink the case first")
    dtype = str(given["x"].dtype)
    return SCRIPT.format(
        title=problem.case or f"{problem.op} {problem.pass_} {problem.dtype} {problem.shape}",
        version=torch.__version__,
        inputs="\n".join(_inputs(problem, given)),
        helper=f"\n{calls.WITH_STATE}\n" if "with_state" in call else "",
        call="\n".join(_call(problem, given, call, saved_call)),
        definition=textwrap.indent("\n".join(_definition(problem, given)), "    "),
        plain_type="torch.float64" if dtype == "torch.float64" else "torch.float32",
        **_allowance(problem, given),
    )


def _allowance(problem, given):
    """The error from which on the script says that torch is wrong, and why there."""
    size = _group_size(problem)
    if problem.dtype != "f64":
        reason = f"A sum of {size} terms in an unlucky order may lose {size} times as much as in a lucky one."
        return {"allowed": f"{size} * (plain_error + ulp)", "reason": reason}
    # The truth is float64 as well, so the plain formula's error reads 0: what centring magnifies counts.
    rows = eval(_rows_and_back(problem, given["x"])[0], {"X": given["x"].detach().contiguous()})
    inv_std = 1 / torch.sqrt(rows.var(1, unbiased=False) + problem.epsilon)
    magnified = max(1, int((rows.abs().amax(1) * inv_std).nan_to_num().max()))
    reason = f"Sums of {size} terms lose an ulp for each; taking off the mean magnifies that by {magnified}."
    return {"allowed": f"{size * magnified} * ulp", "reason": reason}


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
        note = "" if value.is_contiguous() else "  # N x C x positions; the last number says where they lie in memory"
        line = f"{name} = tensor([{numbers}], {arguments}){note}"
        if len(line) <= 110:
            yield line
        else:
            yield f"{name} = tensor("
            yield _wrapped(f"    [{numbers}],", "     ")
            yield f"    {arguments},"
            yield f"){note}"


def _wrapped(text, indent):
    return textwrap.fill(text, 110, subsequent_indent=indent)


def _number(dtype, number):
    """The shortest decimal that torch reads back as that very element."""
    if dtype == torch.float64:
        return repr(number)
    short = str(np.float32(number))
    return short if np.float32(float(short)) == np.float32(number) or number != number else repr(number)


def _call(problem, given, call, saved_call):
    if not problem.backward:
        if any(name.startswith("saved_") for name in problem.outputs) and saved_call:
            yield f"saved_mean, saved_inv_std = (\n    {saved_call}\n)"
        if "running_mean" in problem.outputs:
            yield "old_mean, old_var = running_mean.clone(), running_var.clone()"
        yield f"y = {call}"
        names = [name for name in problem.outputs if saved_call or not name.startswith("saved_")]
        yield _wrapped("torchs = {" + ", ".join(f'"{name}": {name}' for name in names) + "}", "    ")
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
    axes = range(len(shape))
    shared = [a for a in axes if (a != 1 if problem.has_channels else a < problem.first_normalized_axis)]

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
    yield f"scaled = normalized * {gamma}" if not problem.backward else f"scale = {gamma}"
    if not problem.backward:
        beta = f"beta.to(dtype).reshape({channels})" if "beta" in given else "torch.zeros(1, dtype=dtype)"
        yield f"shift = {beta}"
        yield 'result = {"y": scaled + shift, "saved_mean": mean, "saved_inv_std": inv_std}'
        yield "sizes = {name: value.abs().max() for name, value in result.items()}"
        yield 'sizes["y"] = scaled.abs().max() + shift.abs().max()'
        if "running_mean" in problem.outputs:
            size = _group_size(problem)
            yield "for name, old, new in ("
            yield '    ("running_mean", old_mean, mean.flatten()),'
            yield f'    ("running_var", old_var, variance.flatten() * {size} / {size - 1}),'
            yield "):"
            yield f"    result[name] = (1 - {problem.momentum}) * old.to(dtype) + {problem.momentum} * new"
            yield "    sizes[name] = old.abs().max() + new.abs().max()"
        yield "return result, sizes"
        return
    yield "DY = dy.to(dtype).contiguous()"
    yield f"g = {rows.replace('X', '(DY * scale)', 1)}"
    if problem.inference:
        yield f"dx = (inv_std * g){back}"
    else:
        yield f"x_hat = {rows.replace('X', 'normalized', 1)}"
        yield "along = (g * x_hat).mean(1, keepdim=True)"
        yield f"dx = (inv_std * (g - g.mean(1, keepdim=True) - x_hat * along)){back}"
    yield f"terms = DY * normalized  # their sums over {shared} are dgamma"
    sums = f".sum({shared})" if shared else ""
    yield f'result = {{"dx": dx, "dgamma": terms{sums}, "dbeta": DY{sums}}}'
    yield 'sizes = {"dx": (inv_std * g).abs().max(),'
    yield f'         "dgamma": terms.abs(){sums}.max(), "dbeta": DY.abs(){sums}.max()}}'
    yield "return result, sizes"
