/* Runs the real binary, as a user would, in a folder of the test's own. */
#ifndef FUNDARB_TESTS_SUPPORT_PROGRAM_H
#define FUNDARB_TESTS_SUPPORT_PROGRAM_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct workshop {
	char folder[64]; /* made by workshop_open, removed by workshop_close */
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
/*
 * Runs `fundarb <arguments>` there, split at blanks; output goes to the files out and err. Returns
 * its exit code.
 */
int workshop_run(const struct workshop *workshop, const char *arguments);
/* The same beside the test; its output goes to NAME.out and NAME.err. */
pid_t workshop_start(const struct workshop *workshop, const char *name, const char *arguments);
/* Its exit code; -1 and a killed process if it does not end within the seconds. */
int workshop_await(pid_t process, int seconds);
/* Between two looks at what a program does. */
#define WORKSHOP_PAUSES_PER_SECOND 50
void workshop_pause(void);
cJSON *workshop_json(const struct workshop *workshop, const char *name);

/* Folder of recordings: $FUNDARB_DATA, else ../shared/data; NULL (and a printed line) if absent. */
const char *recorded_data(const char *dataset, char *buffer, size_t size);

/* A decimal-string member, or fails the test. */
const char *json_text(const cJSON *object, const char *key);
/* True if text, rounded half-even to the decimals that `expected` has, equals it. */
bool rounds_to(const char *text, const char *expected);

#endif
