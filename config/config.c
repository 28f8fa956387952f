/*
 * Loading. inih takes a line apart; everything in which it is lenient is refused before it sees the
 * line: it cuts at 200 bytes, continues the previous value on a line that begins with a blank,
 * takes ':' for '=', cuts section names at 49 characters and forgets what follows ']'. The
 * line-by-line reader also counts, which inih's callback cannot.
 */
#include "config/config.h"

#include "config/contradictions.h"
#include "config/schema.h"
#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_CHARACTERS 190
#define FILE_MAX_BYTES	    (1024 * 1024)
#define KEYS_MAX	    256

struct loading {
	struct config *config;
	const char *text;
	size_t length, at;
	int line;
	const char *section; /* of the schema; NULL before the first */
	void *base;	     /* what the section's keys are stored into */
	const char *sections[CONFIG_SECTIONS_MAX];
	size_t section_count;
	int section_lines[CONFIG_SECTIONS_MAX];
	int key_lines[KEYS_MAX];
	bool failed;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct loading *loading, const char *format,
						       ...)
{
	char problem[448];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	loading->failed = true;
	return error_set(loading->err, ERROR_CONFIGURATION, "%s:%d: %s", loading->config->path,
			 loading->line, problem);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Only blanks, or a comment: " ;" in a line, ";" or "#" at its start. */
static bool is_empty_rest(const char *rest)
{
	bool blank_before = is_blank(*rest);
	rest += strspn(rest, " \t");
	return *rest == '\0' || (*rest == ';' && blank_before);
}

static bool refuse_section(struct loading *loading, const char *name)
{
	const char *nearest = nearest_name(name, loading->sections, loading->section_count);
	if (!nearest)
		return fail(loading, "[%s] is not a section; `fundarb help config` lists them",
			    name);
	const char *argument = strcmp(nearest, "venue") == 0	    ? " NAME"
			       : strcmp(nearest, "instrument") == 0 ? " VENUE:SYMBOL"
								    : "";
	return fail(loading, "[%s] is not a section; nearest: [%s%s]", name, nearest, argument);
}

static bool is_name(const char *text, size_t length)
{
	if (length == 0 || length > 31)
		return false;
	for (size_t i = 0; i < length; i++)
		if (is_blank(text[i]) || text[i] == '[' || text[i] == ';' || text[i] == '=')
			return false;
	return true;
}

/* Writes the table's defaults of one kind of section into the struct its keys live in. */
static void store_defaults(struct config *config, enum config_section kind, void *base)
{
	struct error err = {0};
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		if (key->kind != kind || key->default_text[0] == '\0')
			continue;
		if (!config_store(key, key->default_text, "default", 0, config, base, &err)) {
			fprintf(stderr, "%s\n", err.text);
			abort();
		}
	}
}

static bool open_venue(struct loading *loading, const char *name)
{
	struct config *config = loading->config;
	if (!is_name(name, strlen(name)) || strchr(name, ':'))
		return fail(loading,
			    "[venue %s]: a venue's name is one word of 1 to 31 characters "
			    "without a colon: [venue NAME]",
			    name);
	for (size_t i = 0; i < config->venue_count; i++)
		if (strcmp(config->venues[i].name, name) == 0)
			return fail(loading, "[venue %s] is already at line %d", name,
				    config->venues[i].line);
	if (config->venue_count == CONFIG_VENUES_MAX)
		return fail(loading, "more than %d venues", CONFIG_VENUES_MAX);
	struct config_venue *venue = &config->venues[config->venue_count++];
	snprintf(venue->name, sizeof(venue->name), "%s", name);
	venue->line = loading->line;
	store_defaults(config, SECTION_VENUE, venue);
	loading->base = venue;
	return true;
}

static bool open_instrument(struct loading *loading, const char *name)
{
	struct config *config = loading->config;
	size_t venue = strcspn(name, ":");
	const char *symbol = name + venue + (name[venue] == ':');
	if (!is_name(name, venue) || !is_name(symbol, strlen(symbol)))
		return fail(loading,
			    "[instrument %s]: an instrument is [instrument VENUE:SYMBOL], each 1 "
			    "to 31 characters",
			    name);
	for (size_t i = 0; i < config->instrument_count; i++)
		if (strlen(config->instruments[i].venue) == venue &&
		    memcmp(config->instruments[i].venue, name, venue) == 0 &&
		    strcmp(config->instruments[i].symbol, symbol) == 0)
			return fail(loading, "[instrument %s] is already at line %d", name,
				    config->instruments[i].line);
	if (config->instrument_count == CONFIG_OVERRIDES_MAX)
		return fail(loading, "more than %d instruments", CONFIG_OVERRIDES_MAX);
	struct config_instrument *instrument = &config->instruments[config->instrument_count++];
	snprintf(instrument->venue, sizeof(instrument->venue), "%.*s", (int)venue, name);
	snprintf(instrument->symbol, sizeof(instrument->symbol), "%s", symbol);
	instrument->line = loading->line;
	store_defaults(config, SECTION_INSTRUMENT, instrument);
	loading->base = instrument;
	return true;
}

/* Keys of [venue] and [instrument] may be given once in each of them. */
static void forget_key_lines(struct loading *loading)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (CONFIG_KEYS[i].kind != SECTION_FIXED)
			loading->key_lines[i] = 0;
}

static bool open_section(struct loading *loading, const char *name)
{
	size_t word = strcspn(name, " \t"), index = 0;
	while (index < loading->section_count && (strlen(loading->sections[index]) != word ||
						  memcmp(loading->sections[index], name, word)))
		index++;
	if (index == loading->section_count)
		return refuse_section(loading, name);
	const char *argument = name + word + strspn(name + word, " \t");
	loading->section = loading->sections[index];
	forget_key_lines(loading);
	if (strcmp(loading->section, "venue") == 0)
		return open_venue(loading, argument);
	if (strcmp(loading->section, "instrument") == 0)
		return open_instrument(loading, argument);
	if (*argument)
		return fail(loading, "[%s] takes no name", loading->section);
	if (loading->section_lines[index])
		return fail(loading, "[%s] is already at line %d", name,
			    loading->section_lines[index]);
	loading->section_lines[index] = loading->line;
	loading->base = loading->config;
	return true;
}

static bool check_section_line(struct loading *loading, const char *line)
{
	char name[LINE_MAX_CHARACTERS + 1];
	const char *start = line + 1 + strspn(line + 1, " \t");
	const char *close = strchr(start, ']');
	if (!close || !is_empty_rest(close + 1))
		return fail(loading, "a section is [name] alone on its line");
	size_t length = (size_t)(close - start);
	while (length > 0 && is_blank(start[length - 1]))
		length--;
	memcpy(name, start, length);
	name[length] = '\0';
	return open_section(loading, name);
}

/* What inih would let pass or misread. */
static bool check_line(struct loading *loading, const char *line)
{
	const char *start = line + strspn(line, " \t");
	if (*start == '\0' || *start == ';' || *start == '#')
		return true;
	if (start > line)
		return fail(loading, "the line begins with a blank; a value ends on its line");
	if (*line == '[')
		return check_section_line(loading, line);
	size_t name = strcspn(line, "=:;[");
	if (name == 0 || line[name] != '=')
		return fail(loading, "'%s' is not 'key = value'", line);
	/* To inih a value; to its writer a comment: it could not be written and read back. */
	if (line[name + 1] == ';')
		return fail(loading, "a value cannot begin with ';'; put a blank before a comment");
	return true;
}

/*
 * inih's reader: one checked line with its newline, or NULL at the end and after the first error.
 * inih's buffer (200) is larger than the longest line passed on.
 */
static char *read_line(char *buffer, int size, void *user)
{
	struct loading *loading = user;
	if (loading->failed || loading->at == loading->length)
		return NULL;
	const char *start = loading->text + loading->at;
	size_t left = loading->length - loading->at;
	const char *newline = memchr(start, '\n', left);
	size_t length = newline ? (size_t)(newline - start) : left;
	loading->at += length + (newline != NULL);
	loading->line++;
	if (loading->line == 1 && length >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) {
		start += 3;
		length -= 3;
	}
	if (length > 0 && start[length - 1] == '\r')
		length--;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)start[i] < ' ' && start[i] != '\t') {
			fail(loading, "byte %d is a control character (%d)", (int)i + 1, start[i]);
			return NULL;
		}
	}
	if (length > LINE_MAX_CHARACTERS) {
		fail(loading, "the line has %zu characters; at most %d are allowed", length,
		     LINE_MAX_CHARACTERS);
		return NULL;
	}
	assert((size_t)size >= length + 2);
	memcpy(buffer, start, length);
	buffer[length] = '\0';
	if (!check_line(loading, buffer))
		return NULL;
	buffer[length] = '\n';
	buffer[length + 1] = '\0';
	return buffer;
}

static bool refuse_key(struct loading *loading, const char *name)
{
	const char *names[KEYS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (strcmp(CONFIG_KEYS[i].section, loading->section) == 0)
			names[count++] = CONFIG_KEYS[i].name;
		else if (strcmp(CONFIG_KEYS[i].name, name) == 0)
			return fail(loading, "%s is not a key of [%s]; it belongs to [%s]", name,
				    loading->section, CONFIG_KEYS[i].section);
	}
	const char *nearest = nearest_name(name, names, count);
	if (nearest)
		return fail(loading, "%s is not a key of [%s]; nearest: %s", name, loading->section,
			    nearest);
	return fail(loading, "%s is not a key of [%s]; `fundarb help config` lists them", name,
		    loading->section);
}

static int take_value(void *user, const char *section, const char *name, const char *value)
{
	struct loading *loading = user;
	char where[CONFIG_TEXT_MAX + 16];
	(void)section; /* cut at 49 characters; the reader keeps the whole */
	if (loading->failed)
		return 0;
	if (!loading->section)
		return fail(loading, "%s stands before the first [section]", name);
	const struct config_key *key = config_find_key(loading->section, name);
	if (!key)
		return refuse_key(loading, name);
	int *line = &loading->key_lines[key - CONFIG_KEYS];
	if (*line && !config_is_list(key))
		return fail(loading, "%s is already at line %d", name, *line);
	*line = loading->line;
	snprintf(where, sizeof(where), "%s:%d", loading->config->path, loading->line);
	loading->failed = !config_store(key, value, where, loading->line, loading->config,
					loading->base, loading->err);
	return !loading->failed;
}

/* The path comes first: the default paths are resolved against its folder as well. */
static void set_defaults(struct config *config, const char *path)
{
	memset(config, 0, sizeof(*config));
	snprintf(config->path, sizeof(config->path), "%s", path);
	store_defaults(config, SECTION_FIXED, config);
}

void config_defaults(struct config *config)
{
	set_defaults(config, "");
}

const char *config_mode_text(enum config_mode mode)
{
	switch (mode) {
	case CONFIG_BACKTEST:
		return "backtest";
	case CONFIG_PAPER:
		return "paper";
	case CONFIG_TESTNET:
		return "testnet";
	case CONFIG_LIVE:
		return "live";
	}
	return "?";
}

/* Room for the folder in front of the longest default path. */
#define PATH_MAX_CHARACTERS (CONFIG_TEXT_MAX - 16)

bool config_load_text(const char *path, const char *text, size_t length, struct config *config,
		      struct error *err)
{
	assert(CONFIG_KEY_COUNT <= KEYS_MAX);
	if (strlen(path) > PATH_MAX_CHARACTERS)
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: the path of a configuration has at most %d characters", path,
				 PATH_MAX_CHARACTERS);
	set_defaults(config, path);
	struct loading loading = {.config = config, .text = text, .length = length, .err = err};
	loading.section_count = config_section_names(loading.sections);
	int result = ini_parse_stream(read_line, &loading, take_value, &loading);
	if (loading.failed)
		return false;
	if (result != 0) {
		loading.line = result;
		return fail(&loading, "the line is neither [section] nor 'key = value'");
	}
	loading.line = 1;
	if (!loading.key_lines[config_find_key("main", "mode") - CONFIG_KEYS])
		return fail(&loading,
			    "[main] mode is missing; allowed: backtest | paper | testnet | live");
	if (config->mode != CONFIG_BACKTEST && config->venue_count == 0)
		return fail(&loading,
			    "mode = %s needs venues: [venue lighter], [venue hyperliquid]",
			    config_mode_text(config->mode));
	if (config->mode == CONFIG_BACKTEST && config->recording_count == 0)
		return fail(&loading,
			    "[backtest] recording is missing: mode = backtest needs one; `fundarb "
			    "import` makes one from raw captures, `fundarb generate` invents one");
	return config_agrees(config, loading.key_lines, err);
}

bool config_load(const char *path, struct config *config, struct error *err)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return error_set(err, ERROR_CONFIGURATION, "cannot open %s: %s", path,
				 strerror(errno));
	char *text = malloc(FILE_MAX_BYTES + 1);
	if (!text)
		abort();
	size_t length = fread(text, 1, FILE_MAX_BYTES + 1, file);
	bool loaded;
	if (ferror(file))
		loaded = error_set(err, ERROR_CONFIGURATION, "cannot read %s: %s", path,
				   strerror(errno));
	else if (length > FILE_MAX_BYTES)
		loaded = error_set(err, ERROR_CONFIGURATION, "%s has more than %d bytes", path,
				   FILE_MAX_BYTES);
	else
		loaded = config_load_text(path, text, length, config, err);
	free(text);
	fclose(file);
	return loaded;
}
