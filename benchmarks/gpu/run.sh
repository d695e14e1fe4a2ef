#!/usr/bin/env bash
# Everything to do on a machine with a GPU, one after the other: correctness, then times of ours and of peers.
#
#     benchmarks/gpu/run.sh opencl|cuda[:N] [OUT]
#
# Exit code: that of the first step that fails. Peers are left out where there is no PyTorch with a GPU.
set -euo pipefail
cd "$(dirname "$0")/../.."
device=${1:?expected opencl or cuda, with :N for another device than the first}
out=${2:-gpu-results}
mkdir -p "$out"

./normcheck doctor | tee "$out/doctor.txt"
./normcheck verify "$device" --contract faithful --dtypes f32,f16,bf16 --quiet --out "$out/verify" | tee "$out/faithful.txt"
./normcheck verify "$device" --contract compensated --dtypes f64 --cases 3000 --quiet --out "$out/verify" | tee "$out/f64.txt"
[[ $device == *:* ]] && fast="$device:fast" || fast="$device:0:fast"
./normcheck verify "$fast" --contract pairwise --cases 3000 --quiet --out "$out/verify" | tee "$out/fast.txt"
[[ $device == cuda* ]] || dotnet test tests/Properties --filter "FullyQualifiedName~Properties.Optimized.Gpu" | tee "$out/bits.txt"

# Ours before and after the peers: what the clock of the device does meanwhile shows in the difference.
for round in 1 2; do
    dotnet run -c Release --project benchmarks/gpu -- "$device" --json "$out/ours-$round.json" | tee "$out/ours-$round.txt"
    [[ $round == 2 ]] || python3 benchmarks/gpu/peers.py --json "$out/peers.json" | tee "$out/peers.txt" || [[ $? == 3 ]]
done
