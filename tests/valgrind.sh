#!/usr/bin/env bash
# Runs the unit and simulation tests of a gcc build under valgrind; property tests are too long for it.
set -u
build=$1
status=0
for source in tests/unit/test_*.c tests/simulation/test_*.c; do
	name=$(basename "$source" .c)
	[ -x "$build/tests/$name" ] || continue
	FUNDARB_BINARY="$PWD/$build/fundarb" FUNDARB_UNDER_VALGRIND=1 timeout 600 valgrind --quiet --error-exitcode=99 \
		--leak-check=full --errors-for-leak-kinds=definite,indirect "$build/tests/$name" >"$build/valgrind-$name.log" 2>&1
	code=$?
	if [ "$code" -ne 0 ]; then
		echo "valgrind: $name failed with $code"
		tail -n 40 "$build/valgrind-$name.log"
		status=1
	fi
done
[ "$status" -eq 0 ] && echo "valgrind: clean"
exit "$status"
