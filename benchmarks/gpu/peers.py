"""PyTorch and Triton on the problems of problems.txt, timed as Program.cs times our kernels.

    python3 peers.py [--seconds S] [--problems FILE] [--json FILE]

CUDA events, one call between two of them, buffers that rotate through three times the last cache, medians, and a copy
within the device in the same run. Not timed: transfers, compiling. A problem that a peer does not have is left out.
Exit code 3: no PyTorch, or no GPU that it can use.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("expected PyTorch for this Python: pip install torch", file=sys.stderr)
    sys.exit(3)

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

TYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
EPSILON = 1e-5
BATCH = 8


class Problem:
    """The part of a case text that the list uses: op, pass, type, layout, shape, groups."""

    def __init__(self, text):
        words = text.split()
        self.text = text
        self.op, self.which, kind = words[:3]
        self.dtype = TYPES[kind]
        self.groups = 1
        self.channels_last = False
        for word in words[3:]:
            if word.startswith("groups="):
                self.groups = int(word[len("groups="):])
            elif word[0].isdigit():
                self.shape = tuple(int(extent) for extent in word.split("x"))
            else:
                self.channels_last = word == "nhwc"

    @property
    def backward(self):
        return self.which == "bwd"


def seconds_of(call, budget):
    """Times of single calls by the clock of the device."""
    for _ in range(BATCH):
        call()
    torch.cuda.synchronize()
    times = []
    begin = time.monotonic()
    while not times or time.monotonic() - begin < budget:
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(BATCH + 1)]
        marks[0].record()
        for mark in marks[1:]:
            call()
            mark.record()
        torch.cuda.synchronize()
        times += [a.elapsed_time(b) * 1e-3 for a, b in zip(marks, marks[1:])]
    return times


def copy_bandwidth(cache, budget):
    count = max(64 << 20, 2 * cache)
    source = torch.zeros(count, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return 2 * count / statistics.median(seconds_of(lambda: target.copy_(source), budget)) / 1e9


def tensors_of(problem):
    """x, and parameters in f32 as our kernels have them where PyTorch takes that, else in the type of x."""
    x = torch.randn(problem.shape, device="cuda").to(problem.dtype)
    if problem.channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    slots = problem.shape[-1] if problem.op in ("ln", "rms") else problem.shape[1]
    mixed = problem.op in ("bn", "in")
    kind = torch.float32 if mixed and problem.dtype in (torch.float16, torch.bfloat16) else problem.dtype
    return x, torch.rand(slots, device="cuda", dtype=kind) + 0.5, torch.randn(slots, device="cuda", dtype=kind)


def torch_forward(problem, x, gamma, beta, state):
    shape = problem.shape[-1:]
    if problem.op == "ln":
        return F.layer_norm(x, shape, gamma, beta, EPSILON)
    if problem.op == "rms":
        return F.rms_norm(x, shape, gamma, EPSILON)
    if problem.op == "bn":
        return F.batch_norm(x, *state, gamma, beta, problem.which != "infer", 0.1, EPSILON)
    if problem.op == "in":
        return F.instance_norm(x, None, None, gamma, beta, True, 0.1, EPSILON)
    return F.group_norm(x, problem.groups, gamma, beta, EPSILON)


def torch_call(problem, inputs):
    x, gamma, beta = inputs
    state = (torch.zeros_like(gamma), torch.ones_like(gamma))
    if not problem.backward:
        def forward():
            with torch.no_grad():
                torch_forward(problem, x, gamma, beta, state)
        return forward
    leaves = [tensor.requires_grad_() for tensor in (x, gamma, beta)]
    leaves = leaves[:2] if problem.op == "rms" else leaves
    y = torch_forward(problem, x, gamma, beta, state)
    dy = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, leaves, dy, retain_graph=True)


if triton is not None:
    @triton.jit
    def row_kernel(X, Y, G, B, N, epsilon, CENTRED: tl.constexpr, BLOCK: tl.constexpr):
        row = tl.program_id(0)
        at = tl.arange(0, BLOCK)
        inside = at < N
        x = tl.load(X + row * N + at, mask=inside, other=0.0).to(tl.float32)
        if CENTRED:
            x = tl.where(inside, x - tl.sum(x, 0) / N, 0.0)
        y = x * tl.rsqrt(tl.sum(x * x, 0) / N + epsilon) * tl.load(G + at, mask=inside).to(tl.float32)
        if CENTRED:
            y += tl.load(B + at, mask=inside).to(tl.float32)
        tl.store(Y + row * N + at, y.to(Y.dtype.element_ty), mask=inside)


def triton_call(problem, inputs):
    """Rows that fit into registers, forward: one program a row."""
    if triton is None or problem.op not in ("ln", "rms") or problem.backward:
        return None
    x, gamma, beta = inputs
    length = problem.shape[-1]
    y = torch.empty_like(x)
    block = triton.next_power_of_2(length)
    warps = min(max(block // 256, 1), 16)
    rows = x.numel() // length
    centred = problem.op == "ln"
    return lambda: row_kernel[(rows,)](x, y, gamma, beta, length, EPSILON, centred, block, num_warps=warps)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--problems", default=pathlib.Path(__file__).with_name("problems.txt"))
    parser.add_argument("--json")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("expected a GPU that PyTorch can use, it finds none", file=sys.stderr)
        return 3
    device = torch.cuda.get_device_properties(0)
    cache = getattr(device, "L2_cache_size", 0)
    torch.manual_seed(1)
    print(f"{device.name}, torch {torch.__version__}, triton {triton.__version__ if triton else 'missing'}")
    rows = []
    for line in pathlib.Path(options.problems).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        problem = Problem(line)
        count = 1
        for extent in problem.shape:
            count *= extent
        size = count * torch.empty(0, dtype=problem.dtype).element_size()
        traffic = size * (3 if problem.backward else 2)
        sets = [tensors_of(problem) for _ in range(min(64, 3 * cache // traffic + 2))]
        copy = copy_bandwidth(cache, options.seconds / 4)
        for name, make in (("torch", torch_call), ("triton", triton_call)):
            if name == "torch" and problem.op == "rms" and not hasattr(F, "rms_norm"):
                continue
            calls = [make(problem, inputs) for inputs in sets]
            if calls[0] is None:
                continue
            turn = iter(range(1 << 62))
            times = seconds_of(lambda: calls[next(turn) % len(calls)](), options.seconds)
            median = statistics.median(times)
            speed = traffic / median / 1e9
            rows.append(
                {
                    "problem": line,
                    "peer": name,
                    "microseconds": median * 1e6,
                    "gigabytes_per_second": speed,
                    "of_copy": speed / copy,
                    "calls": len(times),
                }
            )
            print(f"{line:44} {name:9} {median * 1e6:8.1f} µs {speed:8.1f} {speed / copy:8.2f} {len(times):6}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"device": device.name, "rows": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
