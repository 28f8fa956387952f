#include "config/testnet_schema.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <string.h>

#define IN(member)	   offsetof(struct testnet_config, member)
#define OF_ACCOUNT(member) offsetof(struct testnet_config_account, member)

/* A table is read by row. */
/* clang-format off */
const struct testnet_key TESTNET_KEYS[] = {
	{"testnet", "seed", TESTNET_SEED, 0, "1", 0, INT64_MAX, IN(seed), NULL,
	 "of the market, of faults and of derived keys"},
	{"testnet", "state_directory", TESTNET_PATH, 0, "../state/testnet", 0, 0, IN(state_directory), NULL,
	 "folder of the local certificates; made if missing"},
	{"testnet", "tls", TESTNET_BOOL, 0, "yes", 0, 0, IN(tls), NULL,
	 "no: plain HTTP and WebSocket on loopback, as --plain"},
	{"testnet", "rate_limits", TESTNET_BOOL, 0, "yes", 0, 0, IN(rate_limits), NULL,
	 "no: for load tests"},
	{"testnet", "admin_port", TESTNET_UNSIGNED, 0, "0", 0, 65535, IN(admin_port), NULL,
	 "of the admin endpoint; 0 = any free one"},
	{"testnet", "funding_interval_seconds", TESTNET_DURATION, NS_PER_SECOND, "3600", 1, 86400, IN(funding_interval_ns), NULL,
	 "between two settlements; each pays what the venues pay an hour"},
	{"testnet", "coins", TESTNET_NAMES, 0, "", 0, 0, IN(coins), NULL,
	 "canonical coins to list, e.g. BTC ETH PEPE; none: all"},
	{"testnet", "extra_coins", TESTNET_UNSIGNED, 0, "0", 0, 200, IN(extra_coins), NULL,
	 "made-up coins X001, X002, ... at both venues, for load"},
	{"testnet", "hyperliquid_source", TESTNET_WORD, 0, "both", 0, 0, IN(hyperliquid_source), "both|a|b",
	 "which phantom-agent source a signature may be made for"},
	{"testnet", "recording", TESTNET_PATHS, 0, "", 0, 0, IN(recordings), NULL,
	 "folder of a recording that feeds the market; repeat for more; none: made up"},
	{"testnet", "fault", TESTNET_TEXTS, 0, "", 0, 0, IN(faults), NULL,
	 "a fault from the start on, e.g. ord.resp=drop,venue=lighter,nth=2; repeat for more"},
	{"market", "book_interval_ms", TESTNET_DURATION, NS_PER_MS, "200", 10, 60000, IN(feed_book_interval_ns), NULL,
	 "between two changes of a book"},
	{"market", "mark_interval_ms", TESTNET_DURATION, NS_PER_MS, "1000", 10, 600000, IN(mark_interval_ns), NULL,
	 "between two marks and funding estimates"},
	{"market", "levels", TESTNET_UNSIGNED, 0, "20", 1, 100, IN(levels), NULL,
	 "of a side of a book"},
	{"market", "thin_percent", TESTNET_UNSIGNED, 0, "100", 1, 10000, IN(thin_percent), NULL,
	 "size of the levels; 100 = usual, 5 = thin"},
	{"market", "volatility_bp", TESTNET_UNSIGNED, 0, "4", 0, 1000, IN(volatility_bp), NULL,
	 "standard deviation of the true price over a minute"},
	{"market", "gaps_per_day", TESTNET_UNSIGNED, 0, "0", 0, 100000, IN(gaps_per_day), NULL,
	 "jumps of a coin's true price"},
	{"market", "gap_bp", TESTNET_UNSIGNED, 0, "50", 0, 5000, IN(gap_bp), NULL,
	 "size of a jump"},
	{"market", "trades_per_minute", TESTNET_UNSIGNED, 0, "60", 0, 100000, IN(trades_per_minute), NULL,
	 "of others, in one market"},
	{"market", "funding", TESTNET_WORD, 0, "mixed", 0, 0, IN(regime), "calm|one-sided|flipping|mixed",
	 "one-sided: longs of one venue pay about 0.025 % an interval"},
	{"lighter", "port", TESTNET_UNSIGNED, 0, "0", 0, 65535, IN(lighter.port), NULL,
	 "0 = any free one"},
	{"lighter", "taker_delay_ms", TESTNET_DURATION, NS_PER_MS, "300", 0, 60000, IN(lighter.taker_delay_ns), NULL,
	 "from arrival to match of what may take"},
	{"lighter", "maker_delay_ms", TESTNET_DURATION, NS_PER_MS, "200", 0, 60000, IN(lighter.maker_delay_ns), NULL,
	 "of post-only orders"},
	{"lighter", "cancel_delay_ms", TESTNET_DURATION, NS_PER_MS, "200", 0, 60000, IN(lighter.cancel_delay_ns), NULL,
	 "of cancels"},
	{"lighter", "book_interval_ms", TESTNET_DURATION, NS_PER_MS, "50", 1, 60000, IN(lighter.book_interval_ns), NULL,
	 "between two book frames"},
	{"lighter", "spread_bp", TESTNET_TENTHS, 0, "1", 0, 1000, IN(lighter.spread_tenth_bp), NULL,
	 "of the book, at least one step of its grid"},
	{"lighter", "leverage", TESTNET_UNSIGNED, 0, "10", 1, 50, IN(lighter.leverage), NULL,
	 "of an account before it sets its own"},
	{"hyperliquid", "port", TESTNET_UNSIGNED, 0, "0", 0, 65535, IN(hyperliquid.port), NULL,
	 "0 = any free one"},
	{"hyperliquid", "taker_delay_ms", TESTNET_DURATION, NS_PER_MS, "150", 0, 60000, IN(hyperliquid.taker_delay_ns), NULL,
	 "from arrival to match of what may take"},
	{"hyperliquid", "maker_delay_ms", TESTNET_DURATION, NS_PER_MS, "150", 0, 60000, IN(hyperliquid.maker_delay_ns), NULL,
	 "of post-only orders"},
	{"hyperliquid", "cancel_delay_ms", TESTNET_DURATION, NS_PER_MS, "100", 0, 60000, IN(hyperliquid.cancel_delay_ns), NULL,
	 "of cancels"},
	{"hyperliquid", "book_interval_ms", TESTNET_DURATION, NS_PER_MS, "500", 1, 60000, IN(hyperliquid.book_interval_ns), NULL,
	 "between two book frames of 5 levels"},
	{"hyperliquid", "slow_book_interval_ms", TESTNET_DURATION, NS_PER_MS, "5000", 1, 600000, IN(hyperliquid.slow_book_interval_ns), NULL,
	 "between two book frames of 20 levels"},
	{"hyperliquid", "spread_bp", TESTNET_TENTHS, 0, "0.8", 0, 1000, IN(hyperliquid.spread_tenth_bp), NULL,
	 "of the book, at least one step of its grid"},
	{"hyperliquid", "leverage", TESTNET_UNSIGNED, 0, "10", 1, 40, IN(hyperliquid.leverage), NULL,
	 "of an account before it sets its own"},
	{"account", "deposit_usd", TESTNET_MONEY, 0, "100000", 0, INT64_C(1000000000), OF_ACCOUNT(deposit), NULL,
	 "USDC at each venue"},
	{"account", "lighter_private_key", TESTNET_TEXT, 0, "", 0, 82, OF_ACCOUNT(lighter_key), NULL,
	 "80 hex digits; none: derived from the seed and the account's name"},
	{"account", "lighter_account_index", TESTNET_INDEX, 0, "0", 0, INT64_C(281474976710654), OF_ACCOUNT(lighter_index), NULL,
	 "0 = 5501 and up, in order"},
	{"account", "lighter_api_key_index", TESTNET_UNSIGNED, 0, "4", 0, 254, OF_ACCOUNT(lighter_api_key_index), NULL,
	 "slot of the key"},
	{"account", "lighter_premium", TESTNET_BOOL, 0, "no", 0, 0, OF_ACCOUNT(lighter_premium), NULL,
	 "rate limits of a premium account"},
	{"account", "hyperliquid_private_key", TESTNET_TEXT, 0, "", 0, 66, OF_ACCOUNT(hyperliquid_key), NULL,
	 "64 hex digits of the master wallet; none: derived"},
	{"account", "hyperliquid_agent_key", TESTNET_TEXT, 0, "", 0, 66, OF_ACCOUNT(hyperliquid_agent_key), NULL,
	 "64 hex digits of its API wallet; none: derived"},
	{"account", "hyperliquid_mode", TESTNET_TEXT, 0, "default", 1, 23, OF_ACCOUNT(hyperliquid_mode), NULL,
	 "the venue's word for the account's mode"},
	{"account", "hyperliquid_traded_usd", TESTNET_INDEX, 0, "2000000", 0, INT64_C(1000000000000), OF_ACCOUNT(hyperliquid_traded_usd), NULL,
	 "volume before today: request budget, scheduled cancels"},
};
/* clang-format on */
const size_t TESTNET_KEY_COUNT = sizeof(TESTNET_KEYS) / sizeof(TESTNET_KEYS[0]);
_Static_assert(sizeof(TESTNET_KEYS) / sizeof(TESTNET_KEYS[0]) <= TESTNET_KEYS_MAX,
	       "the loader remembers a line for every key");

bool testnet_key_repeats(const struct testnet_key *key)
{
	return key->type == TESTNET_TEXTS || key->type == TESTNET_PATHS;
}

static const char *unit_text(const struct testnet_key *key)
{
	if (key->type != TESTNET_DURATION)
		return "";
	return key->unit_ns == NS_PER_MS ? " ms" : " seconds";
}

const char *testnet_allowed_text(const struct testnet_key *key, char *buffer, size_t size)
{
	switch (key->type) {
	case TESTNET_BOOL:
		snprintf(buffer, size, "yes | no");
		break;
	case TESTNET_WORD:
		snprintf(buffer, size, "%s", key->words);
		break;
	case TESTNET_UNSIGNED:
	case TESTNET_SEED:
	case TESTNET_INDEX:
	case TESTNET_DURATION:
	case TESTNET_TENTHS:
	case TESTNET_MONEY:
		snprintf(buffer, size, "%lld to %lld%s", (long long)key->minimum,
			 (long long)key->maximum, unit_text(key));
		break;
	case TESTNET_TEXT:
		snprintf(buffer, size, "%lld to %lld characters", (long long)key->minimum,
			 (long long)key->maximum);
		break;
	case TESTNET_PATH:
	case TESTNET_PATHS:
		snprintf(buffer, size, "a path");
		break;
	case TESTNET_TEXTS:
		snprintf(buffer, size, "a text");
		break;
	case TESTNET_NAMES:
		snprintf(buffer, size, "words of at most 31 characters");
		break;
	}
	return buffer;
}

static bool refuse(const struct testnet_key *key, const char *value, struct error *err)
{
	char allowed[96];
	return error_set(err, ERROR_CONFIGURATION, "%s: '%.80s' is not possible; allowed: %s",
			 key->name, value, testnet_allowed_text(key, allowed, sizeof(allowed)));
}

static bool parse_number(const struct testnet_key *key, const char *value, unsigned decimals,
			 i128 *out)
{
	i128 scale = i128_power_of_ten(decimals);
	return decimal_parse_i128(value, strlen(value), decimals, out) == DECIMAL_OK &&
	       *out >= key->minimum * scale && *out <= key->maximum * scale;
}

static bool parse_word(const char *words, const char *value, int *out)
{
	size_t length = strlen(value);
	for (int index = 0; words != NULL; index++) {
		size_t word = strcspn(words, "|");
		if (word == length && memcmp(words, value, word) == 0) {
			*out = index;
			return true;
		}
		words = words[word] ? words + word + 1 : NULL;
	}
	return false;
}

static bool store_path(struct testnet_text *out, const char *value, const char *folder)
{
	const char *before = value[0] == '/' ? "" : folder;
	return value[0] != '\0' && snprintf(out->text, sizeof(out->text), "%s%s", before, value) <
					   (int)sizeof(out->text);
}

static bool store_text(struct testnet_text *out, const char *value, int64_t minimum,
		       int64_t maximum)
{
	size_t length = strlen(value);
	if ((int64_t)length < minimum || (int64_t)length > maximum)
		return false;
	memcpy(out->text, value, length + 1);
	return true;
}

static bool append(const struct testnet_key *key, struct testnet_list *list, const char *value,
		   const char *folder)
{
	if (list->count == TESTNET_LIST_MAX)
		return false;
	struct testnet_text *entry = &list->entries[list->count];
	bool stored = key->type == TESTNET_PATHS ? store_path(entry, value, folder)
						 : store_text(entry, value, 1, TESTNET_TEXT_MAX);
	list->count += stored;
	return stored;
}

static bool store_names(struct testnet_list *list, const char *value)
{
	list->count = 0;
	for (value += strspn(value, " \t,"); *value; value += strspn(value, " \t,")) {
		size_t length = strcspn(value, " \t,");
		if (list->count == TESTNET_LIST_MAX || length > 31)
			return false;
		struct testnet_text *entry = &list->entries[list->count++];
		memcpy(entry->text, value, length);
		entry->text[length] = '\0';
		value += length;
	}
	return true;
}

static bool store(const struct testnet_key *key, const char *value, const char *folder, char *field)
{
	i128 number;
	int index;
	switch (key->type) {
	case TESTNET_BOOL:
		if (!parse_word("no|yes", value, &index))
			return false;
		*(bool *)field = index == 1;
		return true;
	case TESTNET_WORD:
		return parse_word(key->words, value, (int *)(void *)field);
	case TESTNET_UNSIGNED:
		if (!parse_number(key, value, 0, &number))
			return false;
		*(unsigned *)(void *)field = (unsigned)number;
		return true;
	case TESTNET_SEED:
		if (!parse_number(key, value, 0, &number))
			return false;
		*(uint64_t *)(void *)field = (uint64_t)number;
		return true;
	case TESTNET_INDEX:
		if (!parse_number(key, value, 0, &number))
			return false;
		*(int64_t *)(void *)field = (int64_t)number;
		return true;
	case TESTNET_DURATION:
		if (!parse_number(key, value, 6, &number))
			return false;
		*(int64_t *)(void *)field = (int64_t)(number * key->unit_ns / 1000000);
		return true;
	case TESTNET_TENTHS:
		if (!parse_number(key, value, 1, &number))
			return false;
		*(unsigned *)(void *)field = (unsigned)number;
		return true;
	case TESTNET_MONEY:
		if (!parse_number(key, value, MONEY_DECIMALS, &number))
			return false;
		((struct money *)(void *)field)->e18 = number;
		return true;
	case TESTNET_TEXT:
		return store_text((struct testnet_text *)(void *)field, value, key->minimum,
				  key->maximum);
	case TESTNET_PATH:
		return store_path((struct testnet_text *)(void *)field, value, folder);
	case TESTNET_TEXTS:
	case TESTNET_PATHS:
		return append(key, (struct testnet_list *)(void *)field, value, folder);
	case TESTNET_NAMES:
		return store_names((struct testnet_list *)(void *)field, value);
	}
	return false;
}

bool testnet_store(const struct testnet_key *key, const char *value, const char *folder, void *base,
		   struct error *err)
{
	return store(key, value, folder, (char *)base + key->offset) || refuse(key, value, err);
}

void testnet_config_document(FILE *out)
{
	char allowed[96];
	const char *section = "";
	for (size_t i = 0; i < TESTNET_KEY_COUNT; i++) {
		const struct testnet_key *key = &TESTNET_KEYS[i];
		if (strcmp(section, key->section) != 0) {
			section = key->section;
			fprintf(out,
				"%s**[%s%s]**\n\n| key | default | allowed | meaning |\n"
				"|---|---|---|---|\n",
				i > 0 ? "\n" : "", section,
				strcmp(section, "account") == 0 ? " NAME" : "");
		}
		fprintf(out, "| `%s` | %s | ", key->name,
			key->default_text[0] ? key->default_text : "(none)");
		testnet_allowed_text(key, allowed, sizeof(allowed));
		for (const char *at = allowed; *at; at++)
			fprintf(out, "%s%c", *at == '|' ? "\\" : "", *at);
		fprintf(out, " | %s |\n", key->meaning);
	}
}
