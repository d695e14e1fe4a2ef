// Writes the script for a bug report: one call of a system beside the definition, on exact input bits.

import { Unsupported, count, parameterShape, statisticsShape } from "./normcheck.mjs";

/** Enough for the cases that a shrinker leaves; a listing of more is no longer something to read. */
const MOST_ELEMENTS = 4096;

/**
 * The text of a script. `system` is its name in sentences, `package` and `version` the npm package, `preamble` lines that load it, `call` the
 * body of a function that gives the outputs as lists of numbers, by name. `values` are the inputs as numbers; the call finds
 * each as a list of that name, and may be given more of them than the definition reads.
 */
export function reproduction({ problem, values, system, package: name, version, preamble, call }) {
    const longest = Math.max(...Object.values(values).map((list) => list.length));
    if (longest > MOST_ELEMENTS) throw new Unsupported(`a script takes at most ${MOST_ELEMENTS} elements: shrink the case first`);
    return `// ${problem.case}
//
// ${system} ${version} against the definition in float64. Needs the npm package alone:
//     npm install --ignore-scripts ${name}@${version}
// Ends with exit code 1 where ${system} is wrong. Written by NormCheck.
"use strict";

${preamble.join("\n")}

// Every number is exactly the tensor's element, in row-major order.
${Object.entries(values)
    .map(([name, list]) => wrapped(`const ${name} = [${list.map(number).join(", ")}];`))
    .join("\n")}

// What ${system} computes.
async function computed() {
${indented(call)}
}

// The formula step by step, each step rounded by r, and the size of the largest term of each result.
function definition(r) {
${indented(definition(problem, values))}
}

${comparison(problem, system)}`;
}

function comparison(problem, system) {
    const size = groupSize(problem);
    const unit = problem.dtype === "f16" ? '(["y", "dx"].includes(name) ? 2 ** -10 : 2 ** -23)' : "2 ** -23";
    return `function compare(results) {
    const [truth, sizes] = definition((value) => value);
    const [plain] = definition(Math.fround);
    const apart = (a, b) => (Object.is(a, b) || a === b ? 0 : Number.isNaN(a - b) ? Infinity : Math.abs(a - b));
    const furthest = (list, other) => list.reduce((most, value, i) => Math.max(most, apart(value, other[i])), 0);
    const size = (list) => list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let wrong = false;
    for (const [name, got] of Object.entries(results)) {
        const error = furthest(got, truth[name]);
        const plainError = furthest(plain[name], truth[name]);
        const ulp = ${unit} * size(sizes[name]);
        const off = (value) => \`\${value.toPrecision(3)}, \${(value && value / ulp).toPrecision(3)} ulp\`;
        console.log(\`\${name} of ${system}: \${got.slice(0, 64).join(", ")}\`);
        console.log(\`\${name} by definition: \${truth[name].slice(0, 64).join(", ")}\`);
        console.log(\`  ${system} is off by \${off(error)} of the largest term;\`);
        console.log(\`  the formula step by step in float32 by \${off(plainError)}\`);
        // A sum of ${size} terms in an unlucky order may lose ${size} times as much as in a lucky one.
        if (error > ${size} * (plainError + ulp)) wrong = true;
    }
    process.exitCode = wrong ? 1 : 0;
}

computed().then(compare, (error) => {
    console.log("${system} fails:", error);
    process.exitCode = 1;
});
`;
}

const groupSize = (problem) => count(problem.shape) / count(statisticsShape(problem));

/** Where an element of x belongs: its group (of one mean and variance) and slot (of one gamma and beta), as expressions of i. */
function indices(problem) {
    const { op, shape, channelAxis } = problem;
    const over = (divisor) => (divisor === 1 ? "i" : `Math.floor(i / ${divisor})`);
    if (op === "ln" || op === "rms") {
        const row = groupSize(problem);
        return { group: over(row), slot: `i % ${row}` };
    }
    const channels = shape[channelAxis];
    const positions = count(shape) / shape[0] / channels;
    const [sample, channel] =
        channelAxis > 1
            ? [over(positions * channels), `i % ${channels}`]
            : [over(positions * channels), `${over(positions)} % ${channels}`];
    if (op === "bn") return { group: channel, slot: channel };
    if (op === "in") return { group: `${sample} * ${channels} + ${channel}`, slot: channel };
    const groupOfChannel = `Math.floor((${channel}) / ${channels / problem.groups})`;
    const perGroup = count(parameterShape(problem)) !== channels;
    return { group: `${sample} * ${problem.groups} + ${groupOfChannel}`, slot: perGroup ? groupOfChannel : channel };
}

/** The lines of definition(r). */
function definition(problem, values) {
    const { group, slot } = indices(problem);
    const inference = problem.pass === "infer" || problem.pass === "bwd-infer";
    const backward = problem.pass.startsWith("bwd");
    const lines = [
        `const group = (i) => ${group}; // elements of a group share mean and variance,`,
        `const slot = (i) => ${slot}; // those of a slot gamma and beta`,
        "const sums = (index, length, values) => {",
        "    const totals = new Array(length).fill(0);",
        "    values.forEach((value, i) => { totals[index(i)] = r(totals[index(i)] + value); });",
        "    return totals;",
        "};",
        `const groups = ${count(statisticsShape(problem))}, m = ${groupSize(problem)};`,
        "const averages = (values) => sums(group, groups, values).map((total) => r(total / m));",
    ];
    if (inference) lines.push("const mean = running_mean, variance = running_var;");
    else if (problem.op === "rms") lines.push("const mean = new Array(groups).fill(0);");
    else lines.push("const mean = averages(x);");
    lines.push("const centred = x.map((value, i) => r(value - mean[group(i)]));");
    if (!inference) lines.push("const variance = averages(centred.map((value) => r(value * value)));");
    lines.push(`const invStd = variance.map((value) => r(1 / r(Math.sqrt(r(value + ${problem.epsilon})))));`);
    lines.push("const normalized = centred.map((value, i) => r(value * invStd[group(i)]));");
    return [...lines, ...(backward ? gradients(problem, values, inference) : outputs(problem, values))];
}

function outputs(problem, values) {
    const lines = [
        `const scaled = normalized${values.gamma ? ".map((value, i) => r(value * gamma[slot(i)]))" : ""};`,
        `const y = scaled${values.beta ? ".map((value, i) => r(value + beta[slot(i)]))" : ""};`,
        "const results = { y, saved_mean: mean, saved_inv_std: invStd };",
        `const sizes = { ...results, y: scaled${values.beta ? ".concat(beta)" : ""} };`,
    ];
    if (problem.outputs.includes("running_mean")) {
        const { momentum } = problem;
        lines.push(
            "for (const [name, old, fresh] of [[\"running_mean\", running_mean, mean], [\"running_var\", running_var, variance]]) {",
            `    results[name] = old.map((value, j) => r(r(${1 - momentum} * value) + r(${momentum} * fresh[j])));`,
            "    sizes[name] = old.concat(fresh);",
            "}",
        );
    }
    return [...lines, "return [results, sizes];"];
}

function gradients(problem, values, inference) {
    const slots = count(parameterShape(problem));
    const lines = [
        `const g = dy${values.gamma ? ".map((value, i) => r(value * gamma[slot(i)]))" : ""};`,
        "const terms = dy.map((value, i) => r(value * normalized[i]));",
    ];
    if (inference) lines.push("const dx = g.map((value, i) => r(value * invStd[group(i)]));");
    else {
        lines.push(
            "const level = averages(g), along = averages(g.map((value, i) => r(value * normalized[i])));",
            "const rest = g.map((value, i) => r(r(value - level[group(i)]) - r(normalized[i] * along[group(i)])));",
            "const dx = rest.map((value, i) => r(value * invStd[group(i)]));",
        );
    }
    return [
        ...lines,
        `const perSlot = (values) => sums(slot, ${slots}, values);`,
        "const sizes = (values) => perSlot(values.map(Math.abs));",
        "return [",
        "    { dx, dgamma: perSlot(terms), dbeta: perSlot(dy) },",
        "    { dx: g.map((value, i) => value * invStd[group(i)]), dgamma: sizes(terms), dbeta: sizes(dy) },",
        "];",
    ];
}

const indented = (lines) => lines.map((line) => `    ${line}`).join("\n");

/** The shortest decimal that reads back as the element: of f32, as f16 are too. */
function number(value) {
    if (Object.is(value, -0)) return "-0";
    if (!Number.isFinite(value)) return String(value);
    for (let digits = 1; digits < 17; digits++) {
        const short = Number(value.toPrecision(digits));
        if (short === value) return String(short);
    }
    return String(value);
}

/** A list over several lines of at most 110 characters. */
function wrapped(text) {
    const lines = [];
    let rest = text;
    while (rest.length > 110) {
        const blank = rest.lastIndexOf(" ", 110);
        lines.push(rest.slice(0, blank));
        rest = `    ${rest.slice(blank + 1)}`;
    }
    return [...lines, rest].join("\n");
}
