// Messages of NormCheck's wire protocol: safetensors blobs with their length before them, over standard input and output.

import fs from "node:fs";

/** Element types on the wire; those of 16 bits are bits. */
export const ARRAYS = { F32: Float32Array, F64: Float64Array, F16: Uint16Array, BF16: Uint16Array };

/** The request makes no sense. */
export class InvalidArgument extends Error {}

/** Metadata and tensors of a safetensors blob; the tensors are copies, aligned and writable. */
export function readSafetensors(blob) {
    const length = Number(blob.readBigUInt64LE(0));
    const { __metadata__: metadata = {}, ...header } = JSON.parse(blob.toString("utf8", 8, 8 + length));
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
        if (!ARRAYS[dtype]) throw new InvalidArgument(`expected ${name} to be one of ${Object.keys(ARRAYS)}, got ${dtype}`);
        const data = new ARRAYS[dtype]((end - begin) / ARRAYS[dtype].BYTES_PER_ELEMENT);
        blob.copy(Buffer.from(data.buffer), 0, 8 + length + begin, 8 + length + end);
        tensors[name] = { dtype, shape, data };
    }
    return { metadata, tensors };
}

/** The parts of a safetensors blob, in order. */
export function writeSafetensors(metadata, tensors) {
    const header = { __metadata__: metadata };
    const parts = [];
    let offset = 0;
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
        header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
        parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        offset += data.byteLength;
    }
    let text = Buffer.from(JSON.stringify(header));
    text = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(text.length));
    return [prefix, text, ...parts];
}

/** The next message, or null at the end. */
export function receive() {
    const prefix = read(8);
    return prefix && read(Number(prefix.readBigUInt64LE(0)));
}

function read(length) {
    const buffer = Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length; ) {
        const count = retried(() => fs.readSync(0, buffer, filled, length - filled, null));
        if (count === 0) return null;
        filled += count;
    }
    return buffer;
}

/** Sends a blob that is given in parts. */
export function send(parts) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(parts.reduce((sum, part) => sum + part.length, 0)));
    for (const part of [length, ...parts]) {
        for (let sent = 0; sent < part.length; ) {
            sent += retried(() => fs.writeSync(1, part, sent, part.length - sent));
        }
    }
}

/** Pipes that Node has made non-blocking say EAGAIN. */
function retried(action) {
    for (;;) {
        try {
            return action();
        } catch (error) {
            if (error.code !== "EAGAIN") throw error;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        }
    }
}
