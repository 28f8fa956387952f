/* One row per key of the testnet's file. Internal to config/testnet_*. */
#ifndef FUNDARB_CONFIG_TESTNET_SCHEMA_H
#define FUNDARB_CONFIG_TESTNET_SCHEMA_H

#include "config/testnet_config.h"

enum testnet_type {
	TESTNET_BOOL,	  /* yes | no */
	TESTNET_WORD,	  /* one of `words`; int: its index */
	TESTNET_UNSIGNED, /* unsigned */
	TESTNET_SEED,	  /* uint64_t */
	TESTNET_INDEX,	  /* int64_t, whole */
	TESTNET_DURATION, /* decimal x unit_ns; int64_t ns */
	TESTNET_TENTHS,	  /* decimal with one digit; unsigned tenths */
	TESTNET_MONEY,	  /* struct money */
	TESTNET_TEXT,	  /* struct testnet_text */
	TESTNET_PATH,	  /* the same, relative to the file's folder */
	TESTNET_TEXTS,	  /* struct testnet_list; may be repeated */
	TESTNET_PATHS,	  /* the same, relative to the file's folder */
	TESTNET_NAMES,	  /* struct testnet_list: words between blanks or commas */
};

struct testnet_key {
	const char *section, *name;
	enum testnet_type type;
	int64_t unit_ns;
	const char *default_text;
	int64_t minimum, maximum; /* in the key's own unit */
	size_t offset;		  /* into struct testnet_config, or testnet_config_account */
	const char *words;
	const char *meaning;
};
extern const struct testnet_key TESTNET_KEYS[];
extern const size_t TESTNET_KEY_COUNT;
#define TESTNET_KEYS_MAX 64

bool testnet_key_repeats(const struct testnet_key *key);
/* "0 to 60000 ms", "a | b"; returns buffer. */
const char *testnet_allowed_text(const struct testnet_key *key, char *buffer, size_t size);
/* folder: what relative paths are put behind, "" or ending in '/'. err: without file and line. */
bool testnet_store(const struct testnet_key *key, const char *value, const char *folder, void *base,
		   struct error *err);

#endif
