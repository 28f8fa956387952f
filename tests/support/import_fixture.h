/* A temporary folder with input files of a test, an import of them, and the recording's events. */
#ifndef FUNDARB_TESTS_SUPPORT_IMPORT_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_IMPORT_FIXTURE_H

#include "src/import/import.h"

#define FIXTURE_FILES_MAX 16

struct import_fixture {
	char directory[64]; /* removed with everything in it */
	char out[80];
	char paths[FIXTURE_FILES_MAX][128];
	const char *files[FIXTURE_FILES_MAX];
	size_t file_count;
	struct import_options options;
	struct import_report *report; /* of the last import */
	struct error error;
};

void import_fixture_begin(struct import_fixture *fixture, enum import_kind kind);
void import_fixture_end(struct import_fixture *fixture);
/* Adds a file of this name and text; or an existing one. */
void import_fixture_text(struct import_fixture *fixture, const char *name, const char *text);
void import_fixture_path(struct import_fixture *fixture, const char *path);
/* Runs the import; false: fixture->error says why. */
bool import_fixture_run(struct import_fixture *fixture);

/* Calls visit for every event of the recording but keyframes; returns how many. The table lives
 * until the call returns. */
typedef void (*import_fixture_visit)(void *user, const struct market_event *event,
				     const struct instrument_table *instruments);
uint64_t import_fixture_replay(struct import_fixture *fixture, import_fixture_visit visit,
			       void *user);

const struct import_stream *import_fixture_stream(const struct import_fixture *fixture,
						  const char *venue, const char *symbol);
/* Folder of recorded data, or NULL after a line that says the test was skipped. */
const char *import_fixture_data(const char *dataset, char *buffer, size_t size);

#endif
