// f16 as bits, for JavaScript engines without Float16Array.

/** The value of f16 bits. Exact. */
export function valueOfHalf(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24;
}

/** The bits of an f16 that has exactly this value; undefined where there is none. */
export function halfOfValue(value) {
    if (Number.isNaN(value)) return 0x7e00;
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    if (size === Infinity) return sign | 0x7c00;
    // Below 2^-14 all f16 are multiples of 2^-24.
    const exponent = Math.max(-14, Math.floor(Math.log2(size)));
    const units = size * 2 ** (10 - exponent);
    if (!Number.isInteger(units) || units >= 2048 || exponent > 15) return undefined;
    return sign | (units < 1024 ? units : ((exponent + 15) << 10) | (units - 1024));
}
