"""What of PyTorch is timed: the function behind the public one, on tensors that are laid out beforehand.

A forward is torch.native_batch_norm, native_layer_norm, native_group_norm or F.instance_norm under no_grad. A backward
is the aten function that autograd calls (native_batch_norm_backward and so on), with the statistics that torch's own
forward saved, so that neither the forward nor autograd's bookkeeping is counted; instance norm has no such function,
there it is torch.autograd.grad on a graph that is kept. What autograd does around the aten function belongs to the
cost: group norm's takes contiguous copies of channels-last tensors first.

Outputs are new tensors in every call: torch 1.13 has no batch norm for the CPU that writes into given ones, and layer
norm's copies. The registry entry therefore tells malloc to keep what was freed, and each call gets warm memory.
"""

import __main__ as backend
import torch
import torch.nn.functional as F

import normcheck

aten = torch.ops.aten


def prepare(problem, tensors):
    """(call, outputs) as normcheck.serve wants them."""
    given = backend.prepare(problem, tensors)
    make = _backward if problem.backward else _forward
    call = backend.refusing(make)(problem, given)
    return backend.refusing(call), lambda result: _outputs(problem, given, result)


def _forward(problem, given):
    x, gamma, beta = given["x"], given.get("gamma"), given.get("beta")
    mean, var = given.get("running_mean"), given.get("running_var")
    training, momentum, epsilon = not problem.inference, problem.momentum, problem.epsilon
    n, c = x.shape[:2]
    if problem.op == "bn":
        if training and x.numel() == c:
            raise normcheck.Unsupported("torch: Expected more than 1 value per channel when training")
        return _quiet(lambda: torch.native_batch_norm(x, gamma, beta, mean, var, training, momentum, epsilon))
    if problem.op == "ln":
        shape = problem.parameter_shape
        return _quiet(lambda: torch.native_layer_norm(x, shape, gamma, beta, epsilon))
    if problem.op == "gn":
        positions, groups = x.numel() // (n * c), problem.groups
        if not backend.is_dense(x):
            return _quiet(lambda: aten.native_group_norm(x.contiguous(), gamma, beta, n, c, positions, groups, epsilon))
        return _quiet(lambda: aten.native_group_norm(x, gamma, beta, n, c, positions, groups, epsilon))
    return _quiet(lambda: (F.instance_norm(x, None, None, gamma, beta, True, momentum, epsilon),))


def _backward(problem, given):
    if problem.op == "in":
        y = F.instance_norm(given["x"], None, None, given.get("gamma"), given.get("beta"), eps=problem.epsilon)
        leaves = [given[name] for name in ("x", "gamma", "beta") if name in given]
        dy = given["dy"]
        return lambda: torch.autograd.grad(y, leaves, dy, retain_graph=True)
    given = {name: value.detach() for name, value in given.items()}
    x, dy, gamma, beta = given["x"], given["dy"], given.get("gamma"), given.get("beta")
    mask = [True, gamma is not None, beta is not None]
    _, mean, inverse = _forward(problem, given)()
    if problem.op == "bn":
        running = given.get("running_mean"), given.get("running_var")
        training, epsilon = not problem.inference, problem.epsilon
        return _quiet(
            lambda: aten.native_batch_norm_backward(
                dy, x, gamma, *running, mean, inverse, training, epsilon, mask
            )
        )
    if problem.op == "ln":
        shape = problem.parameter_shape
        return _quiet(lambda: aten.native_layer_norm_backward(dy, x, shape, mean, inverse, gamma, beta, mask))
    n, c = x.shape[:2]
    positions, groups = x.numel() // (n * c), problem.groups
    return _quiet(
        lambda: aten.native_group_norm_backward(
            dy.contiguous(), x.contiguous(), mean, inverse, gamma, n, c, positions, groups, mask
        )
    )


def _quiet(call):
    """The call without autograd's bookkeeping."""
    return torch.no_grad()(call)


def _outputs(problem, given, result):
    if problem.backward:
        names = ["dx"] + ["d" + name for name in ("gamma", "beta") if name in given]
        if problem.op != "in":
            names = ["dx", "dgamma", "dbeta"]
        values = dict(zip(names, result))
        results = {name: values.get(name) for name in problem.outputs}
        results["dx"] = backend.memory_order(problem, values["dx"])
    else:
        results = dict(zip(("y", "saved_mean", "saved_inv_std"), result))
        results["y"] = backend.memory_order(problem, results["y"])
        results.update({name: given[name] for name in ("running_mean", "running_var") if name in problem.outputs})
    return {name: backend.value_of(problem, name, results.get(name)) for name in problem.outputs}
