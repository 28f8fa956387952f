#include "config/testnet_config.h"

#include "config/testnet_schema.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_CHARACTERS 255
#define FILE_MAX_BYTES	    (256 * 1024)

struct loading {
	struct testnet_config *config;
	char folder[TESTNET_TEXT_MAX + 1];
	int line;
	const char *section; /* of the schema; NULL before the first */
	void *base;
	int key_lines[TESTNET_KEYS_MAX];
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct loading *loading,
						       const char *format, ...)
{
	char problem[400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return error_set(loading->err, ERROR_CONFIGURATION, "%s:%d: %s", loading->config->path,
			 loading->line, problem);
}

static bool is_account(const char *section)
{
	return strcmp(section, "account") == 0;
}

static void store_defaults(const struct loading *loading, bool accounts, void *base)
{
	for (size_t i = 0; i < TESTNET_KEY_COUNT; i++) {
		const struct testnet_key *key = &TESTNET_KEYS[i];
		if (is_account(key->section) != accounts || key->default_text[0] == '\0')
			continue;
		bool stored = testnet_store(key, key->default_text, loading->folder, base, NULL);
		assert(stored);
	}
}

/* ---- sections ----------------------------------------------------------------------------------
 */

static bool open_account(struct loading *loading, const char *name)
{
	struct testnet_config *config = loading->config;
	size_t length = strlen(name);
	if (length == 0 || length > 31 || strcspn(name, " \t\"\\") != length)
		return fail(loading,
			    "an account is [account NAME], one word of 1 to 31 characters");
	for (size_t i = 0; i < config->account_count; i++)
		if (strcmp(config->accounts[i].name, name) == 0)
			return fail(loading, "[account %s] is already at line %d", name,
				    config->accounts[i].line);
	if (config->account_count == TESTNET_ACCOUNTS_MAX)
		return fail(loading, "more than %d accounts", TESTNET_ACCOUNTS_MAX);
	struct testnet_config_account *account = &config->accounts[config->account_count++];
	memcpy(account->name, name, length + 1);
	account->line = loading->line;
	store_defaults(loading, true, account);
	loading->base = account;
	for (size_t i = 0; i < TESTNET_KEY_COUNT; i++)
		if (is_account(TESTNET_KEYS[i].section))
			loading->key_lines[i] = 0;
	return true;
}

static bool open_section(struct loading *loading, char *name)
{
	size_t word = strcspn(name, " \t");
	char *argument = name + word + strspn(name + word, " \t");
	name[word] = '\0';
	loading->section = NULL;
	for (size_t i = 0; i < TESTNET_KEY_COUNT; i++)
		if (strcmp(TESTNET_KEYS[i].section, name) == 0)
			loading->section = TESTNET_KEYS[i].section;
	if (loading->section == NULL)
		return fail(loading,
			    "[%.40s] is not a section; there are [testnet], [market], "
			    "[lighter], [hyperliquid], [account NAME]",
			    name);
	if (is_account(loading->section))
		return open_account(loading, argument);
	if (argument[0] != '\0' && argument != name + word)
		return fail(loading, "[%s] takes no name", loading->section);
	loading->base = loading->config;
	return true;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static char *trim(char *text)
{
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		text[--length] = '\0';
	return text;
}

static bool take_key(struct loading *loading, const char *name, const char *value)
{
	const struct testnet_key *elsewhere = NULL;
	struct error err = {0};
	if (loading->section == NULL)
		return fail(loading, "%.40s stands before the first [section]", name);
	for (size_t i = 0; i < TESTNET_KEY_COUNT; i++) {
		const struct testnet_key *key = &TESTNET_KEYS[i];
		if (strcmp(key->name, name) != 0)
			continue;
		if (strcmp(key->section, loading->section) != 0) {
			elsewhere = key;
			continue;
		}
		if (loading->key_lines[i] != 0 && !testnet_key_repeats(key))
			return fail(loading, "%s is already at line %d", name,
				    loading->key_lines[i]);
		loading->key_lines[i] = loading->line;
		return testnet_store(key, value, loading->folder, loading->base, &err) ||
		       fail(loading, "%s", err.text);
	}
	if (elsewhere != NULL)
		return fail(loading, "%.40s is not a key of [%s]; it belongs to [%s]", name,
			    loading->section, elsewhere->section);
	return fail(loading, "%.40s is not a key of [%s]; docs/testnet.md lists them", name,
		    loading->section);
}

static bool take_line(struct loading *loading, char *line)
{
	for (const char *at = line; *at; at++)
		if ((unsigned char)*at < ' ' && *at != '\t')
			return fail(loading, "byte %d is a control character",
				    (int)(at - line) + 1);
	if (line[0] == ' ' || line[0] == '\t') {
		if (*trim(line) == '\0')
			return true;
		return fail(loading, "the line begins with a blank");
	}
	if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
		return true;
	/* A comment in a line begins with a blank and ';'. */
	for (char *at = line; (at = strchr(at, ';')) != NULL; at++) {
		if (at[-1] == ' ' || at[-1] == '\t') {
			*at = '\0';
			break;
		}
	}
	char *text = trim(line);
	size_t length = strlen(text);
	if (text[0] == '[') {
		if (text[length - 1] != ']')
			return fail(loading, "a section is [name] alone on its line");
		text[length - 1] = '\0';
		return open_section(loading, trim(text + 1));
	}
	char *equal = strchr(text, '=');
	if (equal == NULL || equal == text)
		return fail(loading, "'%.60s' is not 'key = value'", text);
	*equal = '\0';
	return take_key(loading, trim(text), trim(equal + 1));
}

static bool take_text(struct loading *loading, const char *text, size_t length)
{
	char line[LINE_MAX_CHARACTERS + 1];
	for (size_t at = 0; at < length;) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t count = end != NULL ? (size_t)(end - text) - at : length - at;
		const char *start = text + at;
		at += count + (end != NULL);
		loading->line++;
		if (count > 0 && start[count - 1] == '\r')
			count--;
		if (count > LINE_MAX_CHARACTERS)
			return fail(loading, "the line has %zu characters; at most %d are allowed",
				    count, LINE_MAX_CHARACTERS);
		if (memchr(start, '\0', count) != NULL)
			return fail(loading, "the line holds a NUL");
		memcpy(line, start, count);
		line[count] = '\0';
		if (!take_line(loading, line))
			return false;
	}
	return true;
}

bool testnet_config_load_text(const char *path, const char *text, size_t length,
			      struct testnet_config *config, struct error *err)
{
	struct loading loading = {.config = config, .err = err};
	const char *slash = strrchr(path, '/');
	memset(config, 0, sizeof(*config));
	if (strlen(path) > TESTNET_TEXT_MAX - 32)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: the path of a configuration has at most %d characters", path,
				 TESTNET_TEXT_MAX - 32);
	snprintf(config->path, sizeof(config->path), "%s", path);
	if (slash != NULL)
		snprintf(loading.folder, sizeof(loading.folder), "%.*s", (int)(slash - path) + 1,
			 path);
	store_defaults(&loading, false, config);
	if (!take_text(&loading, text, length))
		return false;
	if (config->account_count == 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: no account; add [account NAME], it may be empty", path);
	return true;
}

bool testnet_config_load(const char *path, struct testnet_config *config, struct error *err)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return error_set(err, ERROR_CONFIGURATION, "%s: cannot open it: %s", path,
				 strerror(errno));
	char *text = malloc(FILE_MAX_BYTES + 1);
	if (text == NULL)
		abort();
	size_t length = fread(text, 1, FILE_MAX_BYTES + 1, file);
	bool loaded;
	if (ferror(file))
		loaded = error_set(err, ERROR_CONFIGURATION, "%s: cannot read it: %s", path,
				   strerror(errno));
	else if (length > FILE_MAX_BYTES)
		loaded = error_set(err, ERROR_CONFIGURATION, "%s: more than %d bytes", path,
				   FILE_MAX_BYTES);
	else
		loaded = testnet_config_load_text(path, text, length, config, err);
	free(text);
	fclose(file);
	return loaded;
}
