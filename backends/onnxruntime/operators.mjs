// Which ONNX operator computes a problem: its node as onnx_model.mjs takes it, with a role (a tensor's name in the protocol)
// for every input and output.

import { count, parameterShape, statisticsShape } from "../node/normcheck.mjs";

/** The operator set of layer norm in ONNX, and one before it, where ONNX Runtime has an operator of that name of its own. */
const LAYER_NORM_SETS = [17, 15];

/**
 * The nodes that compute a problem, the preferred one first. `options` are those of the backend: groupNorm = 18 or 21, the
 * operator set whose GroupNormalization is meant; skip = true for com.microsoft's SkipLayerNormalization with a skip of 0.
 */
export function nodesOf(problem, options) {
    const { op, shape, epsilon } = problem;
    const affine = parameterShape(problem);
    const data = (role, extents = shape) => value(role, extents, problem.dtype);
    const single = (role, extents) => value(role, extents, "f32");
    const [x, gamma, beta, y] = [data("x"), data("gamma", affine), data("beta", affine), data("y")];
    switch (op) {
        case "ln": {
            if (options.skip) return [skipNode(problem)];
            const axis = problem.firstNormalizedAxis;
            // Statistics keep the normalized axes, with extent 1.
            const kept = shape.map((extent, k) => (k < axis ? extent : 1));
            const statistics = problem.outputs.includes("saved_inv_std")
                ? [single("saved_mean", kept), single("saved_inv_std", kept)]
                : [];
            const attributes = { axis: BigInt(axis), epsilon };
            return LAYER_NORM_SETS.map((opset) => ({
                op: "LayerNormalization", opset, inputs: [x, gamma, beta], outputs: [y, ...statistics], attributes,
            }));
        }
        case "rms": {
            const attributes = { axis: BigInt(problem.firstNormalizedAxis), epsilon };
            return [{ op: "RMSNormalization", opset: 23, inputs: [x, gamma], outputs: [y], attributes }];
        }
        case "in":
            return [{ op: "InstanceNormalization", opset: 15, inputs: [x, gamma, beta], outputs: [y], attributes: { epsilon } }];
        case "gn": {
            const attributes = { num_groups: BigInt(problem.groups), epsilon };
            return [{ op: "GroupNormalization", opset: options.groupNorm, inputs: [x, gamma, beta], outputs: [y], attributes }];
        }
        default: {
            // Parameters and statistics have types of their own: f32 whatever the data.
            const parameters = ["gamma", "beta", "running_mean", "running_var"].map((role) => single(role, affine));
            const training = problem.pass === "train";
            const updated = training ? ["running_mean", "running_var"].map((role) => single(role, affine)) : [];
            return [{
                op: "BatchNormalization",
                opset: 15,
                inputs: [x, ...parameters],
                outputs: [y, ...updated.map((each) => ({ ...each, name: `${each.role}_out` }))],
                // ONNX names the weight of the OLD value.
                attributes: training ? { epsilon, momentum: 1 - problem.momentum, training_mode: 1n } : { epsilon },
            }];
        }
    }
}

function skipNode(problem) {
    const affine = parameterShape(problem);
    // Old versions take three axes alone: batch, sequence, hidden.
    const rows = [1, count(statisticsShape(problem)), count(affine)];
    const data = (role, extents) => value(role, extents, problem.dtype);
    return {
        op: "SkipLayerNormalization",
        domain: "com.microsoft",
        opset: 15,
        inputs: [data("x", rows), data("skip", rows), data("gamma", [rows[2]]), data("beta", [rows[2]])],
        outputs: [data("y", rows)],
        attributes: { epsilon: problem.epsilon },
    };
}

const value = (role, shape, dtype) => ({ role, name: role, shape, dtype });

/** Why the operators compute no such problem, whatever the version; null where they do. */
export function refusal(problem, options) {
    const { op, pass } = problem;
    if (op !== "bn" && pass === "infer") return `${op} has no inference pass`;
    if (op === "in" && problem.shape.length < 3) return "ONNX's instance norm wants at least one axis of positions";
    if (op === "bn" && pass === "train" && problem.storedVariance !== 0) return "ONNX stores the population variance";
    const perGroup = problem.convention === "onnx-gn18";
    if (op === "gn" && perGroup !== (options.groupNorm === 18)) {
        return `GroupNormalization-${options.groupNorm} takes a scale and a bias ${perGroup ? "a channel" : "a group"}`;
    }
    if (options.skip && problem.firstNormalizedAxis !== problem.shape.length - 1) {
        return "SkipLayerNormalization normalizes the last axis";
    }
    return null;
}
