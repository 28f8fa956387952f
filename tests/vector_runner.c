/*
 * vector_runner FILE...: runs every case of official vector files. Prints a line per file and every
 * case that fails; exits with 0 only if each file has cases and all of them pass.
 */
#include "tests/support/vector_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)

static cJSON *read_json(const char *path)
{
	FILE *file = fopen(path, "rbe");
	cJSON *root = NULL;
	char *text = NULL;
	if (file == NULL) {
		perror(path);
		return NULL;
	}
	if (fseek(file, 0, SEEK_END) == 0) {
		long size = ftell(file);
		if (size > 0 && (size_t)size <= FILE_BYTES_MAX && fseek(file, 0, SEEK_SET) == 0)
			text = malloc((size_t)size + 1);
		if (text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size)
			root = cJSON_ParseWithLength(text, (size_t)size);
	}
	fclose(file);
	free(text);
	if (root == NULL)
		printf("%s: is not readable as JSON\n", path);
	return root;
}

/* What a file calls its venue: a text somewhere near its top. */
static const char *named_venue(const cJSON *root)
{
	const char *const holders[] = {"meta", "about", NULL};
	const cJSON *venue = cJSON_GetObjectItemCaseSensitive(root, "venue");
	for (size_t i = 0; venue == NULL && holders[i] != NULL; i++)
		venue = cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(root, holders[i]), "venue");
	return cJSON_IsString(venue) ? venue->valuestring : NULL;
}

static bool cases_have(const cJSON *root, const char *key)
{
	const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "cases"), 0);
	return cJSON_GetObjectItemCaseSensitive(first, key) != NULL;
}

static vector_case case_of(const cJSON *root)
{
	if (cJSON_GetObjectItemCaseSensitive(root, "meta") != NULL && cases_have(root, "op"))
		return vector_case_lighter;
	if (cJSON_GetObjectItemCaseSensitive(root, "about") != NULL && cases_have(root, "kind"))
		return vector_case_hyperliquid;
	return NULL;
}

static bool run_file(const char *path)
{
	cJSON *root = read_json(path);
	unsigned passed = 0, failed = 0;
	const cJSON *single;
	if (root == NULL)
		return false;
	vector_case run = case_of(root);
	if (run == NULL) {
		const char *venue = named_venue(root);
		printf("%s: %s%s\n", path,
		       venue != NULL ? "no adapter is there for " : "no cases of a known form",
		       venue != NULL ? venue : "");
		cJSON_Delete(root);
		return false;
	}
	cJSON_ArrayForEach(single, cJSON_GetObjectItemCaseSensitive(root, "cases"))
	{
		const cJSON *id = cJSON_GetObjectItemCaseSensitive(single, "id");
		char why[1024] = "";
		if (run(single, why, sizeof(why))) {
			passed++;
			continue;
		}
		failed++;
		printf("  %s: %s\n", cJSON_IsString(id) ? id->valuestring : "(no id)", why);
	}
	printf("%s: %u passed, %u failed\n", path, passed, failed);
	cJSON_Delete(root);
	return failed == 0 && passed > 0;
}

int main(int count, char **paths)
{
	bool all = count > 1;
	if (!all)
		fprintf(stderr, "usage: %s FILE...\n", paths[0]);
	for (int i = 1; i < count; i++)
		all = run_file(paths[i]) && all;
	return all ? 0 : 1;
}
