#!/usr/bin/env bash
# Runs every test program of a gcc build under valgrind, then the program itself: it generates two
# hours of market and backtests them. Tests do fewer rounds here and say so ("reduced: ...").
set -u
build=$1
export build FUNDARB_BINARY="$PWD/$build/fundarb" FUNDARB_BUILD=release FUNDARB_UNDER_VALGRIND=1
export watch="valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect"
logs=$build/valgrind
rm -rf "$logs"
mkdir -p "$logs"
export logs
under_valgrind() { # name, command...
	local name=$1 started=$SECONDS code
	shift
	timeout 600 $watch "$@" >"$logs/$name.log" 2>&1
	code=$?
	if [ "$code" -ne 0 ]; then
		printf 'valgrind: %s failed with %s\n' "$name" "$code"
		tail -n 40 "$logs/$name.log"
		return 1
	fi
	printf '%5d s  %s\n' $((SECONDS - started)) "$name" >>"$logs/times"
}
export -f under_valgrind

# Hours of virtual time with both venues, or hundreds of backtests: the sanitized build runs these.
# What they go through is covered here by test_whole_program and the program's own run below.
left_out=(test_demo_recording test_opening_on_streams test_session_replay test_soak test_whole_faults
	test_strategy_exits test_strategy_trading test_strategy_flapping test_funding_knobs)
for name in "${left_out[@]}"; do
	[ -x "$build/tests/$name" ] || { echo "valgrind: $name is not built"; exit 1; }
	echo "skipped: $name under valgrind, it takes too long"
done
programs=()
for source in tests/unit/test_*.c tests/property/test_*.c tests/simulation/test_*.c; do
	name=$(basename "$source" .c)
	[[ " ${left_out[*]} " == *" $name "* ]] && continue
	[ -x "$build/tests/$name" ] || { echo "valgrind: $name is not built"; exit 1; }
	programs+=("$name")
done
status=0
printf '%s\0' "${programs[@]}" |
	xargs -0 -P "$(nproc)" -I{} bash -c 'under_valgrind "$1" "$build/tests/$1"' run {} || status=1

# What the test of constant time relies on: a branch on a byte that is marked as secret is an error.
timeout 60 $watch "$build/tests/test_lighter_constant_time" control >"$logs/constant_time_control.log" 2>&1
code=$?
if [ "$code" -ne 99 ]; then
	echo "valgrind: a branch on a secret byte went unseen (exit code $code, expected 99)"
	status=1
fi

folder=$build/valgrind/demo
mkdir -p "$folder"
sed 's#\.\./build/demo/##' config/backtest-demo.ini >"$folder/demo.ini"
under_valgrind generate "$FUNDARB_BINARY" generate --out "$folder/recording" --hours 2 || status=1
under_valgrind backtest "$FUNDARB_BINARY" backtest --config "$folder/demo.ini" --json "$folder/report.json" || status=1

grep -hE '^(skipped|reduced): ' "$logs"/*.log | sort | uniq -c | sed -E 's/^ *1 /  /'
[ "$status" -eq 0 ] && echo "valgrind: ${#programs[@]} test programs and the program itself are clean"
exit "$status"
