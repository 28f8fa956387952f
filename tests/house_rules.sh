#!/usr/bin/env bash
# The rules of the house that a grep can hold: include direction, one seam for time, randomness and
# threads, no unsafe calls, no floating point near money, files of one idea. Fails with the places.
set -u
failed=0
rule() { # what, output
	[ -z "$2" ] && return
	printf 'RULE BROKEN: %s\n%s\n' "$1" "$2"
	failed=1
}
files() { git ls-files -co --exclude-standard -- "$@" 2>/dev/null || find "$@" -type f; }
c_files() { files core exchanges execution strategy config src | grep -E '\.[ch]$'; }
# Code without comments, as file:line:text.
code() { awk 'FNR == 1 { inside = 0 }
	{ text = $0
	  if (inside) { end = index(text, "*/"); if (!end) next; text = substr(text, end + 2); inside = 0 }
	  while ((start = index(text, "/*"))) {
		rest = substr(text, start + 2); end = index(rest, "*/")
		if (!end) { text = substr(text, 1, start - 1); inside = 1; break }
		text = substr(text, 1, start - 1) " " substr(rest, end + 2) }
	  gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
	  print FILENAME ":" FNR ":" text }' "$@"; }

# src > strategy > execution > exchanges > core, and src > config > core; in core: store > market > base, net > base
climbs() { # folder, forbidden folders as regex
	local list
	list=$(files "$1" | grep -E '\.[ch]$')
	[ -z "$list" ] || grep -nE "#include \"($2)/" $list /dev/null
}
rule "includes never climb the stair" "$(
	climbs core/base 'core/(market|store|net)|exchanges|execution|strategy|config|src'
	climbs core/market 'core/(store|net)|exchanges|execution|strategy|config|src'
	climbs core/net 'core/(market|store)|exchanges|execution|strategy|config|src'
	climbs core/store 'core/net|exchanges|execution|strategy|config|src'
	climbs exchanges 'execution|strategy|config|src'
	climbs execution 'strategy|config|src'
	climbs strategy 'config|src'
	climbs config 'exchanges|execution|strategy|src')"

# core/net is where live time comes from. Besides it, the progress bar and the worker that syncs
# recordings are the only places with a clock or a thread of their own; neither can reach a decision.
rule "time, randomness and threads come from their one seam" "$(
	code $(c_files | grep -vE '^src/progress\.c$|^core/store/recording_sync\.c$|^core/net/network') |
		grep -E '(^|[^_a-zA-Z0-9])(time|gettimeofday|clock_gettime|clock|rand|random|srand|getrandom|uv_hrtime|uv_now|nanosleep|usleep|sleep|pthread_[a-z_]+|thrd_[a-z_]+) *\(')"
rule "no call that runs a shell or cannot be bounded" "$(
	code $(c_files) | grep -E '(^|[^_a-zA-Z0-9])(strcpy|strcat|sprintf|vsprintf|gets|system|popen|alloca|atoi|atof|strtod) *\('
	code $(files tests | grep -E '\.[ch]$') | grep -E '(^|[^_a-zA-Z0-9])(system|popen) *\(')"
rule "no binary floating point on the way to an order or a balance" "$(
	code $(files execution exchanges strategy core/market core/base core/store | grep -E '\.[ch]$') |
		grep -E '(^|[^_a-zA-Z0-9])(double|float)([^_a-zA-Z0-9]|$)')"
rule "TLS is verified, whatever the configuration says" "$(
	code $(c_files) | grep -E 'LCCSCF_(ALLOW|SKIP)_|CURLOPT_SSL_VERIFY(PEER|HOST), *0|SSL_VERIFY_NONE')"
# What the local testnet accepts must not be what our adapters happen to send.
rule "the testnet's codecs share nothing with the adapters' (curve and hash arithmetic excepted)" "$(
	grep -nE '#include "exchanges/(lighter|hyperliquid)/' $(files exchanges/testnet | grep -E '\.[ch]$') /dev/null |
		grep -vE 'exchanges/lighter/(goldilocks|quintic|ecgfp5|scalar|poseidon2|schnorr)\.h')"
rule "a file holds one idea: at most 800 lines" "$(
	for file in $(c_files) $(files tests | grep -E '\.[ch]$'); do
		lines=$(wc -l <"$file")
		[ "$lines" -le 800 ] || printf '%s: %s lines\n' "$file" "$lines"
	done)"
rule "names say what a thing is" "$(files . | grep -E '(utils?|manager|helpers?|misc|data2)\.[ch]$')"
if command -v clang-format-14 >/dev/null; then
	rule "formatted by clang-format" "$(clang-format-14 --dry-run --Werror $(c_files) $(files tests | grep -E '\.[ch]$') 2>&1 | grep -E 'error:' | head -n 5)"
else
	echo "skipped: the format of the sources is not checked, clang-format-14 is not installed (./run verify installs it)"
fi
[ "$failed" -eq 0 ] && echo "the rules of the house hold"
exit "$failed"
