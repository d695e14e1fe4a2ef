"""PyTorch on the CPU as a NormCheck backend: batch, layer, instance and group norm, forward and backward.

Written for torch 1.13.1 (Debian's python3-torch). What is called is what a user calls: torch.nn.functional
for y and the running statistics, y.backward(dy) for the gradients. What torch refuses is answered with
`unsupported` and torch's own message. The choices that had to be made:

Layouts. torch sees N x C x positions. A channels-last problem is that view of the same memory (for rank 4 and
5 what torch calls channels_last and channels_last_3d), and `strides_dy` reaches torch as it is. Results are
read by value, whatever strides torch gives them.

Types of parameters. The problem has f32 parameters and statistics beside bf16 data. Batch and instance norm
take that. Layer and group norm refuse it: there the parameters are passed as bf16 where that loses nothing,
and the problem is unsupported where it would. Whatever torch then returns in bf16 where the problem has f32
(dgamma, dbeta, saved statistics) is left out, since its rounding to 8 bits is torch's choice of type and no
error.

Saved statistics come from torch.native_batch_norm, native_layer_norm and native_group_norm, the functions
behind the public ones; instance norm has no such function and leaves them out. A backward never takes saved
statistics: autograd keeps its own.

Running statistics. torch stores the Bessel-corrected variance, so a training forward that is to store the
population variance is unsupported.
"""

import functools
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
import calls  # noqa: E402
import normcheck  # noqa: E402
import reproduction  # noqa: E402
import steps  # noqa: E402

# Which calls, see backends.json: torch's functions, its layers with momentum a number or None, or its functions on views.
VARIANT = os.environ.get("NORMCHECK_PYTORCH", "functions")
CALLS = calls.FUNCTIONAL if VARIANT in ("functions", "views") else calls.MODULES
STEPS = steps.Steps() if VARIANT == "cumulative" else None

# Beginnings of what torch says when it refuses a call, as opposed to failing in it.
REFUSALS = ("Expected more than 1 value per channel", "Expected more than 1 spatial element")
MISSING_KERNEL = "not implemented for"


exec(calls.WITH_STATE)  # defines with_state


def is_dense(x):
    """Whether x lies in one of torch's memory formats. F.group_norm copies other tensors first."""
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(x.dim(), torch.contiguous_format)
    return x.is_contiguous() or x.is_contiguous(memory_format=last)


def text_of(template, problem, given):
    n, c = given["x"].shape[:2]
    copies = "running_mean.clone(), running_var.clone()" if "running_mean" in given else "None, None"
    return template.format(
        dimensions=max(given["x"].dim() - 2, 1),
        module_momentum=problem.momentum if STEPS is None else None,
        tracked="running_mean" in given,
        # A layer that tracks nothing uses the batch's statistics in eval mode too.
        train_mode=not problem.inference and "running_mean" in given,
        steps=0 if STEPS is None else STEPS.count,
        training=not problem.inference,
        momentum=problem.momentum,
        eps=problem.epsilon,
        groups=problem.groups,
        parameter_shape=problem.parameter_shape,
        running_copies=copies,
        dense="" if is_dense(given["x"]) else ".contiguous()",
        n=n,
        c=c,
        positions=given["x"].numel() // (n * c),
    )


@functools.lru_cache(maxsize=64)
def compiled(text):
    return compile(text, "the call", "eval")


def bound(template, problem, given):
    """The call as a function without arguments, so that nothing but torch is left to time."""
    names = ("x", "gamma", "beta", "running_mean", "running_var")
    namespace = {"F": F, "torch": torch, "with_state": with_state, **{name: given.get(name) for name in names}}
    return functools.partial(eval, compiled(text_of(template, problem, given)), namespace)


def to_torch(array):
    """The same memory as a torch tensor; torch knows bf16, NumPy has its bits."""
    if array.dtype == np.uint16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def to_numpy(tensor):
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(np.uint16)
    return tensor.numpy()


def channels_second(problem, tensor):
    """A tensor in the problem's memory order as N x C x positions."""
    return tensor.movedim(-1, 1) if problem.channels_last else tensor


def memory_order(problem, tensor):
    return tensor.movedim(1, -1) if problem.channels_last else tensor


def viewed(tensor):
    """The same values as every other element of a larger tensor, from an odd one on."""
    memory = torch.full((2 * tensor.numel() + 3,), float("nan"), dtype=tensor.dtype)
    strides = [2 * stride for stride in tensor.contiguous().stride()]
    return memory.as_strided(tensor.shape, strides, 3).copy_(tensor)


@functools.lru_cache(maxsize=None)
def takes_mixed_types(op):
    """Whether the op takes f32 parameters beside bf16 data."""
    x, gamma = torch.zeros(2, 2, 2, dtype=torch.bfloat16), torch.ones(2)
    try:
        F.layer_norm(x, (2,), gamma) if op == "ln" else F.group_norm(x, 1, gamma)
    except RuntimeError:
        return False
    return True


def prepare(problem, tensors):
    """The inputs as torch gets them. For a backward, what needs a gradient requires it."""
    if "running_var" in tensors and problem.pass_ == "train" and problem.stored_variance != 1:
        raise normcheck.Unsupported("torch stores the Bessel-corrected variance in running_var")
    names = ("gamma", "beta", "running_mean", "running_var")
    given = {name: to_torch(tensors[name]) for name in names if name in tensors}
    if "dbeta" in problem.outputs:  # a beta is needed to get its gradient; its value plays no part in that
        parameter_type = torch.float64 if problem.dtype == "f64" else torch.float32
        given["beta"] = torch.zeros(problem.parameter_shape, dtype=parameter_type)
    if problem.dtype == "bf16" and problem.op in ("ln", "gn") and given and not takes_mixed_types(problem.op):
        for name, value in given.items():
            if not torch.equal(value.bfloat16().float(), value):
                raise normcheck.Unsupported(f"torch wants {name} in bf16, and its values are no bf16 values")
            given[name] = value.bfloat16()

    given["x"] = channels_second(problem, to_torch(tensors["x"]))
    if problem.backward:
        given["dy"] = channels_second(problem, to_torch(tensors["dy"]))
    if VARIANT == "views":
        given = {name: value if name.startswith("running") else viewed(value) for name, value in given.items()}
    if STEPS and "running_mean" in given and problem.pass_ == "train":
        STEPS.before(given["running_mean"], given["running_var"])
    if problem.backward:
        for name in ("x", "gamma", "beta"):
            if name in given:
                given[name].requires_grad_()
    return given


def refusing(function):
    """Turns torch's refusals into Unsupported."""

    @functools.wraps(function)
    def wrapper(*arguments):
        try:
            return function(*arguments)
        except (ValueError, RuntimeError) as error:
            if str(error).startswith(REFUSALS) or MISSING_KERNEL in str(error):
                raise normcheck.Unsupported(f"torch: {error}") from None
            raise

    return wrapper


def gather(problem, given, y):
    """The wanted outputs. None stands for what torch does not give, or not in the problem's type."""
    results = {}
    if problem.backward:
        results["dx"] = memory_order(problem, given["x"].grad)
        for name in ("gamma", "beta"):
            results["d" + name] = given[name].grad if name in given else None
    else:
        results["y"] = memory_order(problem, y)
        results.update({name: given[name] for name in ("running_mean", "running_var") if name in given})
        if STEPS and "running_mean" in problem.outputs:
            STEPS.after(given["running_mean"], given["running_var"])
        if "saved_inv_std" in problem.outputs and problem.op in calls.SAVED and CALLS is calls.FUNCTIONAL:
            results["saved_mean"], results["saved_inv_std"] = bound(calls.SAVED[problem.op], problem, given)()
    return {name: value_of(problem, name, value) for name, value in results.items()}


def value_of(problem, name, value):
    if value is None or (value.dtype == torch.bfloat16 and problem.type_of(name) != "bf16"):
        return None
    return to_numpy(value).reshape(problem.shape_of(name))


def supports(problem):
    if problem.inference and problem.op != "bn":
        return f"{problem.op} has no inference pass"
    if CALLS is calls.MODULES and problem.op == "in" and len(problem.shape) == 2:
        return "torch.nn.InstanceNorm1d takes a tensor of rank 2 for a single sample"
    return None


@refusing
def run(problem, tensors):
    given = prepare(problem, tensors)
    with torch.set_grad_enabled(problem.backward):
        y = bound(CALLS[problem.op], problem, given)()
        if problem.backward:
            y.backward(given["dy"])
        return gather(problem, given, y)


def script(problem, tensors):
    given = prepare(problem, tensors)
    call = text_of(CALLS[problem.op], problem, given)
    functional = CALLS is calls.FUNCTIONAL
    saved_call = text_of(calls.SAVED[problem.op], problem, given) if functional and problem.op in calls.SAVED else None
    name = f"pytorch-{problem.op}-{problem.pass_}-{problem.dtype}.py"
    return name, reproduction.text(problem, given, call, saved_call)


if __name__ == "__main__":
    import timing

    normcheck.serve(
        name="pytorch" if VARIANT == "functions" else f"pytorch:{VARIANT}",
        version=torch.__version__,
        run=run,
        ops="bn,ln,in,gn",
        dtypes="f32,f64,bf16",
        strides=True,
        threads=torch.get_num_threads(),
        convention="pytorch" if STEPS is None else "pytorch-cumulative",
        supports=supports,
        prepare=timing.prepare,
        script=script,
    )
