#!/usr/bin/env bash
# Public client libraries on the local testnet: conformance/run.sh FUNDARB WORK_FOLDER
# Installs them (and their Node) from npm into the work folder; skips visibly where npm is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
fundarb=$(realpath "$1")
mkdir -p "$2"
work=$(cd "$2" && pwd)
command -v npm >/dev/null || { echo "skipped: npm is not installed, public clients were not run"; exit 0; }
cp "$here"/package.json "$here"/*.mjs "$here"/*.ts "$work"/
cd "$work"
if ! npm install --no-audit --no-fund --loglevel=error >npm.log 2>&1; then
	tail -n 5 npm.log
	echo "skipped: the npm registry does not answer, public clients were not run"
	exit 0
fi
export PATH=$work/node_modules/.bin:$PATH TESTNET_LINE=$work/testnet.json
sed "s#^state_directory.*#state_directory = $work/state#" "$here/../../config/testnet.ini" >testnet.ini
"$fundarb" testnet --config testnet.ini --plain --for 5m >testnet.json 2>testnet.log &
testnet=$!
trap 'kill "$testnet" 2>/dev/null; wait "$testnet" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
	[ -s testnet.json ] && break
	sleep 0.1
done
[ -s testnet.json ] || { cat testnet.log; echo "the testnet did not start"; exit 1; }
node_modules/.bin/esbuild lighter_zklighter.ts --bundle --platform=node --format=esm \
	--external:./check.mjs --outfile=lighter_zklighter.mjs --log-level=error
failed=0
for script in hyperliquid_ccxt hyperliquid_nktkas lighter_zklighter; do
	timeout 120 node "$script.mjs" || { echo "$script FAILED"; failed=1; }
done
exit "$failed"
