/* The schema told to people: reference page, help on a terminal, effective configuration. */
#include "config/config.h"
#include "config/schema.h"
#include "core/base/decimal.h"

#include <string.h>

static const struct section_text {
	const char *section, *heading, *about;
} SECTION_TEXTS[] = {
	{"main", "[main]", "What the program does with the file, and where it keeps its own."},
	{"backtest", "[backtest]", "Which recordings are replayed, and how orders fill in them."},
	{"prices", "[prices]", "The one source of prices: cache, live stream, reads."},
	{"execution", "[execution]",
	 "How two legs are traded, and what a half-open trade may cost."},
	{"liquidity", "[liquidity]", "What a book must offer before a leg is traded in it."},
	{"risk", "[risk]", "Bounds that no opening may pass."},
	{"strategy", "[strategy]", "When a pair is opened and closed."},
	{"venue", "[venue NAME]",
	 "One section for each venue that has an account: what it starts with, its fees, how slow "
	 "it "
	 "is. NAME is the venue's name in the recordings."},
	{"instrument", "[instrument VENUE:SYMBOL]",
	 "Terms of one instrument that the recording does not know, or knows wrongly."},
};

/* A new section of the table without a text here still is written. */
static struct section_text section_text(const char *section, char heading[64])
{
	for (size_t i = 0; i < sizeof(SECTION_TEXTS) / sizeof(SECTION_TEXTS[0]); i++)
		if (strcmp(SECTION_TEXTS[i].section, section) == 0)
			return SECTION_TEXTS[i];
	snprintf(heading, 64, "[%s]", section);
	return (struct section_text){section, heading, ""};
}

static const char *default_text(const struct config_key *key)
{
	return key->default_text[0] ? key->default_text : "-";
}

static const char *const SYNTAX[] = {
	"One `key = value` a line, under its `[section]`. Each section and each key may be given "
	"once; "
	"`recording`, `pair` and `deposit` may be repeated.",
	"A number is written without its unit: the key's name says it. Numbers are decimal and "
	"exact; "
	"1 bp = 0.01 %. Times are UTC.",
	"A line that begins with `;` or `#` is a comment. Inside a line a comment begins with a "
	"blank "
	"and `;`, so a value cannot hold ` ;` or begin with `;`; a `#` there belongs to the value.",
	"A line has at most 190 characters and does not begin with a blank. Relative paths start "
	"at "
	"the folder of the file.",
	"Whatever is unknown, out of range, given twice or in contradiction with another key is "
	"refused with its line, what is allowed and the nearest key; then nothing is started and "
	"the "
	"exit code is 2.",
};

/* Table cells: a bare '|' would end one. */
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
	const char *sections[CONFIG_SECTIONS_MAX];
	size_t count = config_section_names(sections);
	fputs("# Configuration\n\n"
	      "Written by `fundarb help config --markdown` from the table in `config/schema.c`, "
	      "which "
	      "also drives\nparsing, defaults and help. A test fails when this page differs. "
	      "`config/example.ini` is a file to start from;\n`fundarb check --config FILE` tells "
	      "what a file means before anything runs.\n\n",
	      out);
	for (size_t i = 0; i < sizeof(SYNTAX) / sizeof(SYNTAX[0]); i++)
		fprintf(out, "- %s\n", SYNTAX[i]);
	for (size_t i = 0; i < count; i++) {
		char heading[64];
		struct section_text text = section_text(sections[i], heading);
		fprintf(out,
			"\n## %s\n\n%s\n\n| key | default | allowed | meaning "
			"|\n|---|---|---|---|\n",
			text.heading, text.about);
		for (size_t k = 0; k < CONFIG_KEY_COUNT; k++) {
			char allowed[128];
			const struct config_key *key = &CONFIG_KEYS[k];
			if (strcmp(key->section, sections[i]) != 0)
				continue;
			fprintf(out, "| `%s` | %s | ", key->name, default_text(key));
			write_cell(config_allowed_text(key, allowed, sizeof(allowed)), out);
			fputs(" | ", out);
			write_cell(key->meaning, out);
			fputs(" |\n", out);
		}
	}
}

void config_write_help(FILE *out)
{
	const char *sections[CONFIG_SECTIONS_MAX];
	size_t count = config_section_names(sections);
	fputs("The configuration file\n\n", out);
	for (size_t i = 0; i < sizeof(SYNTAX) / sizeof(SYNTAX[0]); i++)
		fprintf(out, "  %s\n", SYNTAX[i]);
	for (size_t i = 0; i < count; i++) {
		char heading[64];
		struct section_text text = section_text(sections[i], heading);
		fprintf(out, "\n%s\n  %s\n\n", text.heading, text.about);
		for (size_t k = 0; k < CONFIG_KEY_COUNT; k++) {
			char allowed[128];
			const struct config_key *key = &CONFIG_KEYS[k];
			if (strcmp(key->section, sections[i]) != 0)
				continue;
			fprintf(out, "  %-34s default %s; %s\n  %-34s %s\n", key->name,
				default_text(key),
				config_allowed_text(key, allowed, sizeof(allowed)), "",
				key->meaning);
		}
	}
}

static void write_values(enum config_section kind, const char *section, const void *base, FILE *out)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		char value[CONFIG_VALUE_TEXT_MAX];
		if (key->kind == kind && strcmp(key->section, section) == 0 &&
		    config_value_text(key, base, value, sizeof(value)))
			fprintf(out, "%s = %s\n", key->name, value);
	}
}

static void write_lists(const struct config *config, const char *section, FILE *out)
{
	if (strcmp(section, "backtest") == 0)
		for (size_t i = 0; i < config->recording_count; i++)
			fprintf(out, "recording = %s\n", config->recordings[i]);
	if (strcmp(section, "strategy") == 0)
		for (size_t i = 0; i < config->pair_count; i++)
			fprintf(out, "pair = %s:%s %s:%s\n", config->pairs[i].venue[0],
				config->pairs[i].symbol[0], config->pairs[i].venue[1],
				config->pairs[i].symbol[1]);
}

static void write_venue(const struct config_venue *venue, FILE *out)
{
	fprintf(out, "\n[venue %s]\n", venue->name);
	write_values(SECTION_VENUE, "venue", venue, out);
	for (size_t i = 0; i < venue->deposit_count; i++) {
		char amount[DECIMAL_TEXT_MAX];
		money_format(venue->deposits[i].amount, amount, sizeof(amount));
		fprintf(out, "deposit = %s %s\n", amount, venue->deposits[i].asset);
	}
}

void config_write(const struct config *config, FILE *out)
{
	const char *sections[CONFIG_SECTIONS_MAX];
	size_t count = config_section_names(sections);
	fprintf(out,
		"; effective configuration of %s; paths are relative to the working directory\n",
		config->path);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(sections[i], "venue") == 0 || strcmp(sections[i], "instrument") == 0)
			continue;
		fprintf(out, "\n[%s]\n", sections[i]);
		write_values(SECTION_FIXED, sections[i], config, out);
		write_lists(config, sections[i], out);
	}
	for (size_t i = 0; i < config->venue_count; i++)
		write_venue(&config->venues[i], out);
	for (size_t i = 0; i < config->instrument_count; i++) {
		const struct config_instrument *instrument = &config->instruments[i];
		fprintf(out, "\n[instrument %s:%s]\n", instrument->venue, instrument->symbol);
		write_values(SECTION_INSTRUMENT, "instrument", instrument, out);
	}
}
