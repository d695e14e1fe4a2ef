#!/bin/sh
# Builds every example into a shared library of its own. Usage: build.sh [OUTPUT_DIRECTORY]
# CC names the compiler (default: gcc, or cc where there is none).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/build}
if [ -z "${CC:-}" ]; then
    if command -v gcc >/dev/null 2>&1; then CC=gcc; else CC=cc; fi
fi

mkdir -p "$out"
for source in "$here"/*.c; do
    # -ffp-contract=off: a float product is rounded before it is added to, on every machine.
    $CC -O2 -fPIC -shared -std=c99 -Wall -Wextra -Werror -ffp-contract=off -fvisibility=hidden \
        "$source" -o "$out/$(basename "$source" .c).so" -lm
done
