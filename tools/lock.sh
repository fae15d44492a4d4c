#!/bin/sh
# Write the lock files: the same versions, with hashes, for every platform and every Python from 3.11 up.
set -eu
cd "$(dirname "$0")/.."
compile() {
    out=$1; shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --upgrade --output-file "requirements/$out" "$@"
}
command -v uv >/dev/null || { echo "needs uv: pip install uv" >&2; exit 1; }
compile run.lock pyproject.toml
compile dev.lock --group dev --extra loadtest --constraint requirements/run.lock --no-emit-package gameserver pyproject.toml
printf "hatchling\neditables\n" | compile build.lock -
compile ../loadtest/peers/requirements.lock loadtest/peers/requirements.in
