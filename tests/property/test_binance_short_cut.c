/*
 * The codec's short cut against the general reader: on texts as Binance writes them, on such texts
 * with bytes changed, and on real captures where they are present, both give the same result.
 */
#include "core/base/random.h"
#include "exchanges/binance/binance_fields.h"
#include "src/import/line_source.h"
#include "tests/support/effort.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CAPACITY   4096
#define TEXT_BYTES 4096

struct decoded {
	enum binance_result result;
	struct binance_message message;
	struct book_level bids[CAPACITY], asks[CAPACITY];
};

static struct decoded quick, general;
static unsigned rounds, lines_a_file;

static bool same_levels(const struct book_level *a, const struct book_level *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (a[i].price.units != b[i].price.units ||
		    a[i].quantity.units != b[i].quantity.units)
			return false;
	}
	return true;
}

static bool same_level(const struct book_level *a, const struct book_level *b)
{
	return same_levels(a, b, 1);
}

static bool same_payload(const struct binance_message *a, const struct binance_message *b)
{
	switch (a->kind) {
	case BINANCE_DEPTH:
	case BINANCE_SNAPSHOT:
		return a->u.levels.bid_count == b->u.levels.bid_count &&
		       a->u.levels.ask_count == b->u.levels.ask_count &&
		       same_levels(quick.bids, general.bids, a->u.levels.bid_count) &&
		       same_levels(quick.asks, general.asks, a->u.levels.ask_count);
	case BINANCE_BOOK_TICKER:
		return same_level(&a->u.ticker.bid, &b->u.ticker.bid) &&
		       same_level(&a->u.ticker.ask, &b->u.ticker.ask);
	case BINANCE_TRADE:
		return a->u.trade.price.units == b->u.trade.price.units &&
		       a->u.trade.quantity.units == b->u.trade.quantity.units &&
		       a->u.trade.taker_side == b->u.trade.taker_side &&
		       a->u.trade.off_market == b->u.trade.off_market;
	case BINANCE_MARK_PRICE:
		return a->u.mark.fields == b->u.mark.fields &&
		       a->u.mark.mark.e18 == b->u.mark.mark.e18 &&
		       a->u.mark.index.e18 == b->u.mark.index.e18 &&
		       a->u.mark.has_rate == b->u.mark.has_rate &&
		       a->u.mark.rate.e18 == b->u.mark.rate.e18 &&
		       a->u.mark.next_funding_ns == b->u.mark.next_funding_ns;
	case BINANCE_OTHER:
		return true;
	}
	return false;
}

static bool same(void)
{
	const struct binance_message *a = &quick.message, *b = &general.message;
	if (quick.result != general.result || a->kind != b->kind)
		return false;
	if (quick.result != BINANCE_OK)
		return true;
	return a->symbol.text == b->symbol.text && a->symbol.length == b->symbol.length &&
	       a->event_ns == b->event_ns && a->exch_ns == b->exch_ns &&
	       a->first_id == b->first_id && a->last_id == b->last_id &&
	       a->previous_id == b->previous_id && same_payload(a, b);
}

/* text must be exactly `length` bytes long for the address sanitizer to see reads past it. */
static void compare(enum binance_market market, const char *text, size_t length,
		    const struct binance_scale *scale, uint32_t capacity)
{
	const struct binance_levels a = {quick.bids, quick.asks, capacity};
	const struct binance_levels b = {general.bids, general.asks, capacity};
	quick.result = binance_decode(market, text, length, scale, &a, &quick.message);
	general.result =
		binance_decode_by_reader(market, text, length, scale, &b, &general.message);
	if (!same())
		fail_msg("market %d, decimals %u and %u: %.*s", market, scale->price_decimals,
			 scale->quantity_decimals, (int)length, text);
}

static bool takes_short_cut(const char *text, size_t length, const struct binance_scale *scale)
{
	struct binance_fields fields;
	const struct binance_levels levels = {quick.bids, quick.asks, CAPACITY};
	memset(&fields, 0, sizeof(fields));
	return binance_short_cut(text, length, scale, &levels, &fields);
}

/* --- texts as the venue writes them --- */

static size_t put_decimal(char *at, struct random *random)
{
	unsigned long long whole = random_below(random, 3) == 0 ? 0 : random_below(random, 100000);
	unsigned long long part = random_below(random, 1000);
	switch (random_below(random, 6)) {
	case 0:
		return (size_t)sprintf(at, "%llu", whole);
	case 1:
		return (size_t)sprintf(at, "%llu.%llu", whole, part);
	case 2:
		return (size_t)sprintf(at, "%llu.%02llu", whole, part % 100);
	case 3:
		return (size_t)sprintf(at, "%llu.%03llu", whole, part);
	case 4:
		return (size_t)sprintf(at, "%llu.%08llu", whole, part);
	default:
		return (size_t)sprintf(at, "%llu.%llu00000", whole, part);
	}
}

static size_t put_levels(char *at, struct random *random)
{
	char *start = at;
	uint64_t count = random_below(random, 4);
	*at++ = '[';
	for (uint64_t i = 0; i < count; i++) {
		at += sprintf(at, i > 0 ? ",[\"" : "[\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\"]");
	}
	*at++ = ']';
	return (size_t)(at - start);
}

static size_t put_message(char *at, struct random *random)
{
	char *start = at;
	unsigned long long id = random_u64(random) >> random_below(random, 64);
	unsigned long long time = 1700000000000 + random_below(random, 1000000000);
	at += sprintf(at, "{\"stream\":\"btcusdt@x\",\"data\":{");
	switch (random_below(random, 4)) {
	case 0:
		at += sprintf(at,
			      "\"e\":\"depthUpdate\",\"E\":%llu,\"T\":%llu,\"s\":\"BTCUSDT\","
			      "\"U\":%llu,\"u\":%llu,\"pu\":%llu,\"b\":",
			      time, time - 1, id, id + 3, id - 1);
		at += put_levels(at, random);
		at += sprintf(at, ",\"a\":");
		at += put_levels(at, random);
		break;
	case 1:
		at += sprintf(at, "\"u\":%llu,\"s\":\"BTCUSDT\",\"b\":\"", id);
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"B\":\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"a\":\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"A\":\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\"");
		break;
	case 2:
		at += sprintf(at,
			      "\"e\":\"trade\",\"E\":%llu,\"T\":%llu,\"s\":\"BTCUSDT\",\"t\":%llu,"
			      "\"X\":\"%s\",\"m\":%s,\"p\":\"",
			      time, time, id, random_below(random, 2) ? "MARKET" : "NA",
			      random_below(random, 2) ? "true" : "false");
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"q\":\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\"");
		break;
	default:
		at += sprintf(at, "\"e\":\"markPriceUpdate\",\"E\":%llu,\"s\":\"BTCUSDT\",\"p\":\"",
			      time);
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"i\":\"");
		at += put_decimal(at, random);
		at += sprintf(at, "\",\"r\":\"0.00001\",\"T\":%llu", time + 5);
		break;
	}
	at += sprintf(at, "}}");
	return (size_t)(at - start);
}

/* Bytes that matter to the syntax come oftener than others. */
static void change(char *text, size_t *length, struct random *random)
{
	static const char telling[] = "\"\"{}[],:.0-9eE+\\ \n\t\x1f\x80tfn";
	uint64_t changes = random_below(random, 4);
	for (uint64_t i = 0; i < changes; i++) {
		size_t at = random_below(random, *length);
		char byte = telling[random_below(random, sizeof(telling) - 1)];
		switch (random_below(random, 4)) {
		case 0:
			text[at] = byte;
			break;
		case 1:
			memmove(text + at, text + at + 1, *length - at - 1);
			(*length)--;
			break;
		case 2:
			memmove(text + at + 1, text + at, *length - at);
			text[at] = byte;
			(*length)++;
			break;
		default:
			text[at] = (char)random_u64(random);
			break;
		}
	}
	if (random_below(random, 20) == 0)
		*length = 1 + random_below(random, *length);
}

static void changed_texts_are_read_the_same_both_ways(void **state)
{
	const uint64_t seed = 20240808;
	struct random random;
	uint64_t short_cuts = 0;
	char *buffer = malloc(TEXT_BYTES);
	(void)state;
	assert_non_null(buffer);
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (unsigned round = 0; round < rounds; round++) {
		size_t length = put_message(buffer, &random);
		const struct binance_scale scale = {(unsigned)random_below(&random, 10),
						    (unsigned)random_below(&random, 10)};
		uint32_t capacity = random_below(&random, 8) == 0 ? 1 : CAPACITY;
		enum binance_market market = (enum binance_market)random_below(&random, 3);
		change(buffer, &length, &random);
		char *exact = malloc(length);
		assert_non_null(exact);
		memcpy(exact, buffer, length);
		compare(market, exact, length, &scale, capacity);
		short_cuts += takes_short_cut(exact, length, &scale);
		free(exact);
	}
	free(buffer);
	/* Else the comparison would say little. */
	assert_true(short_cuts > rounds / 5);
	assert_true(short_cuts < rounds);
}

/* --- real captures --- */

static uint64_t compare_file(enum binance_market market, const char *path)
{
	static const struct binance_scale scale = {2, 8};
	struct error error;
	struct line_source *source = line_source_open(path, &error);
	const char *line;
	size_t length;
	uint64_t lines = 0, short_cuts = 0;
	assert_non_null(source);
	while (lines < lines_a_file &&
	       line_source_next(source, &line, &length, &error) == LINE_READ) {
		const char *blank = memchr(line, ' ', length);
		assert_non_null(blank);
		size_t rest = length - (size_t)(blank + 1 - line);
		compare(market, blank + 1, rest, &scale, CAPACITY);
		assert_int_equal(quick.result, BINANCE_OK);
		short_cuts += takes_short_cut(blank + 1, rest, &scale);
		lines++;
	}
	line_source_close(source);
	/* All but the snapshot. */
	assert_true(short_cuts + 1 >= lines);
	return lines;
}

static void real_captures_are_read_the_same_both_ways(void **state)
{
	static const char *const folders[] = {"binance-books-20240808",
					      "binance-books-mark-20230405"};
	static const char *const prefixes[BINANCE_MARKETS] = {
		[BINANCE_USDM] = "usdm_", [BINANCE_COINM] = "coinm_", [BINANCE_SPOT] = "spot_"};
	const char *data = getenv("FUNDARB_DATA");
	uint64_t lines = 0;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char folder[512], path[1024];
		snprintf(folder, sizeof(folder), "%s/%s", data != NULL ? data : "../shared/data",
			 folders[i]);
		DIR *directory = opendir(folder);
		if (directory == NULL) {
			printf("skipped: %s not present\n", folder);
			continue;
		}
		for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
			for (int market = 0; market < BINANCE_MARKETS; market++) {
				if (strncmp(entry->d_name, prefixes[market],
					    strlen(prefixes[market])) != 0)
					continue;
				snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
				lines += compare_file((enum binance_market)market, path);
			}
		}
		closedir(directory);
	}
	printf("%llu lines compared\n", (unsigned long long)lines);
}

int main(void)
{
	rounds = effort(60000, "changed Binance messages");
	lines_a_file = effort(20000, "lines of each Binance capture");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_texts_are_read_the_same_both_ways),
		cmocka_unit_test(real_captures_are_read_the_same_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
