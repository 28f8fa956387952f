#include "tests/support/program.h"

#include "core/base/decimal.h"
#include "tests/support/scratch_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 30

bool workshop_open(struct workshop *workshop)
{
	const char *binary = getenv("FUNDARB_BINARY");
	if (!binary || access(binary, X_OK) != 0) {
		printf("skipped: the program is not built ($FUNDARB_BINARY)\n");
		return false;
	}
	snprintf(workshop->binary, sizeof(workshop->binary), "%s", binary);
	scratch_folder_make(workshop->folder, sizeof(workshop->folder));
	return true;
}

void workshop_close(struct workshop *workshop)
{
	scratch_folder_remove(workshop->folder);
}

const char *workshop_path(const struct workshop *workshop, const char *name, char *buffer,
			  size_t size)
{
	snprintf(buffer, size, "%s/%s", workshop->folder, name);
	return buffer;
}

void workshop_write(const struct workshop *workshop, const char *name, const char *text)
{
	char path[256];
	FILE *file = fopen(workshop_path(workshop, name, path, sizeof(path)), "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

char *workshop_read(const struct workshop *workshop, const char *name)
{
	char path[256];
	FILE *file = fopen(workshop_path(workshop, name, path, sizeof(path)), "re");
	if (!file)
		return NULL;
	size_t used = 0, capacity = 1 << 16;
	char *text = malloc(capacity);
	assert_non_null(text);
	for (size_t got; (got = fread(text + used, 1, capacity - used - 1, file)) > 0;) {
		used += got;
		if (capacity - used - 1 == 0) {
			capacity *= 2;
			text = realloc(text, capacity);
			assert_non_null(text);
		}
	}
	text[used] = '\0';
	fclose(file);
	return text;
}

/* Splits `arguments` at blanks. */
static pid_t spawn(const struct workshop *workshop, const char *out, const char *err,
		   const char *arguments)
{
	char *copy = strdup(arguments), *rest = NULL;
	char *argv[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t)workshop->binary};
	assert_non_null(copy);
	size_t count = 1;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(count <= ARGUMENTS_MAX);
		argv[count++] = word;
	}
	posix_spawn_file_actions_t actions;
	pid_t process = -1;
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	posix_spawn_file_actions_addchdir_np(&actions, workshop->folder);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC,
					 0666);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC,
					 0666);
	int failed = posix_spawn(&process, workshop->binary, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(copy);
	if (failed)
		fail_msg("%s: %s", workshop->binary, strerror(failed));
	return process;
}

int workshop_run(const struct workshop *workshop, const char *arguments)
{
	int status = 0;
	pid_t process = spawn(workshop, "out", "err", arguments);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

pid_t workshop_start(const struct workshop *workshop, const char *name, const char *arguments)
{
	char out[64], err[64];
	snprintf(out, sizeof(out), "%s.out", name);
	snprintf(err, sizeof(err), "%s.err", name);
	return spawn(workshop, out, err, arguments);
}

void workshop_pause(void)
{
	struct timespec span = {0, 1000000000 / WORKSHOP_PAUSES_PER_SECOND};
	nanosleep(&span, NULL);
}

int workshop_await(pid_t process, int seconds)
{
	int status;
	for (int i = 0; i < seconds * WORKSHOP_PAUSES_PER_SECOND; i++) {
		if (waitpid(process, &status, WNOHANG) == process)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		workshop_pause();
	}
	kill(process, SIGKILL);
	waitpid(process, &status, 0);
	return -1;
}

cJSON *workshop_json(const struct workshop *workshop, const char *name)
{
	char *text = workshop_read(workshop, name);
	assert_non_null(text);
	cJSON *json = cJSON_Parse(text);
	free(text);
	assert_non_null(json);
	return json;
}

const char *recorded_data(const char *dataset, char *buffer, size_t size)
{
	const char *root = getenv("FUNDARB_DATA");
	char relative[512];
	snprintf(relative, sizeof(relative), "%s/%s", root ? root : "../shared/data", dataset);
	char *absolute = realpath(relative, NULL);
	if (!absolute) {
		printf("skipped: the recordings %s are not present\n", dataset);
		return NULL;
	}
	snprintf(buffer, size, "%s", absolute);
	free(absolute);
	return buffer;
}

const char *json_text(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	if (!cJSON_IsString(item))
		fail_msg("no text at '%s'", key);
	return item->valuestring;
}

bool rounds_to(const char *text, const char *expected)
{
	const char *point = strchr(expected, '.');
	unsigned decimals = point ? (unsigned)strlen(point + 1) : 0;
	i128 a, b;
	if (decimal_parse_rounded(text, strlen(text), decimals, ROUND_HALF_EVEN, &a) !=
		    DECIMAL_OK ||
	    decimal_parse_i128(expected, strlen(expected), decimals, &b) != DECIMAL_OK)
		return false;
	if (a != b)
		printf("  %s does not round to %s\n", text, expected);
	return a == b;
}
