#include "tests/support/vectors_hyperliquid.h"

#include "core/base/decimal.h"
#include "core/base/keccak256.h"
#include "exchanges/hyperliquid/funding_formulas.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/hyperliquid/margin_formulas.h"
#include "exchanges/hyperliquid/msgpack.h"
#include "exchanges/hyperliquid/price_rules.h"
#include "tests/support/vector_cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 4096

bool vector_fails(const struct vector_run *run, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(run->why, run->why_size, format, arguments);
	va_end(arguments);
	return false;
}

const char *vector_text(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
	return text != NULL ? text : "";
}

int64_t vector_integer(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsNumber(member) ? (int64_t)member->valuedouble : 0;
}

bool vector_flag(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

long vector_bytes(const char *hex, uint8_t *out, size_t size)
{
	if (strncmp(hex, "0x", 2) == 0)
		hex += 2;
	size_t digits = strlen(hex);
	if (digits % 2 != 0 || digits / 2 > size || strspn(hex, "0123456789abcdefABCDEF") != digits)
		return -1;
	for (size_t i = 0; i < digits / 2; i++) {
		const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (long)(digits / 2);
}

bool vector_expect_bytes(const struct vector_run *run, const char *name, const uint8_t *bytes,
			 size_t length)
{
	uint8_t expected[BYTES_MAX];
	long count = vector_bytes(vector_text(run->expect, name), expected, sizeof(expected));
	if (count == (long)length && length > 0 && memcmp(expected, bytes, length) == 0)
		return true;
	return vector_fails(run, "%s: other bytes than expected", name);
}

bool vector_expect_text(const struct vector_run *run, const char *name, const char *text)
{
	const char *expected = vector_text(run->expect, name);
	if (strcmp(expected, text) == 0)
		return true;
	return vector_fails(run, "%s: %.80s, expected %.80s", name, text, expected);
}

bool vector_expect_refusal(const struct vector_run *run, bool refused)
{
	bool expected = vector_flag(run->expect, "reject");
	if (refused == expected)
		return true;
	return vector_fails(run, refused ? "refused" : "not refused");
}

static bool expects_refusal(const struct vector_run *run)
{
	return vector_flag(run->expect, "reject");
}

static bool run_keccak256(const struct vector_run *run)
{
	uint8_t data[BYTES_MAX], hash[32];
	long length = vector_bytes(vector_text(run->input, "data"), data, sizeof(data));
	if (length < 0)
		return vector_fails(run, "the data is no hex");
	keccak256(data, (size_t)length, hash);
	return vector_expect_bytes(run, "hash", hash, sizeof(hash));
}

static bool run_msgpack_int(const struct vector_run *run)
{
	const char *value = vector_text(run->input, "value");
	uint8_t bytes[16];
	struct msgpack_writer writer;
	msgpack_begin(&writer, bytes, sizeof(bytes));
	msgpack_signed(&writer, strtoll(value, NULL, 10));
	if (!vector_expect_bytes(run, "msgpack", bytes, writer.length))
		return false;
	if (value[0] == '-')
		return true;
	msgpack_begin(&writer, bytes, sizeof(bytes));
	msgpack_unsigned(&writer, strtoull(value, NULL, 10));
	return vector_expect_bytes(run, "msgpack", bytes, writer.length);
}

static bool run_msgpack_str(const struct vector_run *run)
{
	const char *value = vector_text(run->input, "value");
	uint8_t bytes[BYTES_MAX];
	struct msgpack_writer writer;
	msgpack_begin(&writer, bytes, sizeof(bytes));
	msgpack_text(&writer, value, strlen(value));
	return vector_expect_bytes(run, "msgpack", bytes, writer.length);
}

/* A decimal text as units at the fewest decimals that hold it, at most 18. */
static bool read_units(const struct vector_run *run, const char *name, int64_t *units,
		       unsigned *decimals)
{
	const char *text = vector_text(run->input, name);
	int needed = decimal_decimals_needed(text, strlen(text));
	*decimals = (unsigned)needed;
	if (needed < 0 || needed > 18 ||
	    decimal_parse_i64(text, strlen(text), *decimals, units) != DECIMAL_OK)
		return vector_fails(run, "%s is no decimal that fits", name);
	return true;
}

static bool run_to_wire(const struct vector_run *run)
{
	int64_t units;
	unsigned decimals;
	char wire[64];
	if (!read_units(run, "value", &units, &decimals))
		return false;
	bool written = hyperliquid_wire_decimal(units, decimals, wire, sizeof(wire));
	if (!vector_expect_refusal(run, !written) || expects_refusal(run))
		return run->why[0] == '\0';
	return vector_expect_text(run, "wire", wire);
}

/*
 * The official function multiplies a double and rounds. Where its integer is above 2^53 it is the
 * double next to the exact one; everywhere else the two must be equal.
 */
static bool to_int(const struct vector_run *run, unsigned decimals)
{
	const char *value = vector_text(run->input, "value");
	i128 exact;
	enum decimal_result result = decimal_parse_i128(value, strlen(value), decimals, &exact);
	if (result != DECIMAL_OK && result != DECIMAL_INEXACT)
		return vector_fails(run, "the value is no decimal");
	if (!vector_expect_refusal(run, result == DECIMAL_INEXACT) || expects_refusal(run))
		return run->why[0] == '\0';
	char text[DECIMAL_TEXT_MAX];
	snprintf(text, sizeof(text), "%.0f",
		 strtod(value, NULL) * (double)DECIMAL_POWERS[decimals]);
	double official = strtod(text, NULL);
	if (!vector_expect_text(run, "int", text))
		return false;
	if (official >= 9007199254740992.0)
		return (double)exact == official || vector_fails(run, "not the nearest double");
	decimal_format(exact, 0, text, sizeof(text));
	return vector_expect_text(run, "int", text);
}

static bool run_to_int_8dp(const struct vector_run *run)
{
	return to_int(run, 8);
}

static bool run_to_usd_int_6dp(const struct vector_run *run)
{
	return to_int(run, 6);
}

struct market_case {
	enum hyperliquid_market market;
	unsigned size_decimals;
	unsigned price_decimals;
};

static struct market_case market_of(const struct vector_run *run)
{
	struct market_case market = {
		.market = vector_flag(run->input, "is_spot") ? HYPERLIQUID_SPOT
							     : HYPERLIQUID_PERPETUAL,
		.size_decimals = (unsigned)vector_integer(run->input, "sz_decimals"),
	};
	market.price_decimals = hyperliquid_price_decimals(market.market, market.size_decimals);
	return market;
}

/* The official SDK's formula, in its own binary floating point: what we would never send. Its
 * answer must at least be a price that our rules call valid. */
static bool run_slippage_price_official(const struct vector_run *run)
{
	struct market_case market = market_of(run);
	const char *expected = vector_text(run->expect, "px");
	double slippage = strtod(vector_text(run->input, "slippage"), NULL);
	double price = strtod(vector_text(run->input, "px"), NULL);
	char text[64];
	price *= vector_flag(run->input, "is_buy") ? 1 + slippage : 1 - slippage;
	snprintf(text, sizeof(text), "%.5g", price);
	snprintf(text, sizeof(text), "%.*f", (int)market.price_decimals, strtod(text, NULL));
	if (strtod(text, NULL) != strtod(expected, NULL))
		return vector_fails(run, "%s, expected %s", text, expected);
	int64_t units;
	if (decimal_parse_i64(expected, strlen(expected), 8, &units) != DECIMAL_OK ||
	    !hyperliquid_price_is_valid(market.market, market.size_decimals, units, 8))
		return vector_fails(run, "%s is no valid price by our rules", expected);
	return true;
}

static bool run_price_valid(const struct vector_run *run)
{
	struct market_case market = market_of(run);
	int64_t units;
	unsigned decimals;
	if (!read_units(run, "px", &units, &decimals))
		return false;
	bool valid =
		hyperliquid_price_is_valid(market.market, market.size_decimals, units, decimals);
	if (valid == vector_flag(run->expect, "valid"))
		return true;
	return vector_fails(run, valid ? "valid" : "not valid");
}

static bool run_price_round(const struct vector_run *run)
{
	static const struct {
		const char *name;
		enum rounding rounding;
	} WAYS[] = {{"down", ROUND_FLOOR}, {"up", ROUND_CEILING}, {"nearest", ROUND_HALF_EVEN}};
	struct market_case market = market_of(run);
	int64_t units, rounded;
	unsigned decimals;
	char text[64];
	if (!read_units(run, "px", &units, &decimals))
		return false;
	for (size_t i = 0; i < 3; i++) {
		bool none =
			cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(run->expect, WAYS[i].name));
		bool some = hyperliquid_price_round(market.market, market.size_decimals, units,
						    decimals, WAYS[i].rounding, &rounded);
		if (some == none)
			return vector_fails(run, "%s: %s", WAYS[i].name, some ? "one" : "none");
		if (none)
			continue;
		if (!hyperliquid_wire_decimal(rounded, market.price_decimals, text, sizeof(text)) ||
		    !vector_expect_text(run, WAYS[i].name, text))
			return false;
	}
	return true;
}

static bool run_size_floor(const struct vector_run *run)
{
	unsigned size_decimals = (unsigned)vector_integer(run->input, "sz_decimals"), decimals;
	int64_t units, floored;
	char text[64];
	if (!read_units(run, "sz", &units, &decimals))
		return false;
	bool some = hyperliquid_size_floor(size_decimals, units, decimals, &floored);
	if (!vector_expect_refusal(run, !some) || expects_refusal(run))
		return run->why[0] == '\0';
	return hyperliquid_wire_decimal(floored, size_decimals, text, sizeof(text)) &&
	       vector_expect_text(run, "sz", text);
}

static bool run_asset_id(const struct vector_run *run)
{
	const char *dex = vector_text(run->input, "dex_index");
	uint32_t index = (uint32_t)vector_integer(run->input, "index"), asset = 0;
	bool known;
	if (strcmp(dex, "spot") == 0)
		known = hyperliquid_spot_asset(index, &asset);
	else if (strcmp(dex, "outcome") == 0)
		known = hyperliquid_outcome_asset(index, &asset);
	else
		known = hyperliquid_perpetual_asset(
			(uint32_t)vector_integer(run->input, "dex_index"), index, &asset);
	if (known && asset == vector_integer(run->expect, "asset"))
		return true;
	return vector_fails(run, "asset %u", (unsigned)asset);
}

static bool read_e18(const cJSON *object, const char *name, i128 *e18)
{
	const char *text = vector_text(object, name);
	return decimal_parse_i128(text, strlen(text), 18, e18) == DECIMAL_OK;
}

static bool run_premium(const struct vector_run *run)
{
	struct money bid, ask, oracle;
	struct rate premium;
	i128 expected, tenth_decimal;
	if (!read_e18(run->input, "impact_bid", &bid.e18) ||
	    !read_e18(run->input, "impact_ask", &ask.e18) ||
	    !read_e18(run->input, "oracle", &oracle.e18) ||
	    !read_e18(run->expect, "premium", &expected))
		return vector_fails(run, "a figure is no decimal");
	/* The venue's own figures have ten decimals. */
	if (!hyperliquid_premium(bid, ask, oracle, &premium) ||
	    !i128_div_round(premium.e18, DECIMAL_POWERS[8], ROUND_HALF_EVEN, &tenth_decimal) ||
	    tenth_decimal * DECIMAL_POWERS[8] != expected)
		return vector_fails(run, "premium %lld e-18", (long long)premium.e18);
	return true;
}

static bool run_funding_rate_hour(const struct vector_run *run)
{
	i128 premium, expected;
	if (!read_e18(run->input, "avg_premium", &premium) ||
	    !read_e18(run->expect, "rate", &expected))
		return vector_fails(run, "a figure is no decimal");
	struct rate rate = hyperliquid_funding_rate_hour((struct rate){.e18 = (int64_t)premium});
	if (rate.e18 != expected)
		return vector_fails(run, "rate %lld e-18", (long long)rate.e18);
	return true;
}

static bool run_maintenance_margin(const struct vector_run *run)
{
	struct hyperliquid_margin_tier tiers[HYPERLIQUID_MARGIN_TIERS_MAX];
	struct money notional;
	size_t count = 0;
	i128 micro_usd;
	char text[DECIMAL_TEXT_MAX];
	const cJSON *tier;
	cJSON_ArrayForEach(tier, cJSON_GetObjectItemCaseSensitive(run->input, "tiers"))
	{
		if (count == HYPERLIQUID_MARGIN_TIERS_MAX)
			return vector_fails(run, "too many tiers");
		tiers[count].lower_bound.e18 = vector_integer(tier, "lower_bound") * MONEY_ONE;
		tiers[count++].max_leverage = (uint32_t)vector_integer(tier, "max_leverage");
	}
	if (!read_e18(run->input, "notional", &notional.e18) ||
	    !hyperliquid_maintenance_margin(tiers, count, notional, 6, ROUND_FLOOR, &micro_usd))
		return vector_fails(run, "no margin comes out");
	decimal_format(micro_usd, 0, text, sizeof(text));
	return vector_expect_text(run, "maintenance_margin_micro_usd_floor", text);
}

bool vector_case_hyperliquid(const cJSON *single, char *why, size_t why_size)
{
	static const struct {
		const char *kind;
		bool (*run)(const struct vector_run *run);
	} KINDS[] = {
		{"keccak256", run_keccak256},
		{"address", vector_hyperliquid_address},
		{"msgpack_int", run_msgpack_int},
		{"msgpack_str", run_msgpack_str},
		{"eip712_domain", vector_hyperliquid_eip712_domain},
		{"eip712_type", vector_hyperliquid_eip712_type},
		{"l1_action", vector_hyperliquid_l1_action},
		{"recover_l1", vector_hyperliquid_recover_l1},
		{"user_signed_action", vector_hyperliquid_user_signed_action},
		{"recover_user", vector_hyperliquid_recover_user},
		{"to_wire", run_to_wire},
		{"to_int_8dp", run_to_int_8dp},
		{"to_usd_int_6dp", run_to_usd_int_6dp},
		{"slippage_price_official", run_slippage_price_official},
		{"price_valid", run_price_valid},
		{"price_round", run_price_round},
		{"size_floor", run_size_floor},
		{"asset_id", run_asset_id},
		{"premium", run_premium},
		{"funding_rate_hour", run_funding_rate_hour},
		{"maintenance_margin", run_maintenance_margin},
	};
	struct vector_run run = {
		.input = cJSON_GetObjectItemCaseSensitive(single, "input"),
		.expect = cJSON_GetObjectItemCaseSensitive(single, "expect"),
		.why = why,
		.why_size = why_size,
	};
	const char *kind = vector_text(single, "kind");
	why[0] = '\0';
	if (run.input == NULL || run.expect == NULL)
		return vector_fails(&run, "a case without input or expect");
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (strcmp(KINDS[i].kind, kind) == 0)
			return KINDS[i].run(&run);
	return vector_fails(&run, "kind '%.40s' is unknown", kind);
}
