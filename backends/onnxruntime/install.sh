#!/usr/bin/env bash
# Installs ONNX Runtime for Node: bash backends/onnxruntime/install.sh [VERSION ...], 1.30.0 where none is named. Packages
# before 1.10 hold no library: their install script fetched it from a host that is gone.
set -euo pipefail
[[ $# -gt 0 ]] || set -- 1.30.0
exec bash "$(dirname "${BASH_SOURCE[0]}")/../node/install_package.sh" onnxruntime onnxruntime-node "$@"
