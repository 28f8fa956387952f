/*
 * The small harness of ./run bench. Each tests/bench/bench_<what>.c exports one function that
 * measures and reports; tests/bench/main.c holds the table of them. Every figure stands beside a
 * baseline measured in the same run, because absolute figures of one machine say little.
 */
#ifndef FUNDARB_TESTS_BENCH_BENCH_H
#define FUNDARB_TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_NOTE_MAX 160

struct bench_result {
	const char *name; /* static text, as in docs/architecture.md "Budgets" */
	double value;
	const char *unit;
	double baseline; /* in the same unit */
	const char *baseline_name;
	double ratio;		   /* value / baseline; set by bench_report_add */
	char note[BENCH_NOTE_MAX]; /* what was measured on; printed, not in the JSON */
};

#define BENCH_RESULTS_MAX 64

struct bench_report {
	struct bench_result results[BENCH_RESULTS_MAX];
	size_t count;
};

/* Copies the result; aborts beyond BENCH_RESULTS_MAX or without a baseline. */
void bench_report_add(struct bench_report *report, const char *name, double value, const char *unit,
		      double baseline, const char *baseline_name);
/* A line under the result added last, cut at BENCH_NOTE_MAX. */
__attribute__((format(printf, 2, 3))) void bench_report_note(struct bench_report *report,
							     const char *format, ...);
/* Of the monotonic clock, in nanoseconds: only benchmarks read it. */
int64_t bench_now_ns(void);

/*
 * Median of `batches` (odd, at most 1001) batches of `calls` calls of work(user), in nanoseconds
 * per call.
 */
double bench_median_ns(unsigned batches, unsigned calls, void (*work)(void *user, unsigned calls),
		       void *user);

struct bench_passes {
	double best_s; /* the pass that was disturbed least */
	double mean_s;
	double processor_s; /* of the pass that needed least: a busy machine hardly changes it */
};
/*
 * Runs work(user) and baseline(user) once each to warm, then `passes` times in turns, each timed
 * alone: what else the machine does meets both alike.
 */
void bench_in_turns(unsigned passes, void (*work)(void *user), void (*baseline)(void *user),
		    void *user, struct bench_passes *worked, struct bench_passes *based);

void bench_price_provider(struct bench_report *report);
void bench_import(struct bench_report *report);
void bench_book_replay(struct bench_report *report);
void bench_backtest(struct bench_report *report);
void bench_hyperliquid_sign(struct bench_report *report);
void bench_lighter_sign(struct bench_report *report);
void bench_network(struct bench_report *report);
void bench_tick(struct bench_report *report);

#endif
