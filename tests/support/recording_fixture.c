#include "tests/support/recording_fixture.h"
#include "core/base/utc.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four headers above it. */
#include <cmocka.h>

void event_list_add(struct event_list *list, const struct market_event *event)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 64;
		list->at = realloc(list->at, list->capacity * sizeof *list->at);
		assert_non_null(list->at);
	}
	struct market_event *copy = &list->at[list->count++];
	*copy = *event;
	if (event->kind != EVENT_BOOK)
		return;
	size_t bids = event->u.book.bid_count;
	size_t asks = event->u.book.ask_count;
	struct book_level *levels = malloc((bids + asks + 1) * sizeof *levels);
	assert_non_null(levels);
	if (bids > 0)
		memcpy(levels, event->u.book.bids, bids * sizeof *levels);
	if (asks > 0)
		memcpy(levels + bids, event->u.book.asks, asks * sizeof *levels);
	copy->u.book.bids = levels;
	copy->u.book.asks = levels + bids;
}

void event_list_free(struct event_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].kind == EVENT_BOOK) {
			struct book_level *levels;
			memcpy(&levels, &list->at[i].u.book.bids, sizeof levels);
			free(levels);
		}
	free(list->at);
	memset(list, 0, sizeof *list);
}

static bool levels_equal(const struct book_level *a, const struct book_level *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (a[i].price.units != b[i].price.units ||
		    a[i].quantity.units != b[i].quantity.units)
			return false;
	return true;
}

static bool marks_equal(const struct market_event *a, const struct market_event *b)
{
	unsigned fields = a->u.mark.fields;
	return fields == b->u.mark.fields &&
	       (!(fields & MARK_HAS_MARK) || a->u.mark.mark.e18 == b->u.mark.mark.e18) &&
	       (!(fields & MARK_HAS_INDEX) || a->u.mark.index.e18 == b->u.mark.index.e18) &&
	       (!(fields & MARK_HAS_ORACLE) || a->u.mark.oracle.e18 == b->u.mark.oracle.e18);
}

bool events_equal(const struct market_event *a, const struct market_event *b)
{
	if (a->local_ns != b->local_ns || a->exch_ns != b->exch_ns ||
	    a->instrument != b->instrument || a->venue != b->venue ||
	    a->connection != b->connection || a->kind != b->kind || a->flags != b->flags ||
	    a->first_id != b->first_id || a->last_id != b->last_id)
		return false;
	switch ((enum market_event_kind)a->kind) {
	case EVENT_BOOK:
		return a->u.book.bid_count == b->u.book.bid_count &&
		       a->u.book.ask_count == b->u.book.ask_count &&
		       levels_equal(a->u.book.bids, b->u.book.bids, a->u.book.bid_count) &&
		       levels_equal(a->u.book.asks, b->u.book.asks, a->u.book.ask_count);
	case EVENT_BBO:
		return levels_equal(&a->u.bbo.bid, &b->u.bbo.bid, 1) &&
		       levels_equal(&a->u.bbo.ask, &b->u.bbo.ask, 1);
	case EVENT_TRADE:
		return a->u.trade.price.units == b->u.trade.price.units &&
		       a->u.trade.quantity.units == b->u.trade.quantity.units &&
		       a->u.trade.taker_side == b->u.trade.taker_side &&
		       a->u.trade.id == b->u.trade.id;
	case EVENT_MARK:
		return marks_equal(a, b);
	case EVENT_FUNDING:
		return a->u.funding.kind == b->u.funding.kind &&
		       a->u.funding.rate.e18 == b->u.funding.rate.e18 &&
		       a->u.funding.boundary_ns == b->u.funding.boundary_ns &&
		       a->u.funding.interval_ns == b->u.funding.interval_ns;
	case EVENT_OPEN_INTEREST:
		return a->u.open_interest.quantity.units == b->u.open_interest.quantity.units;
	case EVENT_CANDLE:
		return a->u.candle.start_ns == b->u.candle.start_ns &&
		       a->u.candle.end_ns == b->u.candle.end_ns &&
		       a->u.candle.available_ns == b->u.candle.available_ns &&
		       a->u.candle.open.units == b->u.candle.open.units &&
		       a->u.candle.high.units == b->u.candle.high.units &&
		       a->u.candle.low.units == b->u.candle.low.units &&
		       a->u.candle.close.units == b->u.candle.close.units &&
		       a->u.candle.volume.e18 == b->u.candle.volume.e18;
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
		return true;
	case EVENT_CONNECTION:
		return a->u.connection.state == b->u.connection.state;
	case EVENT_CLOCK:
		return a->u.clock.offset_ns == b->u.clock.offset_ns &&
		       a->u.clock.uncertainty_ns == b->u.clock.uncertainty_ns;
	}
	return false;
}

/* --- instruments --------------------------------------------------------------------------- */

static void add_instrument(struct instrument_table *table, const char *venue, const char *symbol,
			   enum instrument_kind kind, unsigned price_decimals,
			   unsigned quantity_decimals)
{
	asset_id btc = instrument_table_asset(table, "BTC");
	asset_id usd = instrument_table_asset(table, kind == INSTRUMENT_INVERSE ? "USD" : "USDT");
	struct instrument terms = {
		.venue = instrument_table_venue(table, venue),
		.kind = kind,
		.base = btc,
		.canonical = btc,
		.quote = usd,
		.settle = kind == INSTRUMENT_INVERSE ? btc : usd,
		.multiplier = 1,
		.contract_size = {kind == INSTRUMENT_INVERSE ? 100 * MONEY_ONE : MONEY_ONE},
		.price_decimals = price_decimals,
		.quantity_decimals = quantity_decimals,
	};
	snprintf(terms.symbol, sizeof terms.symbol, "%s", symbol);
	const struct instrument_revision revision = {
		.rules = {.tick = {1},
			  .lot = {1},
			  .maximum_leverage = 20,
			  .minimum_notional = {5 * MONEY_ONE},
			  .price_band = {RATE_ONE / 20},
			  .maintenance_margin = {RATE_ONE / 250}},
		.fees = {.maker = {RATE_ONE / 5000},
			 .taker = {RATE_ONE / 2000},
			 .buy_fee_in_base = kind == INSTRUMENT_SPOT},
		.funding = {.pays = kind != INSTRUMENT_SPOT,
			    .interval_ns = kind != INSTRUMENT_SPOT ? 8 * NS_PER_HOUR : 0},
	};
	struct error err = {0};
	if (instrument_table_add(table, &terms, &revision, &err) == 0)
		fail_msg("%s", err.text);
}

struct instrument_table *fixture_instruments(void)
{
	struct instrument_table *table = instrument_table_create();
	assert_non_null(table);
	add_instrument(table, "binance-usdm", "BTCUSDT", INSTRUMENT_LINEAR, 1, 3);
	add_instrument(table, "binance-coinm", "BTCUSD_PERP", INSTRUMENT_INVERSE, 1, 0);
	add_instrument(table, "binance-usdm", "BTCUSDT_SPOT", INSTRUMENT_SPOT, 2, 5);
	return table;
}

static venue_id venue_of(instrument_id id)
{
	return id == 2 ? 2 : 1; /* as fixture_instruments adds them */
}

/* --- events -------------------------------------------------------------------------------- */

/* Small, large and extreme values alike. */
static int64_t wild(struct random *random)
{
	uint64_t value = random_u64(random) >> random_below(random, 64);
	return (int64_t)(random_below(random, 2) ? value : 0 - value);
}

static i128 wild_i128(struct random *random)
{
	i128 value = (i128)((u128)(uint64_t)wild(random) << 64 | random_u64(random)) >>
		     random_below(random, 128);
	i128 scaled;
	if (i128_mul(value, i128_power_of_ten((unsigned)random_below(random, 19)), &scaled))
		return scaled;
	return value;
}

static void wild_book(struct random *random, struct market_event *event, struct book_level *levels)
{
	event->u.book.bid_count = (uint32_t)random_below(random, 12);
	event->u.book.ask_count = (uint32_t)random_below(random, 12);
	event->u.book.bids = levels;
	event->u.book.asks = levels + event->u.book.bid_count;
	for (uint32_t i = 0; i < event->u.book.bid_count + event->u.book.ask_count; i++)
		levels[i] = (struct book_level){{wild(random)}, {wild(random)}};
}

static void wild_payload(struct random *random, struct market_event *event,
			 struct book_level *levels)
{
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		wild_book(random, event, levels);
		break;
	case EVENT_BBO:
		event->u.bbo.bid = (struct book_level){{wild(random)}, {wild(random)}};
		event->u.bbo.ask = (struct book_level){{wild(random)}, {wild(random)}};
		break;
	case EVENT_TRADE:
		event->u.trade.price.units = wild(random);
		event->u.trade.quantity.units = wild(random);
		event->u.trade.taker_side = random_below(random, 2) ? SIDE_SELL : SIDE_BUY;
		event->u.trade.id = (uint64_t)wild(random);
		break;
	case EVENT_MARK:
		event->u.mark.fields = (unsigned)random_below(random, 8);
		event->u.mark.mark.e18 = wild_i128(random);
		event->u.mark.index.e18 = wild_i128(random);
		event->u.mark.oracle.e18 = wild_i128(random);
		break;
	case EVENT_FUNDING:
		event->u.funding.kind = (enum funding_kind)random_below(random, 3);
		event->u.funding.rate.e18 = wild(random);
		event->u.funding.boundary_ns = wild(random);
		event->u.funding.interval_ns = wild(random);
		break;
	case EVENT_OPEN_INTEREST:
		event->u.open_interest.quantity.units = wild(random);
		break;
	case EVENT_CANDLE:
		event->u.candle.start_ns = wild(random);
		event->u.candle.end_ns = wild(random);
		event->u.candle.available_ns = wild(random);
		event->u.candle.open.units = wild(random);
		event->u.candle.high.units = wild(random);
		event->u.candle.low.units = wild(random);
		event->u.candle.close.units = wild(random);
		event->u.candle.volume.e18 = wild_i128(random);
		break;
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
		break;
	case EVENT_CONNECTION:
		event->u.connection.state = (enum connection_state)random_below(random, 4);
		break;
	case EVENT_CLOCK:
		event->u.clock.offset_ns = wild(random);
		event->u.clock.uncertainty_ns = wild(random);
		break;
	}
}

struct event_list random_wild_events(struct random *random, size_t count, bool venue_time)
{
	struct event_list list = {0};
	int64_t time = INT64_C(1700000000000000000);
	for (size_t i = 0; i < count; i++) {
		struct book_level levels[32];
		struct market_event event;
		memset(&event, 0, sizeof event);
		event.kind = (uint8_t)random_between(random, EVENT_BOOK, EVENT_CLOCK);
		event.flags = (uint8_t)random_below(random, 4); /* SNAPSHOT, OFF_MARKET */
		if (event.kind > EVENT_INSTRUMENT && random_below(random, 2)) {
			event.venue = (venue_id)random_between(random, 1, 2);
		} else {
			event.instrument =
				(instrument_id)random_between(random, 1, FIXTURE_INSTRUMENTS);
			event.venue = venue_of(event.instrument);
		}
		event.connection = (uint16_t)(random_below(random, 20) ? random_below(random, 3)
								       : random_u64(random));
		time += random_below(random, 4) ? (int64_t)random_below(random, 300000000) : 0;
		if (venue_time && random_below(random, 3)) {
			event.flags |= EVENT_FLAG_VENUE_TIME;
			event.exch_ns = time;
			event.local_ns = random_below(random, 2) ? 0 : wild(random);
		} else {
			event.local_ns = time;
			if (random_below(random, 4))
				event.exch_ns = random_below(random, 2) ? time / 1000000 * 1000000
									: wild(random);
		}
		if (random_below(random, 2)) {
			event.first_id = (uint64_t)wild(random);
			event.last_id =
				random_below(random, 2) ? event.first_id : (uint64_t)wild(random);
		}
		wild_payload(random, &event, levels);
		event_list_add(&list, &event);
	}
	return list;
}

/* Levels round a mid of 600,000 units, bids below and asks at or above it. */
static void market_book(struct random *random, struct market_event *event,
			struct book_level *levels, bool snapshot)
{
	uint32_t bids = (uint32_t)(snapshot ? 15 : random_below(random, 5));
	uint32_t asks = (uint32_t)(snapshot ? 15 : random_below(random, 5));
	for (uint32_t i = 0; i < bids + asks; i++) {
		int64_t distance =
			snapshot ? (i < bids ? i : i - bids) + 1 : random_between(random, 1, 20);
		levels[i].price.units = i < bids ? 600000 - distance : 600000 + distance;
		levels[i].quantity.units =
			snapshot || random_below(random, 3) ? random_between(random, 1, 5000) : 0;
	}
	event->kind = EVENT_BOOK;
	event->flags = snapshot ? EVENT_FLAG_SNAPSHOT : 0;
	event->u.book.bids = levels;
	event->u.book.bid_count = bids;
	event->u.book.asks = levels + bids;
	event->u.book.ask_count = asks;
}

static void market_payload(struct random *random, struct market_event *event,
			   struct book_level *levels)
{
	switch (random_below(random, 10)) {
	case 0:
		event->kind = EVENT_BBO;
		event->u.bbo.bid = (struct book_level){{599999}, {random_between(random, 1, 99)}};
		event->u.bbo.ask = (struct book_level){{600001}, {random_between(random, 1, 99)}};
		break;
	case 1:
	case 2:
		event->kind = EVENT_TRADE;
		event->u.trade.price.units = random_between(random, 599990, 600010);
		event->u.trade.quantity.units = random_between(random, 1, 500);
		event->u.trade.taker_side = random_below(random, 2) ? SIDE_SELL : SIDE_BUY;
		event->u.trade.id = event->last_id;
		break;
	case 3:
		event->kind = EVENT_MARK;
		event->u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX;
		event->u.mark.mark.e18 = random_between(random, 5999000, 6001000) * MONEY_ONE / 100;
		event->u.mark.index.e18 =
			random_between(random, 5999000, 6001000) * MONEY_ONE / 100;
		break;
	case 4:
		event->kind = EVENT_FUNDING;
		event->u.funding.kind = FUNDING_ESTIMATE;
		event->u.funding.rate.e18 = random_between(random, -100, 100) * 1000000000000;
		event->u.funding.boundary_ns =
			(event->exch_ns / (8 * NS_PER_HOUR) + 1) * 8 * NS_PER_HOUR;
		break;
	case 5:
		event->kind = EVENT_FRAME;
		break;
	default:
		market_book(random, event, levels, false);
		break;
	}
}

struct event_list random_market(struct random *random, size_t count, int64_t start_ns,
				int64_t step_ns)
{
	struct event_list list = {0};
	int64_t time = start_ns;
	for (size_t i = 0; i < count; i++) {
		struct book_level levels[64];
		struct market_event event;
		memset(&event, 0, sizeof event);
		event.instrument = (instrument_id)random_between(random, 1, FIXTURE_INSTRUMENTS);
		if (i < 2 * FIXTURE_INSTRUMENTS)
			event.instrument = (instrument_id)(i / 2 + 1);
		event.venue = venue_of(event.instrument);
		event.connection = 1;
		time += random_between(random, 0, 2 * step_ns);
		event.local_ns = time;
		event.exch_ns = (time - 3 * NS_PER_MS) / NS_PER_MS * NS_PER_MS;
		event.first_id = event.last_id = 1000 + i;
		if (i < 2 * FIXTURE_INSTRUMENTS && i % 2 == 1) {
			event.kind = EVENT_CONNECTION;
			event.u.connection.state = CONNECTION_SYNCED;
		} else if (i < 2 * FIXTURE_INSTRUMENTS) {
			market_book(random, &event, levels, true);
		} else {
			market_payload(random, &event, levels);
		}
		event_list_add(&list, &event);
	}
	return list;
}

/* --- files --------------------------------------------------------------------------------- */

void fixture_record(const char *directory, const struct event_list *events, int64_t start_ns,
		    uint32_t run, const struct recording_options *options)
{
	struct error err = {0};
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	struct recording_writer *writer =
		recording_writer_create(directory, start_ns, run, table, state, options, &err);
	if (writer == NULL)
		fail_msg("%s", err.text);
	/* Only a market that makes sense is applied: it begins with a snapshot. */
	bool sane = events->count > 1 && events->at[1].kind == EVENT_CONNECTION &&
		    events->at[1].u.connection.state == CONNECTION_SYNCED &&
		    events->at[0].first_id == 1000;
	for (size_t i = 0; i < events->count; i++) {
		if (sane)
			market_state_apply(state, &events->at[i]);
		if (!recording_writer_event(writer, &events->at[i], &err))
			fail_msg("event %zu: %s", i, err.text);
	}
	if (!recording_writer_close(writer, &err))
		fail_msg("%s", err.text);
	market_state_free(state);
	instrument_table_free(table);
}

struct event_list fixture_read(const char *path, struct recording_statistics *statistics)
{
	struct error err = {0};
	struct event_list list = {0};
	struct instrument_table *table = fixture_instruments();
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	if (reader == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(instrument_count(table), FIXTURE_INSTRUMENTS);
	struct market_event event;
	enum recording_read read;
	while ((read = recording_reader_next(reader, &event, &err)) == RECORDING_EVENT)
		event_list_add(&list, &event);
	if (read == RECORDING_FAILED)
		fail_msg("%s", err.text);
	if (statistics != NULL)
		*statistics = *recording_reader_statistics(reader);
	recording_reader_free(reader);
	instrument_table_free(table);
	return list;
}

unsigned char *fixture_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*length = (size_t)ftell(file);
	rewind(file);
	unsigned char *bytes = malloc(*length + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *length, file), *length);
	fclose(file);
	return bytes;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool fixture_segment(const char *directory_path, size_t n, char *path, size_t size)
{
	char names[64][64];
	size_t count = 0;
	DIR *directory = opendir(directory_path);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (entry->d_name[0] != '.') {
			assert_true(count < 64 && strlen(entry->d_name) < 64);
			strcpy(names[count++], entry->d_name);
		}
	closedir(directory);
	qsort(names, count, sizeof names[0], compare_names);
	if (n >= count)
		return false;
	snprintf(path, size, "%s/%s", directory_path, names[n]);
	return true;
}
