/*
 * The testnet's own file (config/testnet.ini): one schema table drives reading, defaults, ranges
 * and the list in docs/testnet.md. Strict as the bot's file: an unknown section or key, a key
 * twice, a value out of range are errors with file and line. Keys in it are test keys.
 */
#ifndef FUNDARB_CONFIG_TESTNET_CONFIG_H
#define FUNDARB_CONFIG_TESTNET_CONFIG_H

#include "core/base/error.h"
#include "core/base/money.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TESTNET_TEXT_MAX     191
#define TESTNET_ACCOUNTS_MAX 16
#define TESTNET_LIST_MAX     64 /* entries of one repeated key */

struct testnet_text {
	char text[TESTNET_TEXT_MAX + 1];
};
struct testnet_list {
	struct testnet_text entries[TESTNET_LIST_MAX];
	size_t count;
};

struct testnet_config_venue {
	unsigned port; /* 0: any free one */
	int64_t taker_delay_ns, maker_delay_ns, cancel_delay_ns;
	int64_t book_interval_ns, slow_book_interval_ns;
	unsigned spread_tenth_bp, leverage;
};

struct testnet_config_account {
	char name[32];
	int line;
	struct money deposit;
	/* Private keys as hex; "" : derived from the seed and the name. */
	struct testnet_text lighter_key, hyperliquid_key, hyperliquid_agent_key;
	int64_t lighter_index; /* 0: 5501 + position */
	unsigned lighter_api_key_index;
	bool lighter_premium;
	struct testnet_text hyperliquid_mode;
	int64_t hyperliquid_traded_usd;
};

struct testnet_config {
	char path[TESTNET_TEXT_MAX + 1];
	uint64_t seed;
	struct testnet_text state_directory; /* certificates; relative to the file's folder */
	bool tls;
	bool rate_limits;
	unsigned admin_port;
	int64_t funding_interval_ns;
	struct testnet_list coins; /* empty: all */
	unsigned extra_coins;
	int hyperliquid_source; /* index into "both|a|b" */
	struct testnet_list recordings;
	struct testnet_list faults;
	int64_t feed_book_interval_ns, mark_interval_ns;
	unsigned levels, thin_percent, volatility_bp, gaps_per_day, gap_bp, trades_per_minute;
	int regime; /* index into "calm|one-sided|flipping|mixed" */
	struct testnet_config_venue lighter, hyperliquid;
	struct testnet_config_account accounts[TESTNET_ACCOUNTS_MAX];
	size_t account_count;
};

/* False: err is ERROR_CONFIGURATION and begins with "path:" or "path:line:". */
bool testnet_config_load(const char *path, struct testnet_config *config, struct error *err);
bool testnet_config_load_text(const char *path, const char *text, size_t length,
			      struct testnet_config *config, struct error *err);
/* The table of docs/testnet.md. */
void testnet_config_document(FILE *out);

#endif
