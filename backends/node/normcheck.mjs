// NormCheck's wire protocol for Node 18 and later, without dependencies. See docs/protocol.md.
//
// Write a backend, that is, put a system under test, as one function:
//
//     import { serve } from "./normcheck.mjs";
//     await serve({
//         name: "mysystem", version: "1.0", ops: "ln", passes: "train", dtypes: "f32", layouts: "channels-first",
//         run: async (problem, tensors) => ({ y: myLayerNorm(tensors.x.data, problem) }),
//     });
//
// `problem` has the fields of the protocol: op, pass, shape (of x, in memory order), dtype, channelAxis,
// firstNormalizedAxis, groups, epsilon, momentum, rMax, dMax, storedVariance, convention, outputs, case. `tensors` maps names to
// { dtype, shape, data }: f32 is a Float32Array, f64 a Float64Array, f16 and bf16 a Uint16Array of bits. Outputs are typed
// arrays of the same kinds, row-major; one that is undefined is answered as absent.
//
// `supports(problem)` gives null, or one line that says why not; it may be async. `prepare(problem, tensors)` gives what is
// timed, as { call, outputs }: call() computes once and is measured (it may be async), outputs() makes outputs as run does of
// the last call. Without it run is timed. `script(problem, tensors)` gives { name, text } of a program that reproduces the
// call with the system alone; reproduction.mjs helps to write it. Throw Unsupported for what the system does not compute;
// any other error becomes status=failed. console.log goes to standard error.

import { ARRAYS, InvalidArgument, readSafetensors, receive, send, writeSafetensors } from "./wire.mjs";

export { InvalidArgument };

const ALL = { ops: "bn,renorm,ln,in,gn,rms", passes: "train,infer,bwd,bwd-infer", dtypes: "f32,f64,f16,bf16" };

/** The problem makes sense; the system does not compute it. */
export class Unsupported extends Error {}

/** Answers requests until there are no more. */
export async function serve(backend) {
    console.log = console.error;
    const description = {
        name: backend.name,
        version: backend.version,
        ops: backend.ops ?? ALL.ops,
        passes: backend.passes ?? ALL.passes,
        dtypes: backend.dtypes ?? ALL.dtypes,
        layouts: backend.layouts ?? "channels-first,channels-last",
        strides: "0",
        in_place: "0",
        threads: String(backend.threads ?? 1),
        convention: backend.convention ?? "normcheck",
        abi: "1",
    };
    const state = { prepared: null };
    process.on("SIGINT", () => {}); // Ctrl-C is for normcheck, which then closes the pipe
    for (;;) {
        const blob = receive();
        if (blob === null) return;
        let metadata, outputs;
        try {
            const { metadata: request, tensors } = readSafetensors(blob);
            if (request.command === "quit") return;
            [metadata, outputs] = await answer(backend, description, state, request, tensors);
            const written = ["run", "time"].includes(request.command) ? writtenInput(blob, request, tensors) : undefined;
            if (written) {
                const message = `${backend.name} wrote into its input ${written}`;
                [metadata, outputs] = [{ status: "failed", message, modified: written }, {}];
            }
        } catch (error) {
            const status =
                error instanceof Unsupported ? "unsupported"
                : error instanceof InvalidArgument ? "invalid_argument"
                : "failed";
            if (status === "failed") console.error(error);
            [metadata, outputs] = [{ status, message: String(error.message ?? error).replace(/\s+/g, " ") }, {}];
        }
        send(writeSafetensors({ status: "ok", message: "", ...metadata }, outputs));
    }
}

/** The name of an input that no longer is as it was sent; outputs may be. */
function writtenInput(blob, request, tensors) {
    const sent = readSafetensors(blob).tensors;
    const mayChange = (request.outputs ?? "").split(",");
    return Object.keys(sent).find(
        (name) => !mayChange.includes(name) && Buffer.compare(bytesOf(sent[name].data), bytesOf(tensors[name].data)) !== 0,
    );
}

const bytesOf = (data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

async function answer(backend, description, state, request, tensors) {
    const command = request.command;
    if (command === "describe") return [description, {}];
    if (command === "repeat" || command === "collect") {
        if (!state.prepared) throw new InvalidArgument(`'${command}' wants a call that 'prepare' set up`);
        return command === "collect" ? state.prepared.collect() : [await state.prepared.repeat(repetitions(request)), {}];
    }
    state.prepared = null;
    if (command === "release") return [{}, {}];
    if (!["supports", "run", "time", "prepare", "script"].includes(command)) throw new Unsupported(`unknown command '${command}'`);
    const problem = problemOf(request);
    const reason = await refusal(backend, description, problem);
    if (command === "supports") return [{ supported: reason ? "0" : "1", message: reason ?? "" }, {}];
    if (reason) throw new Unsupported(reason);
    if (command === "script") {
        if (!backend.script) throw new Unsupported(`${backend.name} writes no scripts`);
        const { name, text } = await backend.script(problem, tensors);
        return [{ script: text, script_name: name }, {}];
    }
    if (command === "run") return checked(problem, await backend.run(problem, tensors));
    const timed = await TimedCall.create(backend, problem, tensors);
    if (command === "prepare") {
        state.prepared = timed;
        return [{}, {}];
    }
    const times = await timed.repeat(repetitions(request));
    const [metadata, outputs] = timed.collect();
    return [{ ...metadata, ...times }, outputs];
}

/** A call that is set up once and repeated. */
class TimedCall {
    static async create(backend, problem, tensors) {
        const timed = new TimedCall();
        timed.problem = problem;
        timed.updated = problem.outputs
            .filter((name) => tensors[name])
            .map((name) => [tensors[name].data, tensors[name].data.slice()]);
        let last;
        timed.prepared = backend.prepare
            ? await backend.prepare(problem, tensors)
            : { call: async () => (last = await backend.run(problem, tensors)), outputs: () => last };
        return timed;
    }

    async repeat(repetitions) {
        const times = [];
        for (let k = 0; k < repetitions; k++) {
            for (const [data, before] of this.updated) data.set(before);
            const begin = process.hrtime.bigint();
            await this.prepared.call();
            times.push(process.hrtime.bigint() - begin);
        }
        return { nanoseconds: times.join(",") };
    }

    collect() {
        return checked(this.problem, this.prepared.outputs());
    }
}

function repetitions(request) {
    const times = Number(request.repetitions ?? "1");
    if (!(Number.isInteger(times) && times >= 1)) {
        throw new InvalidArgument(`expected repetitions of at least 1, got '${request.repetitions}'`);
    }
    return times;
}

async function refusal(backend, description, problem) {
    const last = problem.channelAxis > 1;
    const asked = {
        ops: problem.op,
        passes: problem.pass,
        dtypes: problem.dtype,
        layouts: last ? "channels-last" : "channels-first",
    };
    for (const [key, word] of Object.entries(asked)) {
        if (!description[key].split(",").includes(word)) {
            return `${backend.name} has no ${word}: expected one of ${description[key]}`;
        }
    }
    return backend.supports ? backend.supports(problem) : null;
}

function problemOf(request) {
    const need = (name) => {
        if (request[name] === undefined) throw new InvalidArgument(`the request lacks the field '${name}'`);
        return request[name];
    };
    const number = (name) => {
        const text = need(name);
        return text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text);
    };
    return {
        op: need("op"),
        pass: need("pass"),
        shape: need("shape").split(",").map(Number),
        dtype: need("dtype"),
        channelAxis: number("channel_axis"),
        firstNormalizedAxis: number("first_normalized_axis"),
        groups: number("groups"),
        epsilon: number("epsilon"),
        momentum: number("momentum"),
        rMax: number("r_max"),
        dMax: number("d_max"),
        storedVariance: number("stored_variance"),
        convention: request.convention ?? "normcheck",
        outputs: (request.outputs ?? "").split(",").filter((name) => name),
        case: request.case ?? "",
    };
}

/** Number of elements of a shape. */
export const count = (shape) => shape.reduce((a, b) => a * b, 1);

/** Shape of gamma and beta. */
export function parameterShape(problem) {
    if (problem.op === "ln" || problem.op === "rms") return problem.shape.slice(problem.firstNormalizedAxis);
    // The one convention with a scale and a bias for each group of channels.
    if (problem.op === "gn" && problem.convention === "onnx-gn18") return [problem.groups];
    return [problem.shape[problem.channelAxis]];
}

/** Shape of saved statistics: one per group. */
export function statisticsShape(problem) {
    const { op, shape } = problem;
    if (op === "bn" || op === "renorm") return parameterShape(problem);
    if (op === "in") return [shape[0], shape[problem.channelAxis]];
    if (op === "gn") return [shape[0], problem.groups];
    return problem.firstNormalizedAxis === 0 ? [1] : shape.slice(0, problem.firstNormalizedAxis);
}

function shapeOf(problem, name) {
    if (["x", "y", "dy", "dx"].includes(name)) return problem.shape;
    return name.startsWith("saved_") ? statisticsShape(problem) : parameterShape(problem);
}

function checked(problem, results) {
    const outputs = {};
    for (const name of problem.outputs) {
        const data = results[name];
        if (data === undefined || data === null) continue;
        const dtype =
            ["x", "y", "dy", "dx"].includes(name) ? problem.dtype
            : problem.dtype === "f64" ? "f64"
            : "f32";
        const shape = shapeOf(problem, name);
        if (!(data instanceof ARRAYS[dtype.toUpperCase()]) || data.length !== count(shape)) {
            throw new Error(`expected ${name} as ${count(shape)} elements of ${dtype}`);
        }
        outputs[name] = { dtype: dtype.toUpperCase(), shape, data };
    }
    const absent = problem.outputs.filter((name) => !outputs[name]).join(",");
    return [absent ? { absent } : {}, outputs];
}
