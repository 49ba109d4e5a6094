#!/bin/sh
# What the container image runs: one function under the functions framework, or the server of all.
set -eu
if [ -n "${FUNCTION_TARGET:-}" ]; then
  exec node node_modules/@google-cloud/functions-framework/build/src/main.js --source="dist/$FUNCTION_TARGET"
fi
exec node dist/gateway/index.cjs
