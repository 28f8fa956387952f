/* The file: sections and keys through inih, line numbers and inih's traps by our own line reader.
 */
#include "config/config.h"

#include "config/schema.h"
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* inih cuts a line at 200 bytes before it says so; nothing sensible comes near. */
#define LINE_LENGTH_MAX 190
#define FILE_SIZE_MAX	(1 << 20)
#define GIVEN_MAX	512

struct given {
	const struct config_key *key;
	const void *base;
	int line;
};

struct loader {
	struct config *config;
	struct error *err;
	bool failed;
	int line;
	const char *text, *at, *end;
	char section[160];
	int section_line;
	void *base;	  /* where the current section's keys go; NULL: section not resolved */
	const char *kind; /* section name in the schema */
	struct given given[GIVEN_MAX];
	size_t given_count;
};

static const char *const FIXED_SECTIONS[] = {"main",	  "backtest",	"prices",
					     "execution", "liquidity",	"risk",
					     "strategy",  "venue NAME", "instrument VENUE:SYMBOL"};

static int fail(struct loader *loader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The first error is the one that is told. Returns 0: what inih's handler says on error. */
static int fail(struct loader *loader, const char *format, ...)
{
	if (loader->failed)
		return 0;
	loader->failed = true;
	char text[400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_set(loader->err, ERROR_CONFIGURATION, "%s:%d: %s", loader->config->path, loader->line,
		  text);
	return 0;
}

/* fgets for inih: counts lines and refuses what inih would silently change. */
static char *read_line(char *out, int size, void *stream)
{
	struct loader *loader = stream;
	if (loader->at == loader->end || loader->failed)
		return NULL;
	const char *newline = memchr(loader->at, '\n', (size_t)(loader->end - loader->at));
	size_t length =
		newline ? (size_t)(newline - loader->at) : (size_t)(loader->end - loader->at);
	loader->line++;
	if (length > LINE_LENGTH_MAX || (int)length + 2 > size) {
		fail(loader, "line is longer than %d characters", LINE_LENGTH_MAX);
		return NULL;
	}
	if (memchr(loader->at, '\0', length)) {
		fail(loader, "line holds a NUL byte: this is not a text file");
		return NULL;
	}
	memcpy(out, loader->at, length);
	out[length] = '\0';
	if ((out[0] == ' ' || out[0] == '\t') && out[strspn(out, " \t\r")] != '\0') {
		fail(loader, "line begins with a blank; start keys at the beginning of the line");
		return NULL;
	}
	loader->at += length + (newline ? 1 : 0);
	out[length] = '\n';
	out[length + 1] = '\0';
	return out;
}

static struct config_venue *open_venue(struct loader *loader, const char *name)
{
	struct config *config = loader->config;
	if (name[0] == '\0' || strlen(name) > 31 || strpbrk(name, " \t:")) {
		fail(loader, "[venue %s]: a venue's name is one word of at most 31 characters",
		     name);
		return NULL;
	}
	for (size_t i = 0; i < config->venue_count; i++) {
		if (strcmp(config->venues[i].name, name) == 0) {
			fail(loader, "[venue %s] is there already, from line %d", name,
			     config->venues[i].line);
			return NULL;
		}
	}
	if (config->venue_count == CONFIG_VENUES_MAX) {
		fail(loader, "more than %d venues", CONFIG_VENUES_MAX);
		return NULL;
	}
	struct config_venue *venue = &config->venues[config->venue_count++];
	memset(venue, 0, sizeof(*venue));
	snprintf(venue->name, sizeof(venue->name), "%.31s", name);
	venue->line = loader->section_line;
	return venue;
}

static struct config_instrument *open_instrument(struct loader *loader, const char *name)
{
	struct config *config = loader->config;
	const char *colon = strchr(name, ':');
	size_t left = colon ? (size_t)(colon - name) : 0;
	if (left == 0 || left > 31 || colon[1] == '\0' || strlen(colon + 1) > 31 ||
	    strpbrk(name, " \t")) {
		fail(loader, "[instrument %s]: the name is VENUE:SYMBOL", name);
		return NULL;
	}
	for (size_t i = 0; i < config->instrument_count; i++) {
		const struct config_instrument *other = &config->instruments[i];
		if (strncmp(other->venue, name, left) == 0 && other->venue[left] == '\0' &&
		    strcmp(other->symbol, colon + 1) == 0) {
			fail(loader, "[instrument %s] is there already, from line %d", name,
			     other->line);
			return NULL;
		}
	}
	if (config->instrument_count == CONFIG_OVERRIDES_MAX) {
		fail(loader, "more than %d instruments", CONFIG_OVERRIDES_MAX);
		return NULL;
	}
	struct config_instrument *instrument = &config->instruments[config->instrument_count++];
	memset(instrument, 0, sizeof(*instrument));
	memcpy(instrument->venue, name, left);
	snprintf(instrument->symbol, sizeof(instrument->symbol), "%.31s", colon + 1);
	instrument->line = loader->section_line;
	return instrument;
}

static bool open_section(struct loader *loader, const char *section)
{
	if (loader->base && strcmp(loader->section, section) == 0)
		return true;
	snprintf(loader->section, sizeof(loader->section), "%s", section);
	loader->section_line = loader->line;
	loader->base = NULL;
	if (strncmp(section, "venue ", 6) == 0) {
		loader->kind = "venue";
		loader->base = open_venue(loader, section + 6);
	} else if (strncmp(section, "instrument ", 11) == 0) {
		loader->kind = "instrument";
		loader->base = open_instrument(loader, section + 11);
	} else {
		for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
			if (CONFIG_KEYS[i].kind == SECTION_FIXED &&
			    strcmp(CONFIG_KEYS[i].section, section) == 0) {
				loader->kind = CONFIG_KEYS[i].section;
				loader->base = loader->config;
				return true;
			}
		}
		const char *nearest =
			nearest_name(section, FIXED_SECTIONS,
				     sizeof(FIXED_SECTIONS) / sizeof(FIXED_SECTIONS[0]));
		if (section[0] == '\0')
			fail(loader, "a key stands before any [section]");
		else if (nearest)
			fail(loader, "there is no section [%s]; nearest: [%s]", section, nearest);
		else
			fail(loader, "there is no section [%s]", section);
	}
	return loader->base != NULL;
}

static int unknown_key(struct loader *loader, const char *name)
{
	const char *names[128];
	size_t count = 0;
	for (size_t i = 0; i < CONFIG_KEY_COUNT && count < 128; i++)
		if (strcmp(CONFIG_KEYS[i].section, loader->kind) == 0)
			names[count++] = CONFIG_KEYS[i].name;
	const char *nearest = nearest_name(name, names, count);
	/* A key of another section is the likelier mistake than a misspelt one. */
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (strcmp(CONFIG_KEYS[i].name, name) == 0)
			return fail(loader, "%s is not a key of [%s]; it belongs to [%s]", name,
				    loader->section, CONFIG_KEYS[i].section);
	if (nearest)
		return fail(loader, "%s is not a key of [%s]; nearest: %s", name, loader->section,
			    nearest);
	return fail(loader, "%s is not a key of [%s]; `fundarb help config` lists them", name,
		    loader->section);
}

static bool is_list(const struct config_key *key)
{
	return key->type == CONFIG_TYPE_PATHS || key->type == CONFIG_TYPE_PAIRS ||
	       key->type == CONFIG_TYPE_DEPOSITS;
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
	struct loader *loader = user;
	char where[CONFIG_TEXT_MAX + 16];
	if (loader->failed || !open_section(loader, section))
		return 0;
	const struct config_key *key = config_find_key(loader->kind, name);
	if (!key)
		return unknown_key(loader, name);
	if (!is_list(key)) {
		for (size_t i = 0; i < loader->given_count; i++)
			if (loader->given[i].key == key && loader->given[i].base == loader->base)
				return fail(loader, "%s is given twice, first in line %d", name,
					    loader->given[i].line);
		if (loader->given_count == GIVEN_MAX)
			return fail(loader, "more than %d keys", GIVEN_MAX);
		loader->given[loader->given_count++] =
			(struct given){key, loader->base, loader->line};
	}
	snprintf(where, sizeof(where), "%s:%d", loader->config->path, loader->line);
	if (config_store(key, value, where, loader->line, loader->config, loader->base,
			 loader->err))
		return 1;
	loader->failed = true;
	return 0;
}

static int line_of(const struct loader *loader, const char *section, const char *name)
{
	for (size_t i = 0; i < loader->given_count; i++)
		if (loader->given[i].key == config_find_key(section, name))
			return loader->given[i].line;
	return 0;
}

static bool was_given(const struct loader *loader, const char *section, const char *name)
{
	return line_of(loader, section, name) != 0;
}

/* One contradiction: told at the line of the key that was given, with both figures. */
static bool contradiction(struct loader *loader, const char *section, const char *name,
			  const char *other_section, const char *other, const char *relation)
{
	char a[64] = "", b[64] = "";
	config_value_text(config_find_key(section, name), loader->config, a, sizeof(a));
	config_value_text(config_find_key(other_section, other), loader->config, b, sizeof(b));
	int line = line_of(loader, section, name);
	loader->line = line ? line : line_of(loader, other_section, other);
	fail(loader, "[%s] %s = %s must %s [%s] %s = %s", section, name, a, relation, other_section,
	     other, b);
	return false;
}

static bool check_caps(struct loader *loader)
{
	const struct config *config = loader->config;
	i128 trade = config->maximum_notional_per_trade.e18;
	i128 venue = config->maximum_notional_per_venue.e18;
	i128 total = config->maximum_notional_total.e18;
	if (trade > 0 && config->notional.e18 > trade)
		return contradiction(loader, "strategy", "notional_usd", "risk",
				     "maximum_notional_per_trade_usd", "not exceed");
	if (trade > 0 && venue > 0 && trade > venue)
		return contradiction(loader, "risk", "maximum_notional_per_trade_usd", "risk",
				     "maximum_notional_per_venue_usd", "not exceed");
	if (venue > 0 && total > 0 && venue > total)
		return contradiction(loader, "risk", "maximum_notional_per_venue_usd", "risk",
				     "maximum_notional_total_usd", "not exceed");
	return true;
}

static bool check_contradictions(struct loader *loader)
{
	const struct config *config = loader->config;
	if (!was_given(loader, "main", "mode")) {
		loader->line = 1;
		fail(loader, "[main] mode is missing; allowed: backtest");
		return false;
	}
	if (config->recording_count == 0) {
		loader->line = 1;
		fail(loader, "[backtest] recording is missing: mode = backtest needs one; `fundarb "
			     "import` makes one from raw captures, `fundarb generate` invents one");
		return false;
	}
	if (config->from_set && config->to_set && config->from_ns >= config->to_ns)
		return contradiction(loader, "backtest", "from", "backtest", "to", "be before");
	if (config->order_expiry_ns >= config->order_give_up_ns)
		return contradiction(loader, "execution", "order_expiry_seconds", "execution",
				     "order_give_up_seconds", "be less than");
	if (config->exit_edge_bp > config->minimum_net_edge_bp)
		return contradiction(loader, "strategy", "exit_edge_bp", "strategy",
				     "minimum_net_edge_bp", "not exceed");
	if (config->maximum_age_ns != 0 && config->minimum_hold_ns > config->maximum_age_ns)
		return contradiction(loader, "strategy", "minimum_hold_minutes", "strategy",
				     "maximum_age_hours", "not exceed");
	return check_caps(loader);
}

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		struct error err = {0};
		if (key->kind != SECTION_FIXED || key->default_text[0] == '\0')
			continue;
		if (!config_store(key, key->default_text, "default", 0, config, config, &err))
			abort(); /* the table contradicts itself */
	}
}

bool config_load_text(const char *path, const char *text, size_t length, struct config *config,
		      struct error *err)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	if (!loader)
		return error_set(err, ERROR_LIMIT, "out of memory");
	memset(config, 0, sizeof(*config));
	bool ok = strlen(path) < CONFIG_TEXT_MAX - 64;
	if (!ok) {
		error_set(err, ERROR_CONFIGURATION, "%.100s...: path is too long", path);
		free(loader);
		return false;
	}
	config_defaults(config);
	snprintf(config->path, sizeof(config->path), "%s", path);
	struct error ignored;
	/* The default of a path is relative to the file's folder too. */
	const struct config_key *directory = config_find_key("main", "state_directory");
	ok = config_store(directory, directory->default_text, path, 0, config, config, &ignored);
	*loader = (struct loader){
		.config = config, .err = err, .text = text, .at = text, .end = text + length};
	int result = ini_parse_stream(read_line, loader, on_value, loader);
	if (!loader->failed && result != 0) {
		loader->line = result > 0 ? result : loader->line;
		fail(loader, "neither [section], key = value, nor a comment beginning with ; or #");
	}
	ok = ok && !loader->failed && check_contradictions(loader);
	free(loader);
	return ok;
}

bool config_load(const char *path, struct config *config, struct error *err)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return error_set(err, ERROR_CONFIGURATION, "%s: cannot be read: %s", path,
				 strerror(errno));
	char *text = malloc(FILE_SIZE_MAX);
	size_t length = text ? fread(text, 1, FILE_SIZE_MAX, file) : 0;
	bool failed = !text || ferror(file);
	fclose(file);
	bool ok = false;
	if (failed)
		error_set(err, ERROR_CONFIGURATION, "%s: cannot be read: %s", path,
			  strerror(errno));
	else if (length == FILE_SIZE_MAX)
		error_set(err, ERROR_CONFIGURATION, "%s: larger than 1 MiB: not a configuration",
			  path);
	else
		ok = config_load_text(path, text, length, config, err);
	free(text);
	return ok;
}
