/*
 * Runs every benchmark, or the one named by --only (for profiling); prints a table; --json FILE
 * also writes an array of the results.
 */
#include "tests/bench/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(struct bench_report *report);
} benches[] = {
	{"price_provider", bench_price_provider},
	{"import", bench_import},
	{"book_replay", bench_book_replay},
	{"backtest", bench_backtest},
	{"hyperliquid_sign", bench_hyperliquid_sign},
	{"lighter_sign", bench_lighter_sign},
	{"network", bench_network},
	{"tick", bench_tick},
};

#define BENCHES (sizeof benches / sizeof benches[0])

static bool is_bench(const char *name)
{
	for (size_t i = 0; i < BENCHES; i++)
		if (strcmp(benches[i].name, name) == 0)
			return true;
	return false;
}

/* What docs/benchmarks.md promises. People read them: a busy machine misses one without a fault. */
static const struct budget {
	const char *name;
	double limit;
	bool at_most; /* else at least */
	bool of_ratio;
} budgets[] = {
	{"price_cache_hit_ns", 50, true, false},
	{"open_leg_rest_ms", 0.55, true, true},
	{"import_lines_per_s", 600e3, false, false},
	{"book_replay_events_per_s", 40e6, false, false},
	{"backtest_events_per_s", 10e6, false, false},
	{"hyperliquid_sign_us", 60, true, false},
	{"lighter_sign_us", 64, true, false},
	{"tick_to_pair_us_p50", 220, true, false},
	{"tick_to_pair_us_p99", 600, true, false},
	{"tick_to_order_us", 50, true, false},
};

static void print_budget(const struct bench_result *result)
{
	for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
		const struct budget *budget = &budgets[i];
		if (strcmp(budget->name, result->name) != 0)
			continue;
		double value = budget->of_ratio ? result->ratio : result->value;
		bool met = budget->at_most ? value <= budget->limit : value >= budget->limit;
		printf("    budget: %s %s %.10g: %s\n", budget->of_ratio ? "ratio" : "value",
		       budget->at_most ? "at most" : "at least", budget->limit,
		       met ? "met" : "MISSED");
	}
}

static void print_result(const struct bench_result *result)
{
	printf("%-26s %14.6g %-9s %14.6g %8.4f  %s\n", result->name, result->value, result->unit,
	       result->baseline, result->ratio, result->baseline_name);
	print_budget(result);
	if (result->note[0] != '\0')
		printf("    %s\n", result->note);
}

static int write_json(const struct bench_report *report, const char *path)
{
	FILE *out = fopen(path, "w");
	if (out == NULL) {
		perror(path);
		return 1;
	}
	fputs("[", out);
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *r = &report->results[i];
		/* Names are our own plain text: nothing to escape. */
		fprintf(out,
			"%s\n  {\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", "
			"\"baseline\": %.6g, \"baseline_name\": \"%s\", \"ratio\": %.6g}",
			i == 0 ? "" : ",", r->name, r->value, r->unit, r->baseline,
			r->baseline_name, r->ratio);
	}
	fputs("\n]\n", out);
	if (ferror(out) | fclose(out)) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench_report report;
	const char *json = NULL, *only = NULL;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--json") == 0) {
			json = argv[i + 1];
		} else if (i + 1 < argc && strcmp(argv[i], "--only") == 0 &&
			   is_bench(argv[i + 1])) {
			only = argv[i + 1];
		} else {
			fprintf(stderr, "usage: %s [--json FILE] [--only NAME]; NAME is one of",
				argv[0]);
			for (size_t b = 0; b < BENCHES; b++)
				fprintf(stderr, " %s", benches[b].name);
			fputs("\n", stderr);
			return 2;
		}
	}
	printf("%-26s %14s %-9s %14s %8s  %s\n", "name", "value", "unit", "baseline", "ratio",
	       "baseline is");
	for (size_t i = 0; i < BENCHES; i++) {
		if (only != NULL && strcmp(only, benches[i].name) != 0)
			continue;
		size_t first = report.count;
		benches[i].run(&report);
		if (report.count == first)
			printf("%-26s skipped\n", benches[i].name);
		for (size_t j = first; j < report.count; j++)
			print_result(&report.results[j]);
		fflush(stdout);
	}
	return json != NULL ? write_json(&report, json) : 0;
}
