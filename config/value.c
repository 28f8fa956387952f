/* One value: text of the file <-> exact field of the struct. */
#include "config/schema.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <ctype.h>
#include <string.h>

/* Numbers are read with this many decimals before their unit is applied. */
#define VALUE_DECIMALS 9
#define VALUE_ONE      ((i128)1000000000)

static bool refuse(const struct config_key *key, const char *value, const char *where,
		   const char *problem, struct error *err)
{
	char allowed[160];
	return error_set(err, ERROR_CONFIGURATION, "%s: %s = %s: %s; allowed: %s", where, key->name,
			 value, problem, config_allowed_text(key, allowed, sizeof(allowed)));
}

/* "5 ms", "10%", "0.5h": a number and then letters, so the unit is what is wrong. */
static bool has_foreign_unit(const char *value)
{
	size_t digits = strspn(value, "+-0123456789.eE");
	return digits > 0 && value[digits] != '\0';
}

static bool parse_number(const struct config_key *key, const char *value, const char *where,
			 i128 *out, struct error *err)
{
	char unit[96], problem[160];
	enum decimal_result result = decimal_parse_i128(value, strlen(value), VALUE_DECIMALS, out);
	if (result != DECIMAL_OK) {
		if (has_foreign_unit(value))
			snprintf(problem, sizeof(problem),
				 "wrong unit; the unit is in the key's name: write a bare number "
				 "of %s",
				 config_unit_text(key, unit, sizeof(unit)));
		else
			snprintf(problem, sizeof(problem), "%s", decimal_result_text(result));
		return refuse(key, value, where, problem, err);
	}
	if (*out < key->minimum * VALUE_ONE || *out > key->maximum * VALUE_ONE)
		return refuse(key, value, where, "out of range", err);
	return true;
}

static bool parse_whole(const struct config_key *key, const char *value, const char *where,
			int64_t *out, struct error *err)
{
	i128 number;
	if (!parse_number(key, value, where, &number, err))
		return false;
	if (number % VALUE_ONE != 0)
		return refuse(key, value, where, "not a whole number", err);
	*out = (int64_t)(number / VALUE_ONE);
	return true;
}

/* number x factor / 10^9, which must come out whole. */
static bool scale(const struct config_key *key, const char *value, const char *where, i128 factor,
		  i128 *out, struct error *err)
{
	i128 number, product;
	if (!parse_number(key, value, where, &number, err))
		return false;
	if (!i128_mul(number, factor, &product))
		return refuse(key, value, where, "too large", err);
	if (product % VALUE_ONE != 0)
		return refuse(key, value, where, "too many decimals", err);
	*out = product / VALUE_ONE;
	return true;
}

static bool parse_bool(const struct config_key *key, const char *value, const char *where,
		       bool *out, struct error *err)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return refuse(key, value, where, "neither yes nor no", err);
	*out = strcmp(value, "yes") == 0;
	return true;
}

/* Index of value in "a|b|c", -1 if it is none of them. */
static int word_index(const char *words, const char *value)
{
	size_t length = strlen(value);
	int index = 0;
	for (const char *word = words;; index++) {
		size_t word_length = strcspn(word, "|");
		if (word_length == length && memcmp(word, value, length) == 0)
			return index;
		if (word[word_length] == '\0')
			return -1;
		word += word_length + 1;
	}
}

static bool store_path(const struct config_key *key, const char *value, const char *where,
		       const struct config *config, char *out, struct error *err)
{
	const char *slash = strrchr(config->path, '/');
	int folder = value[0] == '/' || !slash ? 0 : (int)(slash - config->path + 1);
	if (snprintf(out, CONFIG_TEXT_MAX, "%.*s%s", folder, config->path, value) >=
	    CONFIG_TEXT_MAX)
		return refuse(key, value, where, "the path is too long", err);
	return true;
}

static bool store_recording(const struct config_key *key, const char *value, const char *where,
			    struct config *config, struct error *err)
{
	if (config->recording_count == CONFIG_RECORDINGS_MAX)
		return refuse(key, value, where, "too many recordings", err);
	if (value[0] == '\0')
		return refuse(key, value, where, "empty", err);
	return store_path(key, value, where, config, config->recordings[config->recording_count++],
			  err);
}

/* VENUE:SYMBOL */
static bool split_name(const char *text, size_t length, char venue[32], char symbol[32])
{
	const char *colon = memchr(text, ':', length);
	if (!colon)
		return false;
	size_t left = (size_t)(colon - text), right = length - left - 1;
	if (left == 0 || right == 0 || left > 31 || right > 31)
		return false;
	memcpy(venue, text, left);
	venue[left] = '\0';
	memcpy(symbol, colon + 1, right);
	symbol[right] = '\0';
	return true;
}

static bool store_pair(const struct config_key *key, const char *value, const char *where, int line,
		       struct config *config, struct error *err)
{
	size_t first = strcspn(value, " \t");
	const char *second = value + first + strspn(value + first, " \t");
	if (config->pair_count == CONFIG_PAIRS_MAX)
		return refuse(key, value, where, "too many pairs", err);
	if (!split_name(value, first, config->pairs[config->pair_count].venue[0],
			config->pairs[config->pair_count].symbol[0]) ||
	    strpbrk(second, " \t") ||
	    !split_name(second, strlen(second), config->pairs[config->pair_count].venue[1],
			config->pairs[config->pair_count].symbol[1]))
		return refuse(key, value, where, "not two instruments", err);
	config->pairs[config->pair_count++].line = line;
	return true;
}

static bool store_deposit(const struct config_key *key, const char *value, const char *where,
			  struct config_venue *venue, struct error *err)
{
	for (const char *item = value; *item;) {
		item += strspn(item, " ,\t");
		size_t number = strcspn(item, " \t,");
		const char *asset = item + number + strspn(item + number, " \t");
		size_t length = strcspn(asset, " ,\t");
		if (number == 0 && *item == '\0')
			break;
		if (venue->deposit_count == CONFIG_DEPOSITS_MAX)
			return refuse(key, value, where, "too many assets", err);
		struct money amount;
		if (length == 0 || length > 31 ||
		    decimal_parse_i128(item, number, MONEY_DECIMALS, &amount.e18) != DECIMAL_OK ||
		    amount.e18 <= 0 || amount.e18 > MONEY_ONE * INT64_C(1000000000000))
			return refuse(key, value, where, "not a list of amounts with their asset",
				      err);
		for (size_t i = 0; i < length; i++)
			if (!isalnum((unsigned char)asset[i]))
				return refuse(key, value, where, "an asset is letters and digits",
					      err);
		memcpy(venue->deposits[venue->deposit_count].asset, asset, length);
		venue->deposits[venue->deposit_count].asset[length] = '\0';
		venue->deposits[venue->deposit_count++].amount = amount;
		item = asset + length;
	}
	return true;
}

static bool store_rate(const struct config_key *key, const char *value, const char *where,
		       i128 factor, struct rate *out, struct error *err)
{
	i128 e18 = 0;
	if (!scale(key, value, where, factor, &e18, err))
		return false;
	if (e18 > INT64_MAX || e18 < INT64_MIN)
		return refuse(key, value, where, "too large", err);
	out->e18 = (int64_t)e18;
	return true;
}

static bool store(const struct config_key *key, const char *value, const char *where, int line,
		  struct config *config, void *base, struct error *err)
{
	char *field = (char *)base + key->offset;
	int64_t whole = 0;
	i128 wide = 0;
	int index;
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		return parse_bool(key, value, where, (bool *)field, err);
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE:
		index = word_index(key->words, value);
		if (index < 0)
			return refuse(key, value, where, "not one of the words", err);
		if (key->type == CONFIG_TYPE_CHOICE)
			*(bool *)field = index == 1;
		else
			*(int *)(void *)field = index;
		return true;
	case CONFIG_TYPE_UNSIGNED:
		if (!parse_whole(key, value, where, &whole, err))
			return false;
		*(unsigned *)(void *)field = (unsigned)whole;
		return true;
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_BP:
		if (!parse_whole(key, value, where, &whole, err))
			return false;
		*(int32_t *)(void *)field = (int32_t)whole;
		return true;
	case CONFIG_TYPE_SEED:
		if (!parse_whole(key, value, where, &whole, err))
			return false;
		*(uint64_t *)(void *)field = (uint64_t)whole;
		return true;
	case CONFIG_TYPE_DURATION:
		if (!scale(key, value, where, key->unit_ns, &wide, err))
			return false;
		*(int64_t *)(void *)field = (int64_t)wide;
		return true;
	case CONFIG_TYPE_MONEY:
		if (!scale(key, value, where, MONEY_ONE, &wide, err))
			return false;
		((struct money *)(void *)field)->e18 = wide;
		return true;
	case CONFIG_TYPE_BP_RATE:
		return store_rate(key, value, where, RATE_ONE / 10000, (void *)field, err);
	case CONFIG_TYPE_PERCENT:
		return store_rate(key, value, where, RATE_ONE / 100, (void *)field, err);
	case CONFIG_TYPE_FRACTION:
		return store_rate(key, value, where, RATE_ONE, (void *)field, err);
	case CONFIG_TYPE_PATH:
		return store_path(key, value, where, config, field, err);
	case CONFIG_TYPE_TIME:
		if (!utc_parse(value, strlen(value), (int64_t *)(void *)field))
			return refuse(key, value, where, "not such a time", err);
		return true;
	case CONFIG_TYPE_PATHS:
		return store_recording(key, value, where, config, err);
	case CONFIG_TYPE_PAIRS:
		return store_pair(key, value, where, line, config, err);
	case CONFIG_TYPE_DEPOSITS:
		return store_deposit(key, value, where, base, err);
	}
	return false;
}

bool config_store(const struct config_key *key, const char *value, const char *where, int line,
		  struct config *config, void *base, struct error *err)
{
	if (!store(key, value, where, line, config, base, err))
		return false;
	if (key->flag_offset != NO_FLAG)
		*(bool *)((char *)base + key->flag_offset) = true;
	return true;
}

/* ---- back to text ---------------------------------------------------------------------------- */

static void word_text(const char *words, int index, char *buffer, size_t size)
{
	for (; index > 0; index--)
		words += strcspn(words, "|") + 1;
	snprintf(buffer, size, "%.*s", (int)strcspn(words, "|"), words);
}

static bool scaled_text(i128 value, i128 factor, char *buffer, size_t size)
{
	i128 units;
	return mul_div(value, VALUE_ONE, factor, ROUND_HALF_EVEN, &units) &&
	       decimal_format_short(units, VALUE_DECIMALS, buffer, size) > 0;
}

bool config_value_text(const struct config_key *key, const void *base, char *buffer, size_t size)
{
	const char *field = (const char *)base + key->offset;
	if (key->flag_offset != NO_FLAG && !*(const bool *)((const char *)base + key->flag_offset))
		return false;
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		snprintf(buffer, size, *(const bool *)field ? "yes" : "no");
		return true;
	case CONFIG_TYPE_WORD:
		word_text(key->words, *(const int *)(const void *)field, buffer, size);
		return true;
	case CONFIG_TYPE_CHOICE:
		word_text(key->words, *(const bool *)field, buffer, size);
		return true;
	case CONFIG_TYPE_UNSIGNED:
		snprintf(buffer, size, "%u", *(const unsigned *)(const void *)field);
		return true;
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_BP:
		snprintf(buffer, size, "%d", *(const int32_t *)(const void *)field);
		return true;
	case CONFIG_TYPE_SEED:
		snprintf(buffer, size, "%llu",
			 (unsigned long long)*(const uint64_t *)(const void *)field);
		return true;
	case CONFIG_TYPE_DURATION:
		return scaled_text(*(const int64_t *)(const void *)field, key->unit_ns, buffer,
				   size);
	case CONFIG_TYPE_MONEY:
		return scaled_text(((const struct money *)(const void *)field)->e18, MONEY_ONE,
				   buffer, size);
	case CONFIG_TYPE_BP_RATE:
		return scaled_text(((const struct rate *)(const void *)field)->e18,
				   RATE_ONE / 10000, buffer, size);
	case CONFIG_TYPE_PERCENT:
		return scaled_text(((const struct rate *)(const void *)field)->e18, RATE_ONE / 100,
				   buffer, size);
	case CONFIG_TYPE_FRACTION:
		return scaled_text(((const struct rate *)(const void *)field)->e18, RATE_ONE,
				   buffer, size);
	case CONFIG_TYPE_PATH:
		snprintf(buffer, size, "%s", field);
		return field[0] != '\0';
	case CONFIG_TYPE_TIME:
		return utc_format(*(const int64_t *)(const void *)field, 9, buffer, size) > 0;
	case CONFIG_TYPE_PATHS:
	case CONFIG_TYPE_PAIRS:
	case CONFIG_TYPE_DEPOSITS:
		return false; /* lists are written by their own loops */
	}
	return false;
}
