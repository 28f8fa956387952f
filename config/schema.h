/*
 * The schema: one row per key. Parsing, defaults, ranges, help, docs/configuration.md and the
 * effective configuration all come from it; nothing about a key is said anywhere else.
 */
#ifndef FUNDARB_CONFIG_SCHEMA_H
#define FUNDARB_CONFIG_SCHEMA_H

#include "config/config.h"

enum config_type {
	CONFIG_TYPE_BOOL,     /* yes | no; bool */
	CONFIG_TYPE_WORD,     /* one of `words`; int (or an enum of its size): its index */
	CONFIG_TYPE_CHOICE,   /* one of two `words`; bool: its index */
	CONFIG_TYPE_UNSIGNED, /* whole number; unsigned */
	CONFIG_TYPE_INT32,
	CONFIG_TYPE_SEED,     /* whole number; uint64_t */
	CONFIG_TYPE_DURATION, /* decimal x unit_ns; int64_t ns */
	CONFIG_TYPE_MONEY,    /* decimal; struct money */
	CONFIG_TYPE_BP,	      /* whole basis points; int32_t */
	CONFIG_TYPE_BP_RATE,  /* decimal basis points; struct rate */
	CONFIG_TYPE_PERCENT,  /* decimal percent; struct rate */
	CONFIG_TYPE_FRACTION, /* decimal; struct rate */
	CONFIG_TYPE_TEXT,     /* as it stands; char[CONFIG_TEXT_MAX] */
	CONFIG_TYPE_PATH,     /* relative to the file's folder; char[CONFIG_TEXT_MAX] */
	CONFIG_TYPE_TIME,     /* UTC; int64_t ns */
	CONFIG_TYPE_PATHS,    /* list; own setter */
	CONFIG_TYPE_PAIRS,    /* list; own setter */
	CONFIG_TYPE_DEPOSITS, /* list; own setter */
};

enum config_section { SECTION_FIXED, SECTION_VENUE, SECTION_INSTRUMENT };

#define NO_FLAG SIZE_MAX

struct config_key {
	enum config_section kind;
	const char *section; /* "prices", or "venue", "instrument" */
	const char *name;
	enum config_type type;
	int64_t unit_ns;	  /* CONFIG_TYPE_DURATION */
	const char *default_text; /* "" = none */
	int64_t minimum, maximum; /* in the key's own unit, inclusive */
	size_t offset;		  /* into struct config, config_venue or config_instrument */
	size_t flag_offset;	  /* bool that says it was given, or NO_FLAG */
	const char *words;	  /* CONFIG_TYPE_WORD: "a|b" */
	const char *meaning;
};

extern const struct config_key CONFIG_KEYS[];
extern const size_t CONFIG_KEY_COUNT;

/* The unit a number is written in: "seconds", "bp", "USD"; "" for what has none. Static storage. */
const char *config_unit_text(const struct config_key *key);
/* What is allowed, e.g. "0 to 3600 seconds" or "yes | no"; returns buffer. */
const char *config_allowed_text(const struct config_key *key, char *buffer, size_t size);
const struct config_key *config_find_key(const char *section, const char *name);
bool config_is_list(const struct config_key *key); /* may be repeated */
#define CONFIG_SECTIONS_MAX 16
/* Names of all sections in the order of the table ("venue", "instrument" last); their number. */
size_t config_section_names(const char *names[CONFIG_SECTIONS_MAX]);
/* The name among `count` that is most like `word` (fewest edits), or NULL if none is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

/*
 * Parses and stores one value; base is the struct the key's offset is into (struct config for
 * lists of it). where: "bot.ini:12". Lists append, each value at most once. Paths are resolved
 * against the folder of config->path. False: err says where, what is wrong and what is allowed.
 */
bool config_store(const struct config_key *key, const char *value, const char *where, int line,
		  struct config *config, void *base, struct error *err);
#define CONFIG_VALUE_TEXT_MAX 192
/*
 * The stored value as text of the file, exact for everything that config_store accepts; false for
 * lists and if the key was not given and has no default.
 */
bool config_value_text(const struct config_key *key, const void *base, char *buffer, size_t size);

#endif
