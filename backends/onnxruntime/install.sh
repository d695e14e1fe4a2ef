#!/usr/bin/env bash
# Installs ONNX Runtime for Node into the user's cache (or NORMCHECK_CACHE), where backends.json looks for it.
# Needs node and npm. Another version: bash backends/onnxruntime/install.sh 1.27
set -euo pipefail
version="${1:-1.30}"
target="${NORMCHECK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/normcheck}/onnxruntime"
mkdir -p "$target"
# The package's scripts would fetch GPU libraries, which nothing here uses.
npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$target" "onnxruntime-node@$version"
echo "$target"
