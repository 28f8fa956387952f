#include "tests/bench/bench.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void bench_report_add(struct bench_report *report, const char *name, double value, const char *unit,
		      double baseline, const char *baseline_name)
{
	assert(report->count < BENCH_RESULTS_MAX);
	assert(baseline > 0);
	report->results[report->count++] = (struct bench_result){
		.name = name,
		.value = value,
		.unit = unit,
		.baseline = baseline,
		.baseline_name = baseline_name,
		.ratio = value / baseline,
	};
}

void bench_report_note(struct bench_report *report, const char *format, ...)
{
	assert(report->count > 0);
	char *note = report->results[report->count - 1].note;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(note, BENCH_NOTE_MAX, format, arguments);
	va_end(arguments);
}

int64_t bench_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_value(const void *first, const void *second)
{
	double a = *(const double *)first, b = *(const double *)second;
	return (a > b) - (a < b);
}

double bench_median_ns(unsigned batches, unsigned calls, void (*work)(void *user, unsigned calls),
		       void *user)
{
	double samples[1001];
	assert(batches % 2 == 1 && batches <= 1001);
	work(user, calls); /* warm */
	for (unsigned i = 0; i < batches; i++) {
		int64_t start_ns = bench_now_ns();
		work(user, calls);
		samples[i] = (double)(bench_now_ns() - start_ns) / calls;
	}
	qsort(samples, batches, sizeof samples[0], by_value);
	return samples[batches / 2];
}

static double processor_s(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void time_pass(void (*work)(void *user), void *user, unsigned passes,
		      struct bench_passes *result)
{
	double processor_before_s = processor_s();
	int64_t start_ns = bench_now_ns();
	work(user);
	double seconds = (double)(bench_now_ns() - start_ns) / 1e9;
	if (seconds < result->best_s || result->best_s <= 0)
		result->best_s = seconds;
	result->mean_s += seconds / passes;
	double used_s = processor_s() - processor_before_s;
	if (used_s < result->processor_s || result->processor_s <= 0)
		result->processor_s = used_s;
}

void bench_in_turns(unsigned passes, void (*work)(void *user), void (*baseline)(void *user),
		    void *user, struct bench_passes *worked, struct bench_passes *based)
{
	assert(passes > 0);
	*worked = *based = (struct bench_passes){0};
	work(user);
	baseline(user);
	for (unsigned i = 0; i < passes; i++) {
		time_pass(work, user, passes, worked);
		time_pass(baseline, user, passes, based);
	}
}
