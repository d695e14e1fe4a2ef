// ONNX models of one node, as protobuf bytes. Field numbers are those of onnx.proto.

const FLOAT = 1;
const INT = 2;

/** TensorProto.DataType. */
const ELEMENT_TYPES = { f32: 1n, f16: 10n };

/** The version of the format that came with an operator set, from the newest: [first operator set, version]. */
const FORMATS = [[23, 11n], [21, 10n], [19, 9n], [15, 8n], [12, 7n], [11, 6n], [10, 5n], [9, 4n]];

/**
 * A model with one node. Inputs and outputs are lists of { name, shape, dtype }; an output that is null is not asked for.
 * Attributes that are integers by nature are given as BigInt. A domain other than ONNX's own is imported as version 1.
 */
export function model({ op, domain = "", opset, inputs, outputs, attributes }) {
    const node = [
        ...inputs.map(({ name }) => text(1, name)),
        ...outputs.map((output) => text(2, output?.name ?? "")),
        text(4, op),
        ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
        ...(domain ? [text(7, domain)] : []),
    ];
    const graph = [
        message(1, node),
        text(2, "norm"),
        ...inputs.map((value) => message(11, valueInfo(value))),
        ...outputs.filter((output) => output).map((value) => message(12, valueInfo(value))),
    ];
    const [, format] = FORMATS.find(([first]) => opset >= first);
    const imports = [message(8, [varint(2, BigInt(opset))])];
    if (domain) imports.push(message(8, [text(1, domain), varint(2, 1n)]));
    return Buffer.concat([varint(1, format), message(7, graph), ...imports]);
}

function attribute(name, value) {
    return typeof value === "bigint"
        ? [text(1, name), varint(3, value), varint(20, BigInt(INT))]
        : [text(1, name), float(2, value), varint(20, BigInt(FLOAT))];
}

function valueInfo({ name, shape, dtype }) {
    const dimensions = shape.map((extent) => message(1, [varint(1, BigInt(extent))]));
    const tensor = [varint(1, ELEMENT_TYPES[dtype]), message(2, dimensions)];
    return [text(1, name), message(2, [message(1, tensor)])];
}

function encoded(value) {
    const bytes = [];
    let rest = BigInt.asUintN(64, value);
    do {
        const low = Number(rest & 0x7fn);
        rest >>= 7n;
        bytes.push(rest ? low | 0x80 : low);
    } while (rest);
    return Buffer.from(bytes);
}

const tag = (field, wire) => encoded(BigInt((field << 3) | wire));
const varint = (field, value) => Buffer.concat([tag(field, 0), encoded(value)]);
const bytes = (field, content) => Buffer.concat([tag(field, 2), encoded(BigInt(content.length)), content]);
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, parts) => bytes(field, Buffer.concat(parts));

function float(field, value) {
    const content = Buffer.alloc(4);
    content.writeFloatLE(value);
    return Buffer.concat([tag(field, 5), content]);
}
