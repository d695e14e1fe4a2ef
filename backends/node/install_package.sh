#!/usr/bin/env bash
# Installs versions of an npm package into the user's cache (or NORMCHECK_CACHE), each into a folder of its own, where
# backends.json looks for them: install_package.sh FOLDER PACKAGE VERSION ... A version that is there is left alone.
set -euo pipefail
name="$1" package="$2"
shift 2
place="${NORMCHECK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/normcheck}/$name"
for program in node npm; do
    command -v "$program" >/dev/null || {
        echo "$name: no $program on the PATH: expected node and npm, as from apt-get install nodejs npm" >&2
        exit 3
    }
done

loads() { (cd "$1" && node -e 'require(process.argv[1])' "./node_modules/$package") >/dev/null 2>&1; }

for version in "$@"; do
    [[ $version =~ ^[0-9]+(\.[0-9]+)*([-+][0-9A-Za-z.-]+)?$ ]] || {
        echo "$name: expected a version as 1.2.3, got '$version'" >&2
        exit 2
    }
    target="$place/$version"
    if [[ -d $target ]] && loads "$target"; then
        echo "$target"
        continue
    fi
    # Beside its place, so that no half of an installation is ever taken for a whole one.
    mkdir -p "$place"
    partial=$(mktemp -d "$place/.partial-XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    # Scripts of packages would fetch what nothing here uses, such as libraries for GPUs.
    npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$partial" "$package@$version"
    loads "$partial" || {
        echo "$name: $package@$version is installed but cannot be loaded: $(
            cd "$partial" && node -e 'require(process.argv[1])' "./node_modules/$package" 2>&1 | grep -m 1 Error
        )" >&2
        exit 1
    }
    rm -rf "$target"
    chmod 755 "$partial"
    mv "$partial" "$target"
    trap - EXIT
    echo "$target"
done
