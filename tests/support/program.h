/* Runs the real binary, as a user would, in a folder of the test's own. */
#ifndef FUNDARB_TESTS_SUPPORT_PROGRAM_H
#define FUNDARB_TESTS_SUPPORT_PROGRAM_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct workshop {
	char folder[64]; /* made by mkdtemp, removed by workshop_close */
	char binary[512];
};

/* False (and a printed line) if the binary is not built. */
bool workshop_open(struct workshop *workshop);
void workshop_close(struct workshop *workshop);
/* Absolute path of a file there; returns buffer. */
const char *workshop_path(const struct workshop *workshop, const char *name, char *buffer,
			  size_t size);
void workshop_write(const struct workshop *workshop, const char *name, const char *text);
/* Whole file as text, NUL-terminated, owned by the caller; NULL if it is not there. */
char *workshop_read(const struct workshop *workshop, const char *name);
/* Runs `fundarb <arguments>` there (a shell line); output goes to the files out and err. */
int workshop_run(const struct workshop *workshop, const char *arguments);
cJSON *workshop_json(const struct workshop *workshop, const char *name);

/* Folder of recordings: $FUNDARB_DATA, else ../shared/data; NULL (and a printed line) if absent. */
const char *recorded_data(const char *dataset, char *buffer, size_t size);

/* A decimal-string member, or fails the test. */
const char *json_text(const cJSON *object, const char *key);
/* True if text, rounded half-even to the decimals that `expected` has, equals it. */
bool rounds_to(const char *text, const char *expected);

#endif
