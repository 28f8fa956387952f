/* Runs every benchmark, prints a table; --json FILE also writes an array of the results. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(struct bench_report *report);
} benches[] = {
	{"price_provider", bench_price_provider},
};

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
	const char *json = NULL;
	if (argc == 3 && strcmp(argv[1], "--json") == 0) {
		json = argv[2];
	} else if (argc != 1) {
		fprintf(stderr, "usage: %s [--json FILE]\n", argv[0]);
		return 2;
	}
	printf("%-28s %14s %-8s %14s %8s  %s\n", "name", "value", "unit", "baseline", "ratio",
	       "baseline is");
	for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
		size_t first = report.count;
		benches[i].run(&report);
		if (report.count == first)
			printf("%-28s skipped\n", benches[i].name);
		for (size_t j = first; j < report.count; j++) {
			const struct bench_result *r = &report.results[j];
			printf("%-28s %14.6g %-8s %14.6g %8.4f  %s\n", r->name, r->value, r->unit,
			       r->baseline, r->ratio, r->baseline_name);
		}
		fflush(stdout);
	}
	return json != NULL ? write_json(&report, json) : 0;
}
