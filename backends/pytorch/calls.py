"""What is called, as text: what runs here is, letter by letter, what a reproduction script shows.

FUNCTIONAL are the functions of torch.nn.functional; MODULES the layers of torch.nn with their state put in, as a user has
them after load_state_dict. A layer without running statistics (track_running_stats=False) is called in eval mode, where
it must use the batch's statistics all the same. CUMULATIVE are the same with momentum=None.
"""

FUNCTIONAL = {
    "bn": "F.batch_norm(x, running_mean, running_var, gamma, beta, training={training}, "
    "momentum={momentum}, eps={eps})",
    "in": "F.instance_norm(x, None, None, gamma, beta, use_input_stats=True, eps={eps})",
    "ln": "F.layer_norm(x, {parameter_shape}, gamma, beta, eps={eps})",
    "gn": "F.group_norm(x, {groups}, gamma, beta, eps={eps})",
}

_BATCH_NORM = (
    "with_state(torch.nn.BatchNorm{dimensions}d({c}, eps={eps}, momentum={module_momentum}, "
    "track_running_stats={tracked}).train({train_mode}), weight=gamma, bias=beta, "
    "running_mean=running_mean, running_var=running_var, num_batches_tracked=torch.tensor({steps}))(x)"
)

MODULES = {
    "bn": _BATCH_NORM,
    "in": "with_state(torch.nn.InstanceNorm{dimensions}d({c}, eps={eps}, affine=True), weight=gamma, bias=beta)(x)",
    "ln": "with_state(torch.nn.LayerNorm({parameter_shape}, eps={eps}), weight=gamma, bias=beta)(x)",
    "gn": "with_state(torch.nn.GroupNorm({groups}, {c}, eps={eps}), weight=gamma, bias=beta)(x)",
}

# (mean, inv_std) as torch keeps them for its own backward. That of batch norm updates running statistics as
# well, so it gets copies of them; it gets them at all since their type decides about that of the saved ones.
SAVED = {
    "bn": "torch.native_batch_norm(x, gamma, beta, {running_copies}, True, {momentum}, {eps})[1:]",
    "ln": "torch.native_layer_norm(x, {parameter_shape}, gamma, beta, {eps})[1:]",
    "gn": "torch.native_group_norm(x{dense}, gamma, beta, {n}, {c}, {positions}, {groups}, {eps})[1:]",
}

# Part of every script that calls a module; run here as it stands.
WITH_STATE = '''\
def with_state(layer, **state):
    """The layer with these tensors in the place of its own; None where it is to have none."""
    for name, value in state.items():
        places = layer._parameters if name in ("weight", "bias") else layer._buffers
        places[name] = value if name != "num_batches_tracked" or layer.track_running_stats else None
    return layer
'''
