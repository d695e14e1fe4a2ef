#!/usr/bin/env bash
# Installs TensorFlow.js: bash backends/tfjs/install.sh [VERSION ...], 4.22.0 where none is named.
set -euo pipefail
[[ $# -gt 0 ]] || set -- 4.22.0
exec bash "$(dirname "${BASH_SOURCE[0]}")/../node/install_package.sh" tfjs @tensorflow/tfjs "$@"
