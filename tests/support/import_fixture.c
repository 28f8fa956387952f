#include "tests/support/import_fixture.h"

#include "tests/support/scratch_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void import_fixture_begin(struct import_fixture *fixture, enum import_kind kind)
{
	memset(fixture, 0, sizeof(*fixture));
	scratch_folder_make(fixture->directory, sizeof(fixture->directory));
	snprintf(fixture->out, sizeof(fixture->out), "%s/out", fixture->directory);
	fixture->options = import_defaults();
	fixture->options.kind = kind;
	fixture->options.out = fixture->out;
}

void import_fixture_end(struct import_fixture *fixture)
{
	import_report_free(fixture->report);
	scratch_folder_remove(fixture->directory);
}

void import_fixture_path(struct import_fixture *fixture, const char *path)
{
	size_t i = fixture->file_count++;
	if (i == FIXTURE_FILES_MAX || strlen(path) >= sizeof(fixture->paths[i]))
		abort();
	strcpy(fixture->paths[i], path);
	fixture->files[i] = fixture->paths[i];
}

void import_fixture_text(struct import_fixture *fixture, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", fixture->directory, name);
	FILE *file = fopen(path, "wb");
	if (file == NULL || fputs(text, file) < 0)
		abort();
	fclose(file);
	import_fixture_path(fixture, path);
}

bool import_fixture_run(struct import_fixture *fixture)
{
	import_report_free(fixture->report);
	fixture->options.files = fixture->files;
	fixture->options.file_count = fixture->file_count;
	return import_run(&fixture->options, &fixture->report, &fixture->error);
}

uint64_t import_fixture_replay(struct import_fixture *fixture, import_fixture_visit visit,
			       void *user)
{
	struct instrument_table *instruments = instrument_table_create();
	if (instruments == NULL)
		abort();
	struct recording_reader *reader =
		recording_reader_open(fixture->out, instruments, &fixture->error);
	if (reader == NULL) {
		fprintf(stderr, "%s\n", fixture->error.text);
		abort();
	}
	struct market_event event;
	uint64_t count = 0;
	while (recording_reader_next(reader, &event, &fixture->error) == RECORDING_EVENT) {
		if (event.flags & EVENT_FLAG_KEYFRAME)
			continue;
		count++;
		if (visit != NULL)
			visit(user, &event, instruments);
	}
	recording_reader_free(reader);
	instrument_table_free(instruments);
	return count;
}

const struct import_stream *import_fixture_stream(const struct import_fixture *fixture,
						  const char *venue, const char *symbol)
{
	for (size_t i = 0; i < fixture->report->stream_count; i++) {
		const struct import_stream *stream = &fixture->report->streams[i];
		if (strcmp(stream->venue, venue) == 0 && strcmp(stream->symbol, symbol) == 0)
			return stream;
	}
	return NULL;
}

const char *import_fixture_data(const char *dataset, char *buffer, size_t size)
{
	const char *data = getenv("FUNDARB_DATA");
	snprintf(buffer, size, "%s/%s", data != NULL ? data : "../shared/data", dataset);
	if (access(buffer, R_OK) == 0)
		return buffer;
	printf("skipped: %s not present\n", buffer);
	return NULL;
}
