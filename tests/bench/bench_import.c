/*
 * import_lines_per_s: a .gz of raw Binance lines in, a closed recording out, by the code behind
 * `fundarb import --from binance-raw`. The baseline is what any importer on a general JSON library
 * pays before it has decoded a single number: gunzip, cJSON_Parse and a walk of every line.
 */
#include "tests/bench/bench.h"
#include "tests/bench/raw_capture.h"
#include "tests/support/scratch_folder.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PASSES	       15
#define LINE_MAX_BYTES (4 << 20)

struct import_passes {
	struct raw_capture capture;
	const struct workspace *workspace;
	unsigned pass;
	uint64_t lines;
	uint64_t nodes; /* that the walk met: keeps the compiler from dropping it */
};

static void import_once(void *user)
{
	struct import_passes *passes = user;
	char name[32], out[WORKSPACE_PATH_MAX];
	snprintf(name, sizeof(name), "imported-%u", passes->pass++);
	passes->lines =
		raw_capture_import(&passes->capture, workspace_path(passes->workspace, name, out));
}

static uint64_t walk(const cJSON *node)
{
	uint64_t nodes = 0;
	for (; node != NULL; node = node->next)
		nodes += 1 + walk(node->child);
	return nodes;
}

static void parse_once(void *user)
{
	struct import_passes *passes = user;
	char *line = malloc(LINE_MAX_BYTES);
	gzFile file = gzopen(passes->capture.path, "rb");
	if (line == NULL || file == NULL)
		abort();
	gzbuffer(file, 256 << 10);
	uint64_t lines = 0;
	while (gzgets(file, line, LINE_MAX_BYTES) != NULL) {
		cJSON *message = cJSON_Parse(strchr(line, ' '));
		assert(message != NULL);
		passes->nodes += walk(message);
		cJSON_Delete(message);
		lines++;
	}
	assert(lines == passes->lines && passes->nodes > lines);
	gzclose(file);
	free(line);
}

void bench_import(struct bench_report *report)
{
	struct workspace workspace;
	scratch_folder_make(workspace.folder, sizeof(workspace.folder));
	struct import_passes passes = {.workspace = &workspace};
	raw_capture_open(&passes.capture, &workspace);
	struct bench_passes import, cjson;
	bench_in_turns(PASSES, import_once, parse_once, &passes, &import, &cjson);
	double lines = (double)passes.lines;
	bench_report_add(report, "import_lines_per_s", lines / import.best_s, "lines/s",
			 lines / cjson.best_s, "cJSON on the same lines");
	bench_report_note(report, "%s, %.0f lines; best of %d, mean %.4g, by processor time %.4g",
			  raw_capture_text(&passes.capture), lines, PASSES, lines / import.mean_s,
			  lines / import.processor_s);
	scratch_folder_remove(workspace.folder);
}
