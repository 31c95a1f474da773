#!/usr/bin/env bash
# The test command: formatting, lints, documentation, every test, the benches once in test mode, and what packages need.
# What HiGHS needs to compile (cmake, libclang) is installed under the target folder when it is absent; a software
# Vulkan device, on which the code for graphics cards is tested, by apt-get.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: bash tests/run.sh [--fast] [--help] [PART..]

  (nothing)  everything, HiGHS included; its first compilation takes some minutes
  --fast     skips the packages that link HiGHS, and features; needs no cmake, no libclang and no Vulkan
  --help     this text

Tests run in `cargo nextest` where that is installed, else in `cargo test`. Licences and bans are checked where
`cargo deny` is installed. Code for CUDA is checked and not run: no test machine is asked to have such a card.

parts, for whoever works on one of them; none needs HiGHS, and only `neural` needs Vulkan:
  core       the solvers, data files, forests, training, formats, the library as one
  tool       the command-line tool without its features
  neural     networks, with the code for graphics cards

environment:
  CARGO_TARGET_DIR  build folder, default `target`
  SECATEUR_DATA     folder of the real data sets, default `../shared/data` where that exists;
                    without either, tests on real data skip with a printed line
  CMAKE, CMAKE_TOOLCHAIN_FILE, LIBCLANG_PATH, BINDGEN_EXTRA_CLANG_ARGS
                    left as they are when set

To run cargo by hand with the same tools, and so without compiling HiGHS again:
  source target/tools/env
USAGE
}

fast=false
parts=()
for argument in "$@"; do
    case $argument in
        --fast) fast=true ;;
        core | tool | neural) parts+=("$argument") ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
done

# An exported folder may be relative to where the caller stands: resolve it before moving.
export CARGO_TARGET_DIR
if [[ -n ${CARGO_TARGET_DIR:-} ]]; then
    CARGO_TARGET_DIR=$(realpath -m "$CARGO_TARGET_DIR")
    cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
else
    cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
    CARGO_TARGET_DIR=$PWD/target
fi
tools=$CARGO_TARGET_DIR/tools
log=$tools/install.log
summary=()

if [[ -z ${SECATEUR_DATA:-} && -d ../shared/data ]]; then
    SECATEUR_DATA=$(realpath ../shared/data)
    export SECATEUR_DATA
fi

# ---- steps ---------------------------------------------------------------------------------------

# step NAME COMMAND..: heading, command, seconds; the name of the first step to fail is the last line.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        printf '\nafter %d s, failed step: %s\n' $((SECONDS - started)) "$name"
        exit 1
    fi
    summary+=("$(printf '%5d s  %s' $((SECONDS - started)) "$name")")
    printf -- '-- %s: %d s\n' "$name" $((SECONDS - started))
}

has() { command -v "$1" >/dev/null 2>&1; }

complain() {
    printf '%s\n' "$*" >&2
    return 1
}

# ---- tools ---------------------------------------------------------------------------------------

toolchain() {
    has cargo || complain 'cargo not found: install the Rust toolchain (rustup, stable)' || return
    local component
    for component in rustfmt clippy; do
        cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
        { has rustup && rustup --quiet component add "$component"; } \
            || complain "$component not found: rustup component add $component" || return
    done
    cargo --version
}

# cmake 3.15 or newer, as HiGHS asks.
cmake_found() {
    local version
    version=$("${CMAKE:-cmake}" --version 2>/dev/null | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
    [[ -n $version && $(printf '%s\n3.15\n' "$version" | sort -V | head -n 1) == 3.15 ]]
}

# libclang where the build script of bindgen would look; libclang-cpp is another library.
libclang_found() {
    local folder file
    if [[ -f ${LIBCLANG_PATH:-} ]]; then return 0; fi
    while read -r folder; do
        for file in "$folder"/libclang.so* "$folder"/libclang-[0-9]*.so*; do
            [[ -f $file ]] && return 0
        done
    done < <(
        [[ -z ${LIBCLANG_PATH:-} ]] || { printf '%s\n' "$LIBCLANG_PATH" && exit; }
        has llvm-config && llvm-config --libdir
        printf '%s\n' /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib
    )
    return 1
}

# The headers that belong to a compiler (stddef.h and others) are not in the Python package.
compiler_headers() {
    local folder
    folder=$(c++ -print-file-name=include 2>/dev/null || g++ -print-file-name=include)
    [[ -d $folder ]] && printf '%s' "-I$folder"
}

# install_with_pip PREFIX..: cmake and libclang from Python packages, no administrator needed.
install_with_pip() {
    has python3 || return
    rm -rf "$tools/venv" "$tools/packages"
    local quiet=(--quiet --disable-pip-version-check --no-input)
    {
        python3 -m venv "$tools/venv" \
            && "$tools/venv/bin/python" -m pip install "${quiet[@]}" 'cmake<5' libclang
    } >>"$log" 2>&1 && return
    # Debian without python3-venv: pip into a plain folder.
    rm -rf "$tools/venv"
    python3 -m pip install "${quiet[@]}" --target "$tools/packages" 'cmake<5' libclang >>"$log" 2>&1
}

# install_with_apt PACKAGE..: where the user may.
install_with_apt() {
    [[ $(id -u) == 0 ]] && has apt-get || return
    {
        apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
    } >>"$log" 2>&1
}

# Writes the exports that make the installed Python packages visible; what the caller has set stays.
write_env() {
    local cmake libclang headers
    cmake=$(find "$tools/venv" "$tools/packages" -path '*/cmake/data/bin/cmake' 2>/dev/null | head -n 1)
    libclang=$(find "$tools/venv" "$tools/packages" -path '*/clang/native/libclang.so' 2>/dev/null | head -n 1)
    [[ -n $cmake && -n $libclang ]] || return
    headers=$(compiler_headers) || headers=
    {
        printf 'export PATH=%q:"$PATH"\n' "$(dirname "$cmake")"
        printf 'export LIBCLANG_PATH=${LIBCLANG_PATH-%q}\n' "$(dirname "$libclang")"
        printf 'export BINDGEN_EXTRA_CLANG_ARGS=${BINDGEN_EXTRA_CLANG_ARGS-%q}\n' "$headers"
    } >"$tools/env"
}

build_tools() {
    local missing=() program
    for program in c++ make; do has "$program" || missing+=("$program"); done
    if ((${#missing[@]})); then
        complain "${missing[*]} not found, HiGHS needs a C++ compiler and make: apt-get install g++ make" || return
    fi
    if [[ -n ${LIBCLANG_PATH:-} ]] && ! libclang_found; then
        complain "LIBCLANG_PATH is $LIBCLANG_PATH, where no libclang is: correct or unset it" || return
    fi
    # Once written, the same file serves every run: another libclang would compile HiGHS again.
    # shellcheck source=/dev/null
    if [[ ! -f $tools/env ]] || ! (source "$tools/env" && cmake_found && libclang_found); then
        rm -f "$tools/env"
        mkdir -p "$tools"
        if cmake_found && libclang_found; then
            printf '# cmake and libclang are those of the system\n' >"$tools/env"
        elif install_with_pip && write_env; then
            printf 'installed cmake and libclang under %s\n' "$tools"
        elif install_with_apt cmake libclang-dev; then
            printf '# cmake and libclang are those of the system\n' >"$tools/env"
            printf 'installed cmake and libclang-dev with apt-get\n'
        fi
    fi
    if [[ -f $tools/env ]] && ! grep -q CMAKE_TOOLCHAIN_FILE "$tools/env"; then
        printf 'export CMAKE_TOOLCHAIN_FILE=${CMAKE_TOOLCHAIN_FILE-%q}\n' "$PWD/tests/highs.cmake" >>"$tools/env"
    fi
    # shellcheck source=/dev/null
    [[ -f $tools/env ]] && source "$tools/env"
    if ! cmake_found || ! libclang_found; then
        rm -f "$tools/env"
        [[ ! -f $log ]] || tail -n 5 "$log" >&2
        complain 'HiGHS needs cmake >= 3.15 and libclang, and neither pip nor apt-get could install them:' \
            'apt-get install cmake libclang-dev (or use --fast)' || return
    fi
    printf 'cmake: %s\nlibclang: %s\n' "$(command -v "${CMAKE:-cmake}")" "${LIBCLANG_PATH:-of the system}"
}

# A Vulkan loader and at least one driver; Apple's systems have Metal instead.
vulkan_found() {
    [[ $(uname) == Darwin ]] && return
    local file
    for file in /usr/lib/*-linux-gnu/libvulkan.so.1 /usr/lib64/libvulkan.so.1 /usr/lib/libvulkan.so.1; do
        if [[ -e $file ]]; then
            compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null
            return
        fi
    done
    return 1
}

# Mesa's software device stands in for a graphics card. From here on a test that finds no device fails.
vulkan() {
    local packages=(mesa-vulkan-drivers libvulkan1)
    mkdir -p "$tools"
    if ! vulkan_found; then
        if ! install_with_apt "${packages[@]}" || ! vulkan_found; then
            [[ ! -f $log ]] || tail -n 5 "$log" >&2
            complain "no Vulkan device, not even Mesa's software one, and apt-get could not install it (that needs root):" \
                "apt-get install ${packages[*]} (or use --fast)" || return
        fi
        printf 'installed %s with apt-get\n' "${packages[*]}"
    fi
    export SECATEUR_REQUIRE_VULKAN=1
    if [[ -z ${XDG_RUNTIME_DIR:-} ]]; then # Mesa complains without
        export XDG_RUNTIME_DIR=$tools/runtime
        mkdir -p -m 700 "$XDG_RUNTIME_DIR"
    fi
    printf 'drivers: %s\n' "$(find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name '*.json' -printf '%f ' 2>/dev/null)"
}

# ---- what to build -------------------------------------------------------------------------------

# Every feature of the workspace that needs no CUDA, but for benches on graphics cards, which are checked. Compared with the manifests by `tests/tests/layout.rs`.
tested_features=(
    secateur/smartcore secateur/onnx secateur/neural-wgpu secateur-program/testing secateur-datasets/embedded secateur-datasets/xz
    secateur-forest/intervals secateur-forest/testing secateur-formats/smartcore secateur-formats/onnx secateur-corpora/pictures
    secateur-neural/wgpu secateur-neural/testing secateur-device-tests/wgpu secateur-cli/highs secateur-cli/neural
    secateur-tests/neural secateur-benches/neural secateur-benches/highs
)

# One selection of packages and features for lints and documentation, which check everything, and one for what is
# compiled and run, which leaves out CUDA: Cargo would not share the two anyway.
select_packages() {
    selection=(--workspace --all-features)
    built=(--workspace --features "$(IFS=, && printf '%s' "${tested_features[*]}")")
    if ((${#parts[@]})); then
        local part name features=()
        selection=()
        for part in "${parts[@]}"; do
            case $part in
                core)
                    for name in program selection subset graph datasets files forest train formats; do
                        selection+=(-p "secateur-$name")
                    done
                    selection+=(-p secateur)
                    features+=(secateur-program/testing secateur-datasets/embedded secateur-datasets/xz
                        secateur-forest/testing secateur-formats/smartcore secateur-formats/onnx)
                    ;;
                tool) selection+=(-p secateur-cli) ;;
                neural)
                    selection+=(-p secateur-neural -p secateur-methods -p secateur-device-tests)
                    features+=(secateur-neural/testing secateur-device-tests/wgpu)
                    ;;
            esac
        done
        ((${#features[@]} == 0)) || selection+=(--features "$(IFS=, && printf '%s' "${features[*]}")")
        built=("${selection[@]}")
        printf 'parts: %s\n' "${parts[*]}"
    elif $fast; then
        local package
        selection=(--workspace)
        for package in $(cargo tree --workspace --invert highs-sys --edges all --prefix none --format '{p}' \
            | sed -n "s|^\([^ ]*\) v[^ ]* ($PWD.*|\1|p" | sort -u); do
            selection+=(--exclude "$package")
            printf 'skipped, links HiGHS: %s\n' "$package"
        done
        built=("${selection[@]}")
    fi
}

fetch() { cargo fetch --locked --quiet; }

clippy() { cargo clippy "${selection[@]}" --all-targets -- -D warnings; }

document() { RUSTDOCFLAGS=-Dwarnings cargo doc "${selection[@]}" --no-deps; }

# Examples of the documentation are tests that nextest does not know.
tests() {
    if has cargo-nextest; then
        cargo nextest run "${built[@]}" --no-fail-fast && cargo test "${built[@]}" --doc
    else
        cargo test "${built[@]}"
    fi
}

# What the stated minimal version compiles: this toolchain itself, or that one where it can be had.
minimal_version() {
    local stated
    mkdir -p "$tools"
    stated=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    if [[ $(cargo --version) == "cargo $stated."* ]]; then
        printf 'Rust %s is the toolchain of all steps\n' "$stated"
    elif has rustup && rustup --quiet toolchain install "$stated" --profile minimal >>"$log" 2>&1; then
        RUSTUP_TOOLCHAIN=$stated CARGO_TARGET_DIR=$CARGO_TARGET_DIR/minimal cargo check "${selection[@]}" --lib --bins
    else
        printf 'NOT CHECKED: Rust %s, which Cargo.toml promises, is neither here nor can it be installed\n' "$stated"
    fi
}

# What is published can be packed: files, metadata, versions beside paths. The packages themselves are compiled by
# `cargo package` without --no-verify, before a release.
packages() {
    local excluded=() package
    for package in tests device-tests benches corpora; do excluded+=(--exclude "secateur-$package"); done
    cargo package --workspace "${excluded[@]}" --locked --allow-dirty --no-verify --quiet
}

dependencies() {
    if ! has cargo-deny; then
        printf 'NOT CHECKED: licences and bans, for want of cargo deny (cargo install cargo-deny --locked)\n'
        return
    fi
    cargo deny --all-features check --config tests/deny.toml --hide-inclusion-graph licenses bans sources
}

bench_once() {
    if ((${#parts[@]})); then
        printf 'benches belong to no part\n'
        return
    fi
    if ! grep -q '^\[\[bench\]\]' benches/Cargo.toml && ! compgen -G 'benches/benches/*.rs' >/dev/null; then
        printf 'no benches\n'
        return
    fi
    cargo test "${built[@]}" --bench '*'
}

asked() { ((${#parts[@]} == 0)) || [[ " ${parts[*]} " == *" $1 "* ]]; }

printf 'secateur: %s\n' "$($fast && printf 'everything but HiGHS' || printf 'everything')"
printf 'real data: %s\n' "${SECATEUR_DATA:-none, tests on real data skip}"
step 'toolchain' toolchain
((${#parts[@]})) || $fast || step 'tools for HiGHS' build_tools
$fast || ! asked neural || step 'Vulkan device' vulkan
step 'fetch' fetch
step 'selection' select_packages
step 'fmt' cargo fmt --all --check
step 'clippy' clippy
step 'doc' document
step 'test' tests
step 'benches' bench_once
if ((${#parts[@]} == 0)); then
    step 'minimal version' minimal_version
    step 'package' packages
    step 'deny' dependencies
fi

printf '\n'
[[ -n ${SECATEUR_DATA:-} ]] || printf 'NOT TESTED, for want of SECATEUR_DATA: everything on real data sets\n'
printf '%s\n' "${summary[@]}"
printf 'all steps passed in %d s\n' "$SECONDS"
