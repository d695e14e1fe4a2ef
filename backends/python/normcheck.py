"""NormCheck's wire protocol in one file: NumPy and the standard library, nothing else. Python 3.9 and later.

Write a backend, that is, put a system under test, as one function:

    import normcheck
    import mysystem

    def run(problem, tensors):
        gamma, beta = tensors.get("gamma"), tensors.get("beta")
        return {"y": mysystem.layer_norm(tensors["x"], problem.parameter_shape, gamma, beta, problem.epsilon)}

    normcheck.serve(
        name="mysystem", version=mysystem.__version__, run=run, ops="ln", passes="train", dtypes="f32"
    )

and check it with

    normcheck verify "exec:python3 my_backend.py"

`problem` is a Problem (below); its `outputs` names the tensors that are wanted. `tensors` maps the names of
the inputs to arrays. Which tensors a problem reads and writes, their shapes and the formulas stand in
backends/native/normcheck.h; the words in docs/protocol.md. example_numpy.py is a complete backend.

What serve does for you:

- Element types. A bf16 array is its bits, as uint16. `wide` makes f32 of f16 and bf16 bits. Outputs may be
  returned in any floating type: each is rounded once to the type that the problem asks for. Return uint16 to
  give bf16 bits.
- Strides. Arrays are row-major, but dy where the request gives it strides; to be asked for that, describe
  strides=True.
- Outputs that the system does not have. Saved statistics may be left out; return None for any other that it
  does not give. They are listed in the answer's metadata, as `absent`.
- Errors. Raise Unsupported(message) for a problem that the system does not compute, and let any other
  exception fly: it becomes status=failed with its message, and its traceback goes to standard error.
- A system that writes into its inputs is found out. (Running statistics in training are outputs too, so they
  may be updated in place; return them as well.)
- Whatever the system prints to standard output, from Python or from C, goes to standard error.

Optional functions: `supports(problem)` returns None, or one line that says why not. `prepare(problem, tensors)`
returns what is timed, as a pair of functions: `call()` computes once, `outputs(result)` makes outputs as run does
of what the last call returned. Without it `run` itself is timed. Running statistics (`tensors` names them in
`problem.outputs`) are put back, in place, before every call.
`script(problem, tensors)` returns the file name and the text of a program that reproduces the call with the
system under test alone.
"""

import dataclasses
import json
import os
import signal
import struct
import sys
import time as clock
import traceback

import numpy as np

ALL_OPS = "bn,renorm,ln,in,gn,rms"
ALL_PASSES = "train,infer,bwd,bwd-infer"
ALL_DTYPES = "f32,f64,f16,bf16"
ALL_LAYOUTS = "channels-first,channels-last"

_NUMPY_TYPES = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}
_WIRE_NAMES = {dtype: name for name, dtype in _NUMPY_TYPES.items()}


class Unsupported(Exception):
    """The problem makes sense; the system does not compute it."""


class InvalidArgument(Exception):
    """The request makes no sense."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """The fields of nc_problem, see backends/native/normcheck.h."""

    op: str
    pass_: str
    shape: tuple  # of x, in memory order: channels-last shapes end with the channels
    dtype: str
    channel_axis: int
    first_normalized_axis: int
    groups: int
    epsilon: float
    momentum: float  # weight of the NEW value
    r_max: float
    d_max: float
    stored_variance: int  # 0: population, 1: Bessel
    outputs: tuple  # names of the tensors that are wanted
    case: str  # the problem as people write it, for messages

    @property
    def has_channels(self):
        return self.op not in ("ln", "rms")

    @property
    def backward(self):
        return self.pass_ in ("bwd", "bwd-infer")

    @property
    def inference(self):
        return self.pass_ in ("infer", "bwd-infer")

    @property
    def channels_last(self):
        """A shape of rank 2 counts as channels-first."""
        return self.channel_axis > 1

    @property
    def parameter_shape(self):
        """Shape of gamma and beta."""
        if self.has_channels:
            return (self.shape[self.channel_axis],)
        return self.shape[self.first_normalized_axis :]

    @property
    def statistics_shape(self):
        """Shape of saved_mean and saved_inv_std: one per group."""
        if self.op in ("bn", "renorm"):
            return self.parameter_shape
        if self.op == "in":
            return (self.shape[0], self.shape[self.channel_axis])
        if self.op == "gn":
            return (self.shape[0], self.groups)
        return self.shape[: self.first_normalized_axis] or (1,)

    def shape_of(self, name):
        """Shape of the tensor of that name."""
        if name in ("x", "y", "dy", "dx"):
            return self.shape
        return self.statistics_shape if name.startswith("saved_") else self.parameter_shape

    def type_of(self, name):
        """Element type of the tensor of that name: f32, f64, f16 or bf16."""
        if name in ("x", "y", "dy", "dx"):
            return self.dtype
        return "f64" if self.dtype == "f64" else "f32"


def bf16_to_float32(bits):
    """The values of bf16 bits. Exact."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def to_bf16(values):
    """Bits of the bf16 nearest to each value (ties to even), rounded once whatever the type of the values."""
    values = np.asarray(values)
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32)
    bits = single.view(np.uint32).copy()
    if values.dtype == np.float64:
        # Round to odd first: an inexact f32 becomes the neighbour whose last bit is 1, so that the step to
        # bf16 still sees on which side of a tie the value lies.
        exact = single.astype(np.float64)
        bits -= np.abs(exact) > np.abs(values)
        bits |= (exact != values) & ~np.isnan(values)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(values), (bits >> 16) | 0x40, rounded).astype(np.uint16)


def wide(array):
    """f16 and bf16 bits as f32, the others as they are: for systems that lack the short types."""
    if array.dtype == np.uint16:
        return bf16_to_float32(array)
    return array.astype(np.float32) if array.dtype == np.float16 else array


def serve(
    name,
    version,
    run,
    ops=ALL_OPS,
    passes=ALL_PASSES,
    dtypes=ALL_DTYPES,
    layouts=ALL_LAYOUTS,
    strides=False,
    threads=1,
    convention="normcheck",
    supports=None,
    prepare=None,
    script=None,
):
    """Answers requests until there are no more. Lists are comma-separated text or sequences."""
    words = {"ops": ops, "passes": passes, "dtypes": dtypes, "layouts": layouts}
    words = {key: list(_split(value)) for key, value in words.items()}
    description = {key: ",".join(value) for key, value in words.items()}
    description.update(
        name=name,
        version=version,
        strides="1" if strides else "0",
        in_place="0",
        threads=str(threads),
        convention=convention,
        abi="1",
    )

    def refusal(problem):
        layout = "channels-last" if problem.channels_last else "channels-first"
        asked = {"ops": problem.op, "passes": problem.pass_, "dtypes": problem.dtype, "layouts": layout}
        for key, word in asked.items():
            if word not in words[key]:
                return f"{name} has no {word}: expected one of {description[key]}"
        return supports(problem) if supports else None

    prepared = []  # the call that 'prepare' set up, if any

    def answer(command, request, inputs):
        if command == "describe":
            return description, {}
        if command in ("repeat", "collect"):
            if not prepared:
                raise InvalidArgument(f"'{command}' wants a call that 'prepare' set up")
            if command == "collect":
                return prepared[0].collect()
            return {"nanoseconds": prepared[0].repeat(int(request.get("repetitions", "1")))}, {}
        prepared.clear()
        if command == "release":
            return {}, {}
        if command not in ("supports", "run", "time", "prepare", "script"):
            raise Unsupported(f"unknown command '{command}'")
        problem = _problem(request)
        reason = refusal(problem)
        if command == "supports":
            return {"supported": "0" if reason else "1", "message": reason or ""}, {}
        if reason:
            raise Unsupported(reason)
        if command == "script":
            if script is None:
                raise Unsupported(f"{name} writes no scripts")
            file_name, text = script(problem, inputs)
            return {"script": text, "script_name": file_name}, {}
        if command == "run":
            return _checked(problem, run(problem, inputs))
        timed = _TimedCall(problem, inputs, prepare or (lambda *given: (lambda: run(*given), None)))
        if command == "prepare":
            prepared.append(timed)
            return {}, {}
        times = timed.repeat(int(request.get("repetitions", "1")))
        metadata, outputs = timed.collect()
        return {**metadata, "nanoseconds": times}, outputs

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for normcheck, which then closes the pipe
    requests, answers = _take_over_pipes()
    while True:
        blob = _receive(requests)
        if blob is None:
            return
        command = ""
        try:
            request, inputs = read_safetensors(blob)
            command = request.get("command", "")
            if command == "quit":
                return
            if "strides_dy" in request:
                inputs["dy"] = _laid_out(inputs["dy"], [int(s) for s in _split(request["strides_dy"])])
            metadata, outputs = answer(command, request, inputs)
            may_change = _split(request.get("outputs", ""))
            sent = read_safetensors(blob)[1] if command in ("run", "time") else {}
            for key, array in inputs.items() if sent else ():
                if key not in may_change and array.tobytes() != sent[key].tobytes():
                    metadata = _failure("failed", f"{name} wrote into its input {key}")
                    metadata["modified"], outputs = key, {}
        except Unsupported as error:
            metadata, outputs = _failure("unsupported", error), {}
        except InvalidArgument as error:
            metadata, outputs = _failure("invalid_argument", error), {}
        except Exception as error:  # whatever the system throws is the answer, not the end
            traceback.print_exc()
            metadata, outputs = _failure("failed", f"{type(error).__name__}: {error}"), {}
        _send(answers, write_safetensors({"status": "ok", "message": "", **metadata}, outputs))


class _TimedCall:
    """A call that is set up once and repeated."""

    def __init__(self, problem, inputs, prepare):
        self.problem = problem
        self.updated = [(inputs[key], inputs[key].copy()) for key in inputs if key in problem.outputs]
        self.call, self.outputs = prepare(problem, inputs)
        self.result = None

    def repeat(self, repetitions):
        call, times = self.call, []
        for _ in range(repetitions):
            for array, before in self.updated:
                array[...] = before
            self.result = None  # freed here, so that the next call finds its memory warm
            start = clock.perf_counter_ns()
            result = call()
            times.append(clock.perf_counter_ns() - start)
            self.result = result
        return ",".join(str(each) for each in times)

    def collect(self):
        return _checked(self.problem, self.outputs(self.result) if self.outputs else self.result)


def read_safetensors(blob):
    """Metadata and tensors of a safetensors blob. The tensors are copies, aligned and writable."""
    (length,) = struct.unpack_from("<Q", blob)
    header = json.loads(bytes(blob[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in _NUMPY_TYPES:
            expected = ", ".join(_NUMPY_TYPES)
            raise InvalidArgument(f"expected {name} to be one of {expected}, got {entry['dtype']}")
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(blob[begin:end], _NUMPY_TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).copy()
    return metadata, tensors


def write_safetensors(metadata, tensors):
    """A safetensors blob. Metadata are text; uint16 arrays are written as BF16."""
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name, array in tensors.items():
        part = array.tobytes()  # row-major, whatever the strides
        header[name] = {
            "dtype": _WIRE_NAMES[array.dtype.newbyteorder("<")],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the tensors are aligned
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def _split(words):
    return tuple(word for word in words.split(",") if word) if isinstance(words, str) else tuple(words)


def _problem(request):
    try:
        return Problem(
            op=request["op"],
            pass_=request["pass"],
            shape=tuple(int(extent) for extent in _split(request["shape"])),
            dtype=request["dtype"],
            channel_axis=int(request["channel_axis"]),
            first_normalized_axis=int(request["first_normalized_axis"]),
            groups=int(request["groups"]),
            epsilon=float(request["epsilon"]),
            momentum=float(request["momentum"]),
            r_max=float(request["r_max"]),
            d_max=float(request["d_max"]),
            stored_variance=int(request["stored_variance"]),
            outputs=_split(request.get("outputs", "")),
            case=request.get("case", ""),
        )
    except KeyError as error:
        raise InvalidArgument(f"the request lacks the field {error}") from None
    except ValueError as error:
        raise InvalidArgument(error) from None


def _checked(problem, results):
    """Metadata that names the outputs that the system lacks; the others, in their types and shapes."""
    outputs = {}
    for name in problem.outputs:
        if name not in results and not name.startswith("saved_"):
            raise ValueError(f"expected an output {name}, got {', '.join(results) or 'none'}")
        value = results.get(name)
        if value is None:
            continue
        value, shape = np.asarray(value), tuple(problem.shape_of(name))
        if value.shape != shape:
            raise ValueError(f"expected {name} of shape {shape}, got {value.shape}")
        outputs[name] = _rounded(value, problem.type_of(name))
    absent = ",".join(name for name in problem.outputs if name not in outputs)
    return ({"absent": absent} if absent else {}), outputs


def _rounded(values, dtype):
    if dtype == "bf16":
        return values if values.dtype == np.uint16 else to_bf16(values)
    with np.errstate(over="ignore", invalid="ignore"):
        return wide(values).astype(_NUMPY_TYPES[dtype.upper()], copy=False)


def _laid_out(array, strides):
    """The same values in memory of their own with those strides, in elements."""
    extent = 1 + sum(stride * (count - 1) for stride, count in zip(strides, array.shape))
    memory = np.full(extent * array.itemsize, 0xFF, np.uint8).view(array.dtype)  # gaps hold NaN
    steps = [stride * array.itemsize for stride in strides]
    view = np.lib.stride_tricks.as_strided(memory, array.shape, steps)
    view[...] = array
    return view


def _failure(status, message):
    return {"status": status, "message": " ".join(str(message).split())}


def _take_over_pipes():
    """The two pipes of the protocol; the system reads nothing, and prints to standard error."""
    sys.stdout.flush()
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _receive(pipe):
    """The next message, or None at the end."""
    prefix = pipe.read(8)
    if len(prefix) < 8:
        return None
    (length,) = struct.unpack("<Q", prefix)
    blob = pipe.read(length)
    return memoryview(blob) if len(blob) == length else None


def _send(pipe, blob):
    pipe.write(struct.pack("<Q", len(blob)))
    pipe.write(blob)
    pipe.flush()
