// TensorFlow.js as a NormCheck backend, its plain CPU backend in Node: batch and layer norm through the Keras layers API,
// forward and backward, f32.
//
// What is called is what a user calls: a layer's apply, and tf.variableGrads of Σ y·dy, whose gradient with respect to y is
// dy bit for bit. The channel axis is the layer's `axis`: the last one, or 1 for channels-first. Layers give no saved
// statistics. The moving statistics take in the population variance, and `momentum` is the weight of the OLD value.
//
// A layer with scale: false or center: false dies of a TypeError in batch norm's training and in every gradient. There it
// gets a scale of ones and a shift of zeros in their place, or nothing could be said of its numbers.
// NORMCHECK_TFJS_AFFINE=bare in the environment leaves them out all the same.
//
// Usage: node tfjs_backend.mjs FOLDER, the folder in which install.sh put @tensorflow/tfjs.

import { Unsupported, count, parameterShape, serve } from "../node/normcheck.mjs";
import { packageOf } from "../node/package.mjs";
import { reproduction } from "../node/reproduction.mjs";

const PACKAGE = "@tensorflow/tfjs";
console.log = console.error; // it greets on the console
const { module: tf, version } = packageOf(process.argv[2], PACKAGE);
await tf.setBackend("cpu");

const bare = process.env.NORMCHECK_TFJS_AFFINE === "bare";

/** What the layers say of tensors that they do not take. */
const REFUSAL = /not implemented for array of rank/i;

/** The construction of the layer as text, so that what runs here is, letter by letter, what a script shows. */
function layerText({ op, shape, epsilon, momentum, firstNormalizedAxis, channelAxis }, inputs) {
    const parts = `epsilon: ${epsilon}, scale: ${"gamma" in inputs}, center: ${"beta" in inputs}`;
    if (op === "ln") {
        const axes = shape.map((_, k) => k).slice(firstNormalizedAxis);
        return `tf.layers.layerNormalization({ axis: [${axes.join(", ")}], ${parts} })`;
    }
    return `tf.layers.batchNormalization({ axis: ${channelAxis}, momentum: ${1 - momentum}, ${parts} })`;
}

/** The lines of a call, from `tensors` by the names of the inputs to `results` by those of the outputs. */
function callLines(problem, inputs) {
    const weights = ["gamma", "beta", "running_mean", "running_var"].filter((name) => name in inputs);
    const training = problem.pass === "train" || problem.pass === "bwd";
    const apply = (x) => `layer.apply(${x}, { training: ${training} })`;
    const lines = [
        `const layer = ${layerText(problem, inputs)};`,
        `layer.build([${problem.shape.join(", ")}]);`,
        `layer.setWeights([${weights.map((name) => `tensors.${name}`).join(", ")}]);`,
    ];
    if (!problem.pass.startsWith("bwd")) {
        const updated = problem.outputs.includes("running_mean");
        return [
            ...lines,
            `const results = { y: ${apply("tensors.x")} };`,
            ...(updated ? ["[results.running_mean, results.running_var] = layer.getWeights().slice(-2);"] : []),
        ];
    }
    const variables = problem.outputs.map((name) => (name === "dx" ? "input" : `layer.${name.slice(1)}.read()`));
    return [
        ...lines,
        "const input = tf.variable(tensors.x);",
        `const variables = [${variables.join(", ")}];`,
        `const { grads } = tf.variableGrads(() => ${apply("input")}.mul(tensors.dy).sum(), variables);`,
        "const results = {",
        ...problem.outputs.map((name, k) => `    ${name}: grads[variables[${k}].name],`),
        "};",
    ];
}

/** The inputs by name as { data, shape }: those of the problem, and ones and zeros for what the layer must have. */
function inputsOf(problem, tensors) {
    const affine = parameterShape(problem);
    const affineNeeded = !bare && (problem.pass.startsWith("bwd") || (problem.op === "bn" && problem.pass === "train"));
    const must = {
        gamma: affineNeeded,
        // A beta is needed to get its gradient; its value plays no part in that.
        beta: affineNeeded || problem.outputs.includes("dbeta"),
        running_mean: problem.op === "bn",
        running_var: problem.op === "bn",
    };
    const inputs = {};
    for (const name of ["x", "dy", "gamma", "beta", "running_mean", "running_var"]) {
        const shape = name === "x" || name === "dy" ? problem.shape : affine;
        if (tensors[name]) inputs[name] = { data: tensors[name].data, shape };
        else if (must[name]) {
            const ones = name === "gamma" || name === "running_var";
            inputs[name] = { data: new Float32Array(count(shape)).fill(ones ? 1 : 0), shape };
        }
    }
    return inputs;
}

const bodies = new Map();

/** The call as a function of tf and tensors; text is compiled once. */
function compiled(lines) {
    const text = [...lines, "return results;"].join("\n");
    if (!bodies.has(text)) bodies.set(text, new Function("tf", "tensors", text));
    return bodies.get(text);
}

function prepare(problem, tensors) {
    const inputs = inputsOf(problem, tensors);
    const call = compiled(callLines(problem, inputs));
    let results = {};
    return {
        call: () => {
            // Whatever a call makes is given up after it, variables and layers too.
            tf.engine().startScope();
            try {
                const given = Object.fromEntries(
                    Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data.slice(), shape, "float32")]),
                );
                results = Object.fromEntries(
                    Object.entries(call(tf, given)).map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]),
                );
            } catch (error) {
                if (REFUSAL.test(error.message)) throw new Unsupported(`TensorFlow.js: ${error.message}`);
                throw error;
            } finally {
                tf.engine().endScope();
                tf.disposeVariables();
            }
        },
        outputs: () => results,
    };
}

function run(problem, tensors) {
    const { call, outputs } = prepare(problem, tensors);
    call();
    return outputs();
}

function supports(problem) {
    if (problem.op === "ln" && problem.pass.endsWith("infer")) return "ln has no inference pass";
    if (problem.op === "bn" && problem.pass === "train" && problem.storedVariance !== 0) {
        return "TensorFlow.js stores the population variance";
    }
    return null;
}

function script(problem, tensors) {
    const inputs = inputsOf(problem, tensors);
    const values = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, Array.from(data)]));
    const listed = Object.entries(inputs).map(([name, { shape }]) => `    ${name}: tf.tensor(${name}, [${shape.join(", ")}], "float32"),`);
    const text = reproduction({
        problem,
        values,
        system: "TensorFlow.js",
        package: PACKAGE,
        version,
        preamble: [`const tf = require("${PACKAGE}");`],
        call: [
            'await tf.setBackend("cpu");',
            "const tensors = {",
            ...listed,
            "};",
            ...callLines(problem, inputs),
            "return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));",
        ],
    });
    return { name: `tfjs-${problem.op}-${problem.pass}-${problem.dtype}.cjs`, text };
}

await serve({
    name: bare ? "tfjs (bare)" : "tfjs",
    version,
    ops: "bn,ln",
    dtypes: "f32",
    convention: "keras3",
    supports,
    prepare,
    run,
    script,
});
process.exit(0);
