#!/bin/sh
# Measures Molmo2's kernels on this machine's GPU and writes report.json and report.html beside this file.
#   ./run.sh [bench] [options]     the benchmark; --help lists its options
#   ./run.sh parity [options]      compares golden cases with the PyTorch model's numbers; --help lists its options
#   ./run.sh node SCRIPT ARGS      runs a script of yours with the same Node and WebGPU: import { create } from 'webgpu'
#   ./run.sh synth molmo2-4b DIR   a bundle of random weights of a released model's size
#   ./run.sh verify DIR            checks such a bundle
# SW=1 ./run.sh measures on the processor. VK_DRIVER_FILES names a Vulkan driver file that is not found by itself.
set -eu
case "$0" in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(cd "$here" && pwd)
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"

add_libraries() { export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$1"; }
fail() { echo "$*" >&2; exit 1; }

# The system's own libraries come first: its drivers may need newer ones than lie here.
loads() { "$here/node" -e "require(process.argv[1])" "$here/app/node_modules/webgpu/dist/linux-x64/dawn.node" >/dev/null 2>&1; }
loads || { add_libraries "$here/lib/cxx"; loads; } ||
  fail "Node or Dawn does not start here: they need Linux on x86-64 with glibc 2.34 or newer."
case "$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || :)" in
  *"libvulkan.so.1 (libc6,x86-64)"*) ;;
  *) add_libraries "$here/lib/vulkan" ;;
esac

case "${1:-}" in
  synth | verify) exec "$here/node" "$here/app/cli.js" "$@" ;;
esac

use_driver() {
  unset VK_DRIVER_FILES
  export VK_ICD_FILENAMES="$1"
}
has_gpu() { adapter=$("$here/node" "$here/app/probe.js" 2>/dev/null); }

# Containers put NVIDIA's libraries here, where the linker does not look.
[ ! -d /usr/local/nvidia/lib64 ] || add_libraries /usr/local/nvidia/lib64

# Sets the variables of the first driver that finds a GPU: the user's or the system's, then those in places where
# containers put them, then NVIDIA's libraries without a driver file.
find_gpu() {
  has_gpu && return
  [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && return 1
  for file in /usr/local/nvidia/share/vulkan/icd.d/*.json /usr/local/nvidia/vulkan/icd.d/*.json \
    /opt/amdgpu*/share/vulkan/icd.d/*.json "$here"/drivers/*.json; do
    [ -e "$file" ] || continue
    use_driver "$file"
    has_gpu && return
  done
  return 1
}

if [ -n "${SW:-}" ]; then
  # A driver that the user names may be another one for processors.
  [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || use_driver "$here/drivers/software/vk_swiftshader_icd.json"
elif find_gpu; then
  echo "GPU: $adapter"
else
  fail "No GPU was found: Vulkan offers none here${adapter:+ but $adapter}. Install the GPU's Vulkan driver, or set VK_DRIVER_FILES to its .json file; SW=1 ./run.sh measures on the processor."
fi
case "${1:-}" in
  parity)
    shift
    exec "$here/node" "$here/app/parity.js" --json "$here/parity.json" "$@"
    ;;
  node)
    # Packages are looked for beside a script, and the archive's lie elsewhere.
    shift
    exec "$here/node" --import "$here/app/packages.js" "$@"
    ;;
  bench) shift ;;
esac
# The archive has no decoder of videos: answers to sample files are left out.
export MOLMO2_BENCH_MEDIA=none
exec "$here/node" "$here/app/bench.js" --runtime node --json "$here/report.json" --html "$here/report.html" "$@"
