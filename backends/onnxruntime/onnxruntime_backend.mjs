// ONNX Runtime on the CPU as a NormCheck backend: batch, layer, instance, group and RMS norm, forward, channels-first.
//
// A problem is a model of one node, made on the fly; a session of it is kept for later calls. What is timed is
// session.run with inputs and outputs that are allocated beforehand. Where the problem has no gamma or beta and the
// operator wants one, it gets ones or zeros. No f64: epsilon is an f32 attribute, and f64 kernels compute in f32 in part.
// With f16 data, layer, instance, group and RMS norm want parameters in f16 too: they get them where that loses nothing.
//
// Usage: node onnxruntime_backend.mjs FOLDER, the folder in which install.sh put onnxruntime-node. In the environment:
// NORMCHECK_ONNXRUNTIME_GROUPNORM=18 or 21, the operator set whose GroupNormalization is meant; _LAYERNORM=skip for
// com.microsoft's SkipLayerNormalization in place of LayerNormalization; _OPTIMIZATION=disabled, basic, extended or all.

import os from "node:os";

import { Unsupported, count, serve } from "../node/normcheck.mjs";
import { halfOfValue, valueOfHalf } from "../node/half.mjs";
import { packageOf } from "../node/package.mjs";
import { reproduction } from "../node/reproduction.mjs";
import { model } from "./onnx_model.mjs";
import { nodesOf, refusal } from "./operators.mjs";

const PACKAGE = "onnxruntime-node";
const { module: ort, version } = packageOf(process.argv[2], PACKAGE);
const option = (name, usual, fits) => {
    const word = process.env[`NORMCHECK_ONNXRUNTIME_${name}`] ?? usual;
    if (fits.includes(word)) return word;
    console.error(`NORMCHECK_ONNXRUNTIME_${name}: expected one of ${fits.join(", ")}, got '${word}'`);
    process.exit(1);
};
const options = {
    groupNorm: Number(option("GROUPNORM", "21", ["18", "21"])),
    skip: option("LAYERNORM", "plain", ["plain", "skip"]) === "skip",
    optimization: option("OPTIMIZATION", "all", ["disabled", "basic", "extended", "all"]),
};
const threads = Number(process.env.OMP_NUM_THREADS ?? os.cpus().length);

/** What ONNX Runtime says of operators, operator sets and types that a version or a build lacks. */
const LACKS =
    /NOT_IMPLEMENTED|Could not find an implementation|Unsupported model IR version|is under development|No Op registered for|is not a registered function/i;

const TYPES = {
    f32: { ort: "float32", array: Float32Array, one: 1, poison: NaN },
    f16: { ort: "float16", array: Uint16Array, one: halfOfValue(1), poison: halfOfValue(NaN) },
};

const MOST_SESSIONS = 64;
const sessions = new Map();

/**
 * The session of a node. Its threads look for work between calls only where calls are timed: on a machine that does other
 * things too that costs many times what small cases need. Versions that know no `extra` look for it always.
 */
async function sessionOf(node, timed = false) {
    const key = JSON.stringify([node, timed], (_, value) => (typeof value === "bigint" ? `${value}` : value));
    if (!sessions.has(key)) {
        if (sessions.size >= MOST_SESSIONS) {
            const [oldest, session] = sessions.entries().next().value;
            sessions.delete(oldest);
            await session.release?.(); // versions before 1.17 leave that to the garbage collector
        }
        sessions.set(
            key,
            await ort.InferenceSession.create(model(node), {
                intraOpNumThreads: threads,
                interOpNumThreads: 1,
                executionMode: "sequential",
                graphOptimizationLevel: options.optimization,
                logSeverityLevel: 3,
                ...(timed ? {} : { extra: { session: { intra_op: { allow_spinning: "0" } } } }),
            }),
        );
    }
    return sessions.get(key);
}

/** Which of its nodes this version has for an operator, or why none; found out once. */
const choices = new Map();

async function nodeOf(problem) {
    const nodes = nodesOf(problem, options);
    const key = [nodes[0].op, problem.pass, problem.dtype].join();
    if (!choices.has(key)) choices.set(key, await choose(nodes));
    const { index, reason } = choices.get(key);
    if (reason) throw new Unsupported(reason);
    return nodes[index];
}

async function choose(nodes) {
    let reason;
    for (const [index, node] of nodes.entries()) {
        try {
            await sessionOf(node);
            return { index };
        } catch (error) {
            if (!LACKS.test(error.message)) return { index }; // a failure, which the call itself will show
            reason ??= `ONNX Runtime ${version}: ${withoutPlace(error.message)}`;
        }
    }
    return { reason };
}

/** A message of ONNX Runtime's without the place in its source, which says nothing to others. */
const withoutPlace = (message) => message.replace(/\S+:\d+ .*?\) /, "").replace(/\s+/g, " ");

/** The elements of an input of the node, as its type wants them. */
function elements({ role, shape, dtype }, tensors) {
    const { array, one } = TYPES[dtype];
    const given = tensors[role];
    if (!given) return new array(count(shape)).fill(["gamma", "running_var"].includes(role) ? one : 0);
    if (given.dtype.toLowerCase() === dtype) return given.data;
    const halves = Array.from(given.data, halfOfValue);
    if (halves.includes(undefined)) throw new Unsupported(`ONNX wants ${role} in f16, and its values are no f16 values`);
    return Uint16Array.from(halves);
}

async function prepare(problem, tensors, timed = true) {
    if (problem.op === "rms" && tensors.beta) throw new Unsupported("ONNX's RMS norm has no beta");
    const node = await nodeOf(problem);
    const session = await sessionOf(node, timed);
    const feeds = Object.fromEntries(
        node.inputs.map((input) => [input.name, new ort.Tensor(TYPES[input.dtype].ort, elements(input, tensors), input.shape)]),
    );
    const fetches = Object.fromEntries(
        node.outputs.map(({ name, shape, dtype }) => {
            const { ort: type, array, poison } = TYPES[dtype];
            return [name, new ort.Tensor(type, new array(count(shape)).fill(poison), shape)];
        }),
    );
    let results = {};
    return {
        call: async () => {
            results = await session.run(feeds, fetches);
        },
        outputs: () => Object.fromEntries(node.outputs.map(({ name, role }) => [role, results[name]?.data])),
    };
}

async function run(problem, tensors) {
    const { call, outputs } = await prepare(problem, tensors, false);
    await call();
    return outputs();
}

async function supports(problem) {
    const reason = refusal(problem, options);
    if (reason) return reason;
    try {
        await nodeOf(problem);
        return null;
    } catch (error) {
        if (error instanceof Unsupported) return error.message;
        throw error;
    }
}

async function script(problem, tensors) {
    const node = await nodeOf(problem);
    const values = Object.fromEntries(
        node.inputs.map((input) => {
            const data = Array.from(elements(input, tensors));
            return [input.role, input.dtype === "f16" ? data.map(valueOfHalf) : data];
        }),
    );
    const text = reproduction({
        problem,
        values,
        system: "ONNX Runtime",
        package: PACKAGE,
        version,
        ...scriptParts(node, problem.outputs),
    });
    return { name: `onnxruntime-${problem.op}-${problem.pass}-${problem.dtype}.cjs`, text };
}

/** How a script loads ONNX Runtime and calls it on the node for the outputs that are wanted. */
function scriptParts(node, wanted) {
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${value}`);
    const halves = [...node.inputs, ...node.outputs].some(({ dtype }) => dtype === "f16");
    const feed = ({ name, role, shape, dtype }) => {
        const data = dtype === "f16" ? `Uint16Array.from(${role}, bits)` : `Float32Array.from(${role})`;
        return `    ${name}: new ort.Tensor("${TYPES[dtype].ort}", ${data}, [${shape.join(", ")}]),`;
    };
    const result = ({ name, role, dtype }) =>
        `    ${role}: Array.from(outputs.${name}.data${dtype === "f16" ? ", value" : ""}),`;
    return {
        preamble: [
            `const ort = require("${PACKAGE}");`,
            ...(halves ? ["", "// The value of f16 bits, and the bits of an f16 value.", `const value = ${valueOfHalf};`, `const bits = ${halfOfValue};`] : []),
        ],
        call: [
            `// A model with one node: ${node.domain ? `${node.domain}.` : ""}${node.op}, operator set ${node.opset}, ${attributes.join(", ")}.`,
            `const model = Buffer.from("${model(node).toString("base64")}", "base64");`,
            `const options = { graphOptimizationLevel: "${options.optimization}", logSeverityLevel: 3 };`,
            "const session = await ort.InferenceSession.create(model, options);",
            "const outputs = await session.run({",
            ...node.inputs.map(feed),
            "});",
            "return {",
            ...node.outputs.filter(({ role }) => wanted.includes(role)).map(result),
            "};",
        ],
    };
}

/** Whether this version's binding hands over f16 at all: some refuse the type, one mistakes its own arrays. */
async function takesHalves() {
    const value = (name) => ({ name, role: name, shape: [1], dtype: "f16" });
    const node = { op: "Identity", opset: 13, inputs: [value("x")], outputs: [value("y")], attributes: {} };
    try {
        const session = await sessionOf(node);
        const { y } = await session.run({ x: new ort.Tensor("float16", new Uint16Array([halfOfValue(1)]), [1]) });
        return y.data[0] === halfOfValue(1);
    } catch {
        return false;
    }
}

const notes = [
    ...(options.skip ? ["SkipLayerNormalization"] : []),
    ...(options.groupNorm === 18 ? ["GroupNormalization-18"] : []),
    ...(options.optimization === "all" ? [] : [`optimization ${options.optimization}`]),
];
await serve({
    name: notes.length ? `onnxruntime (${notes.join(", ")})` : "onnxruntime",
    version,
    // A variant of one operator is asked for the sake of that operator.
    ops: options.skip ? "ln" : options.groupNorm === 18 ? "gn" : "bn,ln,in,gn,rms",
    passes: "train,infer",
    // GroupNormalization-18 has no type for its statistics: with f16 data they may be f16, and nothing can be asked of them.
    dtypes: (await takesHalves()) && options.groupNorm !== 18 ? "f32,f16" : "f32",
    layouts: "channels-first",
    threads,
    convention: options.groupNorm === 18 ? "onnx-gn18" : "onnx",
    supports,
    prepare,
    run,
    script,
});
process.exit(0);
