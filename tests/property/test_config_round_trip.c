/* Random configurations from the schema: written and read again they are the same struct. */
#include "config/config.h"
#include "config/schema.h"
#include "core/base/decimal.h"
#include "core/base/random.h"
#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RUNS 3000

/* Any allowed value with `decimals` decimals at most. */
static void random_number(struct random *random, const struct config_key *key, unsigned decimals,
			  char *buffer, size_t size)
{
	i128 scale = i128_power_of_ten(decimals);
	i128 low = key->minimum * scale, span = (key->maximum - key->minimum) * scale;
	u128 draw = (u128)random_u64(random) << 60 ^ random_u64(random);
	i128 value = low + (i128)(draw % ((u128)span + 1));
	/* Often a plain number, and sometimes one end of the range. */
	if (random_below(random, 2))
		value -= (value - low) % scale;
	if (random_below(random, 16) == 0)
		value = random_below(random, 2) ? low : low + span;
	decimal_format_short(value, decimals, buffer, size);
}

static void random_value(struct random *random, const struct config_key *key, char *buffer,
			 size_t size)
{
	switch (key->type) {
	case CONFIG_TYPE_BOOL:
		snprintf(buffer, size, "%s", random_below(random, 2) ? "yes" : "no");
		return;
	case CONFIG_TYPE_WORD:
	case CONFIG_TYPE_CHOICE: {
		const char *word = key->words;
		while (strchr(word, '|') && random_below(random, 2))
			word = strchr(word, '|') + 1;
		snprintf(buffer, size, "%.*s", (int)strcspn(word, "|"), word);
		return;
	}
	case CONFIG_TYPE_UNSIGNED:
	case CONFIG_TYPE_INT32:
	case CONFIG_TYPE_BP:
	case CONFIG_TYPE_SEED:
		random_number(random, key, 0, buffer, size);
		return;
	case CONFIG_TYPE_DURATION:
		random_number(random, key, key->unit_ns == NS_PER_MS ? 6 : 9, buffer, size);
		return;
	case CONFIG_TYPE_MONEY:
	case CONFIG_TYPE_FRACTION:
		random_number(random, key, 18, buffer, size);
		return;
	case CONFIG_TYPE_BP_RATE:
		random_number(random, key, 14, buffer, size);
		return;
	case CONFIG_TYPE_PERCENT:
		random_number(random, key, 16, buffer, size);
		return;
	case CONFIG_TYPE_TEXT:
		snprintf(buffer, size, "text %llu", (unsigned long long)random_u64(random));
		return;
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_PATHS:
		snprintf(buffer, size, "%sfolder %llu", random_below(random, 2) ? "/" : "../",
			 (unsigned long long)random_u64(random));
		return;
	case CONFIG_TYPE_TIME: {
		static const unsigned digits[] = {0, 3, 6, 9};
		utc_format((int64_t)random_below(random, INT64_C(4000000000)) * NS_PER_SECOND +
				   (int64_t)random_below(random, NS_PER_SECOND),
			   digits[random_below(random, 4)], buffer, size);
		return;
	}
	case CONFIG_TYPE_PAIRS:
		snprintf(buffer, size, "a:%llx b:%llx", (unsigned long long)random_u64(random),
			 (unsigned long long)random_u64(random));
		return;
	case CONFIG_TYPE_DEPOSITS:
		snprintf(buffer, size, "%llu.%llu C%llu",
			 1 + (unsigned long long)random_below(random, 1000000),
			 (unsigned long long)random_below(random, 1000000000),
			 (unsigned long long)random_u64(random));
		return;
	}
}

static size_t random_keys(struct random *random, const char *section, char *text, size_t size)
{
	size_t at = 0;
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &CONFIG_KEYS[i];
		char value[CONFIG_VALUE_TEXT_MAX];
		if (strcmp(key->section, section) != 0)
			continue;
		bool needed = strcmp(key->name, "mode") == 0 || strcmp(key->name, "recording") == 0;
		uint64_t times =
			config_is_list(key) ? random_below(random, 4) : random_below(random, 2);
		for (times += needed && times == 0; times > 0; times--) {
			random_value(random, key, value, sizeof(value));
			at += (size_t)snprintf(text + at, size - at, "%s = %s\n", key->name, value);
		}
	}
	return at;
}

static size_t random_file(struct random *random, char *text, size_t size)
{
	const char *sections[CONFIG_SECTIONS_MAX];
	size_t count = config_section_names(sections), at = 0;
	for (size_t i = 0; i < count; i++) {
		bool venue = strcmp(sections[i], "venue") == 0;
		bool instrument = strcmp(sections[i], "instrument") == 0;
		uint64_t times = venue || instrument ? random_below(random, 4) : 1;
		for (uint64_t n = 0; n < times; n++) {
			if (venue)
				at += (size_t)snprintf(text + at, size - at, "[venue v%llu]\n",
						       (unsigned long long)n);
			else if (instrument)
				at += (size_t)snprintf(text + at, size - at,
						       "[instrument v:S%llu]\n",
						       (unsigned long long)n);
			else
				at += (size_t)snprintf(text + at, size - at, "[%s]\n", sections[i]);
			at += random_keys(random, sections[i], text + at, size - at);
		}
	}
	assert_true(at < size - 1);
	return at;
}

static void forget_lines(struct config *config)
{
	for (size_t i = 0; i < config->venue_count; i++)
		config->venues[i].line = 0;
	for (size_t i = 0; i < config->instrument_count; i++)
		config->instruments[i].line = 0;
	for (size_t i = 0; i < config->pair_count; i++)
		config->pairs[i].line = 0;
}

static void written_configuration_is_read_back_equal(void **state)
{
	(void)state;
	static struct config config, again;
	static char text[65536];
	const uint64_t seed = 20240808;
	struct random random;
	unsigned sound = 0;
	random_seed(&random, seed);
	print_message("seed %llu, %d files\n", (unsigned long long)seed, RUNS);
	for (int run = 0; run < RUNS; run++) {
		struct error err = {0};
		size_t length = random_file(&random, text, sizeof(text));
		if (!config_load_text("bot.ini", text, length, &config, &err)) {
			/* Random figures may contradict each other, nothing else. */
			if (!strstr(err.text, "contradicts") && !strstr(err.text, "needs venues"))
				fail_msg("run %d: %s\n%s", run, err.text, text);
			continue;
		}
		sound++;
		char *written = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&written, &size);
		assert_non_null(out);
		config_write(&config, out);
		fclose(out);
		if (!config_load_text("bot.ini", written, size, &again, &err))
			fail_msg("run %d: %s\n%s", run, err.text, written);
		free(written);
		forget_lines(&config);
		forget_lines(&again);
		if (memcmp(&config, &again, sizeof(config)) != 0)
			fail_msg("run %d: read back differently:\n%s", run, text);
	}
	print_message("%u of them without contradictions\n", sound);
	assert_true(sound > RUNS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_configuration_is_read_back_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
