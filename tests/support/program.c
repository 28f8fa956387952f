#include "tests/support/program.h"

#include "core/base/decimal.h"
#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool workshop_open(struct workshop *workshop)
{
	const char *binary = getenv("FUNDARB_BINARY");
	if (!binary || access(binary, X_OK) != 0) {
		printf("skipped: the program is not built ($FUNDARB_BINARY)\n");
		return false;
	}
	snprintf(workshop->binary, sizeof(workshop->binary), "%s", binary);
	snprintf(workshop->folder, sizeof(workshop->folder), "/tmp/fundarb-test-XXXXXX");
	assert_non_null(mkdtemp(workshop->folder));
	return true;
}

void workshop_close(struct workshop *workshop)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", workshop->folder);
	assert_int_equal(system(command), 0);
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

int workshop_run(const struct workshop *workshop, const char *arguments)
{
	char command[4096];
	int length = snprintf(command, sizeof(command), "cd '%s' && '%s' %s >out 2>err </dev/null",
			      workshop->folder, workshop->binary, arguments);
	assert_true(length > 0 && (size_t)length < sizeof(command));
	int status = system(command);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
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
