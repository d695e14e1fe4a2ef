// ONNX Runtime on the CPU as a NormCheck backend: batch, layer, instance, group and RMS norm, forward, channels-first.
//
// A problem is a model of one node, made on the fly; a session of it is kept for later calls. What is timed is
// session.run with inputs and outputs that are allocated beforehand. Where the problem has no gamma or beta and the
// operator wants one, it gets ones or zeros. f32 alone: epsilon is an f32 attribute, and f64 kernels compute in f32 in part.
//
// Usage: node onnxruntime_backend.mjs FOLDER, the folder in which install.sh put onnxruntime-node.

import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

import { Unsupported, parameterShape, serve, statisticsShape } from "../node/normcheck.mjs";
import { model } from "./onnx_model.mjs";

const folder = path.resolve(process.argv[2] ?? ".");
const load = createRequire(path.join(folder, "package.json"));
let ort;
try {
    ort = load("onnxruntime-node");
} catch {
    console.error(`onnxruntime-node is not in ${folder}`);
    process.exit(1);
}
const threads = Number(process.env.OMP_NUM_THREADS ?? os.cpus().length);
const version = load("onnxruntime-node/package.json").version;

const MOST_SESSIONS = 64;
const sessions = new Map();

/** The node of a problem: its inputs and outputs by the names that the protocol has for them. */
function nodeOf(problem) {
    const { op, shape, epsilon } = problem;
    const affine = parameterShape(problem);
    const value = (name, extents) => ({ name, shape: extents });
    const x = value("x", shape);
    const [gamma, beta, y] = [value("gamma", affine), value("beta", affine), value("y", shape)];
    const saved = problem.outputs.includes("saved_inv_std");
    switch (op) {
        case "ln": {
            // Statistics keep the normalized axes, with extent 1.
            const axis = problem.firstNormalizedAxis;
            const kept = shape.map((extent, k) => (k < axis ? extent : 1));
            const statistics = saved ? [value("saved_mean", kept), value("saved_inv_std", kept)] : [];
            const attributes = { axis: BigInt(axis), epsilon };
            return { op: "LayerNormalization", opset: 17, inputs: [x, gamma, beta], outputs: [y, ...statistics], attributes };
        }
        case "rms": {
            const attributes = { axis: BigInt(problem.firstNormalizedAxis), epsilon };
            return { op: "RMSNormalization", opset: 23, inputs: [x, gamma], outputs: [y], attributes };
        }
        case "in":
            return { op: "InstanceNormalization", opset: 17, inputs: [x, gamma, beta], outputs: [y], attributes: { epsilon } };
        case "gn": {
            const attributes = { num_groups: BigInt(problem.groups), epsilon };
            return { op: "GroupNormalization", opset: 21, inputs: [x, gamma, beta], outputs: [y], attributes };
        }
        default: {
            const [mean, variance] = [value("running_mean", affine), value("running_var", affine)];
            return {
                op: "BatchNormalization",
                opset: 17,
                inputs: [x, gamma, beta, mean, variance],
                outputs: [y],
                attributes: { epsilon },
            };
        }
    }
}

async function sessionOf(problem, node) {
    const key = JSON.stringify(node, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    if (!sessions.has(key)) {
        if (sessions.size >= MOST_SESSIONS) {
            const [oldest, session] = sessions.entries().next().value;
            sessions.delete(oldest);
            await session.release();
        }
        const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", logSeverityLevel: 3 };
        try {
            sessions.set(key, await ort.InferenceSession.create(model(node), options));
        } catch (error) {
            // What a build lacks it says when a session is made.
            if (/NOT_IMPLEMENTED|Could not find an implementation|not supported/i.test(error.message)) {
                throw new Unsupported(`ONNX Runtime: ${error.message}`);
            }
            throw error;
        }
    }
    return sessions.get(key);
}

async function prepare(problem, tensors) {
    if (problem.op === "rms" && tensors.beta) throw new Unsupported("ONNX's RMS norm has no beta");
    const node = nodeOf(problem);
    const session = await sessionOf(problem, node);
    const count = (shape) => shape.reduce((a, b) => a * b, 1);
    const tensor = ({ name, shape }) =>
        new ort.Tensor("float32", tensors[name]?.data ?? new Float32Array(count(shape)).fill(name === "gamma" ? 1 : 0), shape);
    const feeds = Object.fromEntries(node.inputs.map((value) => [value.name, tensor(value)]));
    const fetches = Object.fromEntries(
        node.outputs.map(({ name, shape }) => [name, new ort.Tensor("float32", new Float32Array(count(shape)).fill(NaN), shape)]),
    );
    let results = {};
    return {
        call: async () => {
            results = await session.run(feeds, fetches);
        },
        outputs: () => Object.fromEntries(Object.entries(results).map(([name, value]) => [name, value.data])),
    };
}

async function run(problem, tensors) {
    const { call, outputs } = await prepare(problem, tensors);
    await call();
    return outputs();
}

function supports(problem) {
    if (problem.op === "bn" && problem.pass === "train") return "ONNX Runtime's batch norm has no training mode in its release builds";
    if (problem.op !== "bn" && problem.pass === "infer") return `${problem.op} has no inference pass`;
    if (problem.op === "in" && problem.shape.length < 3) return "ONNX's instance norm wants at least one axis of positions";
    return null;
}

await serve({
    name: "onnxruntime",
    version,
    ops: "bn,ln,in,gn,rms",
    passes: "train,infer",
    dtypes: "f32",
    layouts: "channels-first",
    threads,
    convention: "onnx",
    supports,
    prepare,
    run,
});
process.exit(0);
