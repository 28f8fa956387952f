#include "tests/bench/bench.h"

#include <assert.h>
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
