#!/usr/bin/env bash
# Records the golden vectors of real systems: all of the list below, or those named as arguments. Run it where the system
# is installed (./normcheck doctor says how); a file of another version of the system stays beside the new one.
set -euo pipefail
cd "$(dirname "$0")/../../.."

systems=(pytorch onednn onnxruntime@1.20.1 onnxruntime@1.30.0 tfjs)
[[ $# -gt 0 ]] && systems=("$@")

for system in "${systems[@]}"; do
    ./normcheck record "$system" --cases tests/Golden/recorded/cases.txt --out tests/Golden/recorded
done
