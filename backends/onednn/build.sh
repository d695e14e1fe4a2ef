#!/usr/bin/env bash
# Builds the oneDNN backend into the user's cache (or NORMCHECK_CACHE), where backends.json looks for it.
# Needs a C compiler and oneDNN 2.x with headers: apt-get install gcc libdnnl-dev
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
target="${NORMCHECK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/normcheck}/onednn"
mkdir -p "$target"
library="$target/libnormcheck_onednn.so"
"${CC:-cc}" -std=c99 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra -fPIC -shared -fvisibility=hidden \
    "$here/onednn_backend.c" -o "$library.new" -ldnnl -lm
mv "$library.new" "$library"
echo "$library"
