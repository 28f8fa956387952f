/*
 * The raw capture of one Binance USD-M market that benchmarks import: the recorded one where it is
 * present, else one made up with the same lines (depth, bookTicker, trade, one snapshot) in about
 * the same proportions, the same on every machine.
 */
#ifndef FUNDARB_TESTS_BENCH_RAW_CAPTURE_H
#define FUNDARB_TESTS_BENCH_RAW_CAPTURE_H

#include "tests/bench/workspace.h"

#include <stdint.h>

struct raw_capture {
	char path[WORKSPACE_PATH_MAX];
	bool recorded; /* else made up, in the workspace */
};

/* Aborts if it can neither be found nor written. */
void raw_capture_open(struct raw_capture *capture, const struct workspace *workspace);
/* For notes: "recorded BTCUSDT" or "made-up BTCUSDT". */
const char *raw_capture_text(const struct raw_capture *capture);
/* Imports it into a new recording at `out`, by the code of `fundarb import`; returns its lines. */
uint64_t raw_capture_import(const struct raw_capture *capture, const char *out);

#endif
