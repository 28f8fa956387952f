/*
 * One value: from the text of the file to the exact integer in the struct, and back. Everything
 * that is refused says what is allowed.
 */
#include "config/schema.h"
#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_DECIMALS 9
#define WORDS_MAX	  8

_Static_assert(sizeof(enum config_mode) == sizeof(int), "CONFIG_TYPE_WORD stores an int");

/* A value on its way, and where it stands, for messages. */
struct setting {
	const struct config_key *key;
	const char *value;
	const char *where;
	int line;
	struct config *config;
	char *base;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct setting *setting,
							 const char *format, ...)
{
	char problem[320], allowed[128];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return error_set(setting->err, ERROR_CONFIGURATION, "%s: %s: %s; allowed: %s",
			 setting->where, setting->key->name, problem,
			 config_allowed_text(setting->key, allowed, sizeof(allowed)));
}

/* Decimals of the integer that a number becomes; a duration goes through 10^-9 of its unit. */
static unsigned decimals_of(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_TYPE_DURATION:
		return DURATION_DECIMALS;
	case CONFIG_TYPE_MONEY:
	case CONFIG_TYPE_FRACTION:
		return 18;
	case CONFIG_TYPE_PERCENT:
		return 16;
	case CONFIG_TYPE_BP_RATE:
		return 14;
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_SEED:
	case CONFIG_TYPE_BP:
	case CONFIG_TYPE_BOOL:
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE:
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_TIME:
	case CONFIG_TYPE_PATHS:
	case CONFIG_TYPE_PAIRS:
	case CONFIG_TYPE_DEPOSITS:
		break;
	}
	return 0;
}

/* "5 ms" and "10%" are numbers with a unit of their own; "abc" and "1-2" are not. */
static bool carries_unit(const char *value)
{
	size_t number = strspn(value, "+-0123456789.");
	const char *unit = value + number + strspn(value + number, " \t");
	bool digits = strcspn(value, "0123456789") < number;
	return digits && *unit && !strpbrk(unit, "0123456789.,");
}

static bool refuse_number(const struct setting *setting, enum decimal_result result)
{
	unsigned decimals = decimals_of(setting->key);
	const char *unit = config_unit_text(setting->key);
	switch (result) {
	case DECIMAL_SYNTAX:
		if (carries_unit(setting->value))
			return refuse(setting,
				      "'%s' has a unit of its own; write the number alone%s%s",
				      setting->value, *unit ? ", in " : "", unit);
		return refuse(setting, "'%s' is not a number", setting->value);
	case DECIMAL_INEXACT:
		if (decimals == 0)
			return refuse(setting, "%s is not whole", setting->value);
		return refuse(setting, "%s has more than %u decimals", setting->value, decimals);
	case DECIMAL_OK:
	case DECIMAL_RANGE:
		break;
	}
	return refuse(setting, "%s is out of range", setting->value);
}

/* The value x 10^decimals, inside the key's range. */
static bool parse_number(const struct setting *setting, i128 *out)
{
	unsigned decimals = decimals_of(setting->key);
	i128 number, scale = i128_power_of_ten(decimals);
	enum decimal_result result =
		decimal_parse_i128(setting->value, strlen(setting->value), decimals, &number);
	if (result != DECIMAL_OK)
		return refuse_number(setting, result);
	if (number < setting->key->minimum * scale || number > setting->key->maximum * scale)
		return refuse_number(setting, DECIMAL_RANGE);
	*out = number;
	return true;
}

static bool parse_duration(const struct setting *setting, int64_t *out)
{
	i128 number, scale = i128_power_of_ten(DURATION_DECIMALS);
	if (!parse_number(setting, &number))
		return false;
	number *= setting->key->unit_ns; /* ranges keep this far inside 128 bits */
	if (number % scale != 0)
		return refuse(setting, "%s is not a whole number of nanoseconds", setting->value);
	if (number / scale > INT64_MAX)
		return refuse_number(setting, DECIMAL_RANGE);
	*out = (int64_t)(number / scale);
	return true;
}

static size_t split_words(const char *words, char out[WORDS_MAX][32])
{
	size_t count = 0;
	while (words && count < WORDS_MAX) {
		size_t length = strcspn(words, "|");
		assert(length < sizeof(out[0]));
		memcpy(out[count], words, length);
		out[count++][length] = '\0';
		words = words[length] ? words + length + 1 : NULL;
	}
	return count;
}

static bool parse_word(const struct setting *setting, const char *words, int *out)
{
	char texts[WORDS_MAX][32];
	size_t count = split_words(words, texts);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(setting->value, texts[i]) == 0) {
			*out = (int)i;
			return true;
		}
	}
	return refuse(setting, "'%s' is none of the words", setting->value);
}

static bool resolve_path(const struct setting *setting, char out[CONFIG_TEXT_MAX])
{
	const char *slash = strrchr(setting->config->path, '/');
	bool relative = slash && setting->value[0] != '/' && setting->value[0] != '\0';
	int folder = relative ? (int)(slash - setting->config->path) + 1 : 0;
	if (setting->value[0] == '\0' && setting->key->default_text[0] != '\0')
		return refuse(setting, "the path is missing");
	int length = snprintf(out, CONFIG_TEXT_MAX, "%.*s%s", folder, setting->config->path,
			      setting->value);
	if (length >= CONFIG_TEXT_MAX)
		return refuse(setting, "the path with its folder has more than %d characters",
			      CONFIG_TEXT_MAX - 1);
	return true;
}

static bool add_recording(const struct setting *setting)
{
	struct config *config = setting->config;
	char path[CONFIG_TEXT_MAX] = "";
	if (setting->value[0] == '\0')
		return refuse(setting, "the path is missing");
	if (!resolve_path(setting, path))
		return false;
	for (size_t i = 0; i < config->recording_count; i++)
		if (strcmp(config->recordings[i], path) == 0)
			return refuse(setting, "%s is given twice", setting->value);
	if (config->recording_count == CONFIG_RECORDINGS_MAX)
		return refuse(setting, "more than %d recordings", CONFIG_RECORDINGS_MAX);
	memcpy(config->recordings[config->recording_count++], path, sizeof(path));
	return true;
}

/* Takes "VENUE:SYMBOL" from *at; the symbol may hold further colons. */
static bool take_instrument(const char **at, char venue[32], char symbol[32])
{
	const char *start = *at + strspn(*at, " \t");
	const char *end = start + strcspn(start, " \t");
	const char *colon = memchr(start, ':', (size_t)(end - start));
	if (!colon || colon == start || colon + 1 == end || colon - start > 31 || end - colon > 32)
		return false;
	snprintf(venue, 32, "%.*s", (int)(colon - start), start);
	snprintf(symbol, 32, "%.*s", (int)(end - colon - 1), colon + 1);
	*at = end + strspn(end, " \t");
	return true;
}

static bool add_pair(const struct setting *setting)
{
	struct config *config = setting->config;
	char venue[2][32] = {"", ""}, symbol[2][32] = {"", ""};
	const char *at = setting->value;
	if (!take_instrument(&at, venue[0], symbol[0]) ||
	    !take_instrument(&at, venue[1], symbol[1]) || *at)
		return refuse(setting, "'%s' does not name two instruments", setting->value);
	if (strcmp(venue[0], venue[1]) == 0 && strcmp(symbol[0], symbol[1]) == 0)
		return refuse(setting, "both legs are %s:%s", venue[0], symbol[0]);
	for (size_t i = 0; i < config->pair_count; i++)
		for (size_t turn = 0; turn < 2; turn++)
			if (strcmp(config->pairs[i].venue[0], venue[turn]) == 0 &&
			    strcmp(config->pairs[i].symbol[0], symbol[turn]) == 0 &&
			    strcmp(config->pairs[i].venue[1], venue[!turn]) == 0 &&
			    strcmp(config->pairs[i].symbol[1], symbol[!turn]) == 0)
				return refuse(setting, "this pair is already at line %d",
					      config->pairs[i].line);
	if (config->pair_count == CONFIG_PAIRS_MAX)
		return refuse(setting, "more than %d pairs", CONFIG_PAIRS_MAX);
	memcpy(config->pairs[config->pair_count].venue, venue, sizeof(venue));
	memcpy(config->pairs[config->pair_count].symbol, symbol, sizeof(symbol));
	config->pairs[config->pair_count++].line = setting->line;
	return true;
}

/* One "AMOUNT ASSET", already without blanks around it. */
static bool add_deposit(const struct setting *setting, const char *text, size_t length)
{
	struct config_venue *venue = (struct config_venue *)(void *)setting->base;
	size_t number = 0;
	while (number < length && text[number] != ' ' && text[number] != '\t')
		number++;
	size_t asset = number;
	while (asset < length && (text[asset] == ' ' || text[asset] == '\t'))
		asset++;
	size_t asset_length = length - asset;
	struct money amount;
	if (asset_length == 0 || asset_length > 31 || memchr(text + asset, ' ', asset_length) ||
	    memchr(text + asset, '\t', asset_length))
		return refuse(setting, "'%.*s' is not an amount and an asset", (int)length, text);
	if (decimal_parse_i128(text, number, MONEY_DECIMALS, &amount.e18) != DECIMAL_OK ||
	    amount.e18 <= 0 || amount.e18 > INT64_C(1000000000000) * MONEY_ONE)
		return refuse(setting,
			      "'%.*s' is not an amount above 0 and up to 1000000000000, with at "
			      "most 18 decimals",
			      (int)number, text);
	for (size_t i = 0; i < venue->deposit_count; i++)
		if (strlen(venue->deposits[i].asset) == asset_length &&
		    memcmp(venue->deposits[i].asset, text + asset, asset_length) == 0)
			return refuse(setting, "%.*s is deposited twice", (int)asset_length,
				      text + asset);
	if (venue->deposit_count == CONFIG_DEPOSITS_MAX)
		return refuse(setting, "more than %d assets", CONFIG_DEPOSITS_MAX);
	snprintf(venue->deposits[venue->deposit_count].asset, 32, "%.*s", (int)asset_length,
		 text + asset);
	venue->deposits[venue->deposit_count++].amount = amount;
	return true;
}

static bool add_deposits(const struct setting *setting)
{
	for (const char *at = setting->value;; at++) {
		at += strspn(at, " \t");
		size_t field = strcspn(at, ","), length = field;
		while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
			length--;
		if (!add_deposit(setting, at, length))
			return false;
		at += field;
		if (*at == '\0')
			return true;
	}
}

static bool store_flag(const struct setting *setting, const char *words)
{
	int index;
	if (!parse_word(setting, words, &index))
		return false;
	*(bool *)(setting->base + setting->key->offset) = index != 0;
	return true;
}

static bool store(const struct setting *setting)
{
	char *field = setting->base + setting->key->offset;
	i128 number = 0;
	switch (setting->key->type) {
	case CONFIG_TYPE_BOOL:
		return store_flag(setting, "no|yes");
	case CONFIG_TYPE_CHOICE:
		return store_flag(setting, setting->key->words);
	case CONFIG_TYPE_WORD:
		return parse_word(setting, setting->key->words, (int *)(void *)field);
	case CONFIG_TYPE_UNSIGNED:
		if (!parse_number(setting, &number))
			return false;
		*(unsigned *)(void *)field = (unsigned)number;
		return true;
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_BP:
		if (!parse_number(setting, &number))
			return false;
		*(int32_t *)(void *)field = (int32_t)number;
		return true;
	case CONFIG_TYPE_SEED:
		if (!parse_number(setting, &number))
			return false;
		*(uint64_t *)(void *)field = (uint64_t)number;
		return true;
	case CONFIG_TYPE_DURATION:
		return parse_duration(setting, (int64_t *)(void *)field);
	case CONFIG_TYPE_MONEY:
		return parse_number(setting, &((struct money *)(void *)field)->e18);
	case CONFIG_TYPE_BP_RATE:
	case CONFIG_TYPE_PERCENT:
	case CONFIG_TYPE_FRACTION:
		if (!parse_number(setting, &number))
			return false;
		assert(number >= INT64_MIN && number <= INT64_MAX); /* the table's ranges fit */
		((struct rate *)(void *)field)->e18 = (int64_t)number;
		return true;
	case CONFIG_TYPE_TEXT:
		if (strlen(setting->value) >= CONFIG_TEXT_MAX)
			return refuse(setting, "the text is too long");
		snprintf(field, CONFIG_TEXT_MAX, "%s", setting->value);
		return true;
	case CONFIG_TYPE_PATH:
		return resolve_path(setting, field);
	case CONFIG_TYPE_TIME:
		if (!utc_parse(setting->value, strlen(setting->value), (int64_t *)(void *)field))
			return refuse(setting, "'%s' is not a time", setting->value);
		return true;
	case CONFIG_TYPE_PATHS:
		return add_recording(setting);
	case CONFIG_TYPE_PAIRS:
		return add_pair(setting);
	case CONFIG_TYPE_DEPOSITS:
		return add_deposits(setting);
	}
	return false;
}

bool config_store(const struct config_key *key, const char *value, const char *where, int line,
		  struct config *config, void *base, struct error *err)
{
	struct setting setting = {.key = key,
				  .value = value,
				  .where = where,
				  .line = line,
				  .config = config,
				  .base = base,
				  .err = err};
	if (!store(&setting))
		return false;
	if (key->flag_offset != NO_FLAG)
		*(bool *)(setting.base + key->flag_offset) = true;
	return true;
}

/* Shortest of 0, 3, 6, 9 fraction digits that loses nothing. */
static void time_text(int64_t ns, char *buffer, size_t size)
{
	unsigned digits = ns % NS_PER_SECOND == 0 ? 0
			  : ns % NS_PER_MS == 0	  ? 3
			  : ns % NS_PER_US == 0	  ? 6
						  : 9;
	utc_format(ns, digits, buffer, size);
}

static i128 number_of(const struct config_key *key, const char *field)
{
	switch (key->type) {
	case CONFIG_TYPE_UNSIGNED:
		return *(const unsigned *)(const void *)field;
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_BP:
		return *(const int32_t *)(const void *)field;
	case CONFIG_TYPE_SEED:
		return *(const uint64_t *)(const void *)field;
	case CONFIG_TYPE_DURATION:
		return *(const int64_t *)(const void *)field *
		       i128_power_of_ten(DURATION_DECIMALS) / key->unit_ns;
	case CONFIG_TYPE_MONEY:
		return ((const struct money *)(const void *)field)->e18;
	case CONFIG_TYPE_BP_RATE:
	case CONFIG_TYPE_PERCENT:
	case CONFIG_TYPE_FRACTION:
		return ((const struct rate *)(const void *)field)->e18;
	case CONFIG_TYPE_BOOL:
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE:
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_TIME:
	case CONFIG_TYPE_PATHS:
	case CONFIG_TYPE_PAIRS:
	case CONFIG_TYPE_DEPOSITS:
		break;
	}
	abort(); /* only numbers come here */
	return 0;
}

bool config_value_text(const struct config_key *key, const void *base, char *buffer, size_t size)
{
	const char *field = (const char *)base + key->offset;
	char words[WORDS_MAX][32];
	if (config_is_list(key))
		return false;
	if (key->flag_offset != NO_FLAG &&
	    !*(const bool *)(const void *)((const char *)base + key->flag_offset))
		return false;
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		snprintf(buffer, size, "%s", *(const bool *)(const void *)field ? "yes" : "no");
		return true;
	case CONFIG_TYPE_CHOICE:
		split_words(key->words, words);
		snprintf(buffer, size, "%s", words[*(const bool *)(const void *)field]);
		return true;
	case CONFIG_TYPE_WORD:
		split_words(key->words, words);
		snprintf(buffer, size, "%s", words[*(const int *)(const void *)field]);
		return true;
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
		snprintf(buffer, size, "%s", field);
		return true;
	case CONFIG_TYPE_TIME:
		time_text(*(const int64_t *)(const void *)field, buffer, size);
		return true;
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_SEED:
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MONEY:
	case CONFIG_TYPE_BP:
	case CONFIG_TYPE_BP_RATE:
	case CONFIG_TYPE_PERCENT:
	case CONFIG_TYPE_FRACTION:
		decimal_format_short(number_of(key, field), decimals_of(key), buffer, size);
		return true;
	case CONFIG_TYPE_PATHS:
	case CONFIG_TYPE_PAIRS:
	case CONFIG_TYPE_DEPOSITS:
		break;
	}
	return false;
}
