#include "config/reference.h"

#include "config/schema.h"
#include <string.h>

static const char *heading(const struct config_key *key)
{
	switch (key->kind) {
	case SECTION_VENUE:
		return "venue NAME";
	case SECTION_INSTRUMENT:
		return "instrument VENUE:SYMBOL";
	case SECTION_FIXED:
		return key->section;
	}
	return "";
}

/* Keys of one section stand together in the table. */
static bool begins_section(size_t index)
{
	return index == 0 ||
	       strcmp(CONFIG_KEYS[index].section, CONFIG_KEYS[index - 1].section) != 0;
}

void config_write_help(FILE *out)
{
	char allowed[160];
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		if (begins_section(i))
			fprintf(out, "%s[%s]\n", i ? "\n" : "", heading(key));
		fprintf(out, "  %s = %s\n      %s\n      allowed: %s\n", key->name,
			key->default_text[0] ? key->default_text : "(none)", key->meaning,
			config_allowed_text(key, allowed, sizeof(allowed)));
	}
}

/* A | inside a cell would end it. */
static void write_cell(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

void config_write_reference(FILE *out)
{
	char allowed[160];
	fprintf(out,
		"# Configuration\n\n"
		"Written by `fundarb help config --markdown` from the table that also parses the "
		"file.\n\n"
		"One INI file: `[section]`, `key = value`, comments begin with `;` or `#` at the "
		"start of a line, or with\n"
		"` ;` (blank, semicolon) after a value. The unit of a value is in the key's name; "
		"write bare numbers.\n"
		"Paths are relative to the file's folder. Whatever is not understood is refused "
		"with file and line, and\n"
		"nothing is started (exit code 2).\n");
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		if (begins_section(i))
			fprintf(out,
				"\n## [%s]\n\n| key | default | allowed | meaning "
				"|\n|---|---|---|---|"
				"\n",
				heading(key));
		fprintf(out, "| `%s` | %s | ", key->name, key->default_text);
		write_cell(config_allowed_text(key, allowed, sizeof(allowed)), out);
		fprintf(out, " | ");
		write_cell(key->meaning, out);
		fprintf(out, " |\n");
	}
}

static void write_lists(const struct config_key *key, const struct config *config,
			const struct config_venue *venue, FILE *out)
{
	char amount[64];
	if (key->type == CONFIG_TYPE_PATHS)
		for (size_t i = 0; i < config->recording_count; i++)
			fprintf(out, "%s = %s\n", key->name, config->recordings[i]);
	if (key->type == CONFIG_TYPE_PAIRS)
		for (size_t i = 0; i < config->pair_count; i++)
			fprintf(out, "%s = %s:%s %s:%s\n", key->name, config->pairs[i].venue[0],
				config->pairs[i].symbol[0], config->pairs[i].venue[1],
				config->pairs[i].symbol[1]);
	if (key->type == CONFIG_TYPE_DEPOSITS && venue) {
		for (size_t i = 0; i < venue->deposit_count; i++) {
			money_format(venue->deposits[i].amount, amount, sizeof(amount));
			fprintf(out, "%s = %s %s\n", key->name, amount, venue->deposits[i].asset);
		}
	}
}

static void write_keys(const char *section, const void *base, const struct config *config,
		       const struct config_venue *venue, FILE *out)
{
	char text[CONFIG_TEXT_MAX + 1];
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		if (strcmp(key->section, section) != 0)
			continue;
		if (config_value_text(key, base, text, sizeof(text)))
			fprintf(out, "%s = %s\n", key->name, text);
		write_lists(key, config, venue, out);
	}
}

void config_write(const struct config *config, FILE *out)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		if (key->kind != SECTION_FIXED || !begins_section(i))
			continue;
		fprintf(out, "[%s]\n", key->section);
		write_keys(key->section, config, config, NULL, out);
	}
	for (size_t i = 0; i < config->venue_count; i++) {
		fprintf(out, "[venue %s]\n", config->venues[i].name);
		write_keys("venue", &config->venues[i], config, &config->venues[i], out);
	}
	for (size_t i = 0; i < config->instrument_count; i++) {
		fprintf(out, "[instrument %s:%s]\n", config->instruments[i].venue,
			config->instruments[i].symbol);
		write_keys("instrument", &config->instruments[i], config, NULL, out);
	}
}
