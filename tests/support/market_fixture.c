#include "tests/support/market_fixture.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LEVELS_MAX 64

static struct instrument_revision common_terms(void)
{
	return (struct instrument_revision){
		.effective_from_ns = 0,
		.rules = {.status = MARKET_TRADING,
			  .maintenance_margin = {RATE_ONE / 1000 * 4},
			  .maximum_leverage = 20},
		.fees = {.maker = {RATE_ONE / 10000 * 2}, .taker = {RATE_ONE / 10000 * 5}},
		.funding = {.pays = true,
			    .interval_ns = 8 * NS_PER_HOUR,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_MARK}};
}

static instrument_id add(struct market_fixture *fixture, struct instrument terms,
			 const struct instrument_revision *revision)
{
	struct error err = {0};
	terms.venue = fixture->venue;
	terms.base = terms.canonical = fixture->btc;
	terms.multiplier = 1;
	instrument_id id = instrument_table_add(fixture->instruments, &terms, revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

void market_fixture_open(struct market_fixture *fixture)
{
	*fixture = (struct market_fixture){.now_ns = FIXTURE_START};
	fixture->instruments = instrument_table_create();
	assert_non_null(fixture->instruments);
	fixture->venue = instrument_table_venue(fixture->instruments, "testvenue");
	fixture->usdt = instrument_table_asset(fixture->instruments, "USDT");
	fixture->btc = instrument_table_asset(fixture->instruments, "BTC");
	fixture->usd = instrument_table_asset(fixture->instruments, "USD");
	struct instrument_revision revision = common_terms();
	revision.rules.tick.units = 1;
	revision.rules.lot.units = 1;
	fixture->linear = add(fixture,
			      (struct instrument){.symbol = "BTCUSDT",
						  .kind = INSTRUMENT_LINEAR,
						  .quote = fixture->usdt,
						  .settle = fixture->usdt,
						  .contract_size = {MONEY_ONE},
						  .price_decimals = 1,
						  .quantity_decimals = 3},
			      &revision);
	fixture->inverse = add(fixture,
			       (struct instrument){.symbol = "BTCUSD_PERP",
						   .kind = INSTRUMENT_INVERSE,
						   .quote = fixture->usd,
						   .settle = fixture->btc,
						   .contract_size = {100 * MONEY_ONE},
						   .price_decimals = 1,
						   .quantity_decimals = 0},
			       &revision);
	revision.rules.lot.units = 10;
	revision.rules.maximum_leverage = 1;
	revision.rules.maintenance_margin.e18 = 0;
	revision.fees.buy_fee_in_base = true;
	revision.funding = (struct funding_terms){0};
	fixture->spot = add(fixture,
			    (struct instrument){.symbol = "BTCUSDT-SPOT",
						.kind = INSTRUMENT_SPOT,
						.quote = fixture->usdt,
						.settle = fixture->usdt,
						.contract_size = {MONEY_ONE},
						.price_decimals = 2,
						.quantity_decimals = 6},
			    &revision);
	fixture->state = market_state_create(fixture->instruments);
	assert_non_null(fixture->state);
}

void market_fixture_close(struct market_fixture *fixture)
{
	market_state_free(fixture->state);
	instrument_table_free(fixture->instruments);
}

struct instrument_revision market_fixture_terms(const struct market_fixture *fixture,
						instrument_id id)
{
	return *instrument_latest(fixture->instruments, id);
}

void market_fixture_revise(struct market_fixture *fixture, struct instrument_revision revision,
			   instrument_id id)
{
	struct error err = {0};
	if (!instrument_table_revise(fixture->instruments, id, &revision, &err))
		fail_msg("%s", err.text);
}

void market_fixture_event(struct market_fixture *fixture, struct market_event event)
{
	if (event.local_ns == 0)
		event.local_ns = fixture->now_ns;
	event.venue = fixture->venue;
	market_state_apply(fixture->state, &event);
	if (fixture->after)
		fixture->after(fixture->user, &event);
}

static int64_t parsed(const char *text, size_t length, unsigned decimals)
{
	int64_t units;
	if (decimal_parse_i64(text, length, decimals, &units) != DECIMAL_OK)
		fail_msg("not a number of %u decimals: %.*s", decimals, (int)length, text);
	return units;
}

static uint32_t parse_side(const struct market_fixture *fixture, instrument_id id,
			   const char **text, struct book_level *levels)
{
	const struct instrument *instrument = instrument_get(fixture->instruments, id);
	uint32_t count = 0;
	for (;;) {
		*text += strspn(*text, " ");
		if (**text == '\0' || **text == '|')
			break;
		assert_true(count < LEVELS_MAX);
		size_t length = strcspn(*text, "x");
		levels[count].price.units = parsed(*text, length, instrument->price_decimals);
		*text += length + 1;
		length = strcspn(*text, " |");
		levels[count].quantity.units = parsed(*text, length, instrument->quantity_decimals);
		*text += length;
		count++;
	}
	if (**text == '|')
		++*text;
	return count;
}

static void book_event(struct market_fixture *fixture, instrument_id id, const char *text,
		       uint8_t flags)
{
	struct book_level bids[LEVELS_MAX], asks[LEVELS_MAX];
	struct market_event event = {.kind = EVENT_BOOK, .instrument = id, .flags = flags};
	event.u.book.bid_count = parse_side(fixture, id, &text, bids);
	event.u.book.ask_count = parse_side(fixture, id, &text, asks);
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	market_fixture_event(fixture, event);
}

static void connection_event(struct market_fixture *fixture, instrument_id id,
			     enum connection_state state)
{
	market_fixture_event(fixture, (struct market_event){.kind = EVENT_CONNECTION,
							    .instrument = id,
							    .u.connection.state = state});
}

void market_fixture_book(struct market_fixture *fixture, instrument_id id, const char *levels)
{
	book_event(fixture, id, levels, EVENT_FLAG_SNAPSHOT);
	connection_event(fixture, id, CONNECTION_SYNCED);
}

void market_fixture_diff(struct market_fixture *fixture, instrument_id id, const char *levels)
{
	book_event(fixture, id, levels, 0);
}

void market_fixture_gap(struct market_fixture *fixture, instrument_id id)
{
	connection_event(fixture, id, CONNECTION_GAP);
}

void market_fixture_trade(struct market_fixture *fixture, instrument_id id, enum side taker,
			  const char *price, const char *quantity)
{
	struct market_event event = {.kind = EVENT_TRADE, .instrument = id};
	event.u.trade.price = market_fixture_price(fixture, id, price);
	event.u.trade.quantity = market_fixture_quantity(fixture, id, quantity);
	event.u.trade.taker_side = taker;
	market_fixture_event(fixture, event);
}

void market_fixture_mark(struct market_fixture *fixture, instrument_id id, const char *mark,
			 int64_t exch_ns)
{
	struct market_event event = {.kind = EVENT_MARK, .instrument = id, .exch_ns = exch_ns};
	event.u.mark.fields = MARK_HAS_MARK;
	event.u.mark.mark = market_fixture_money(mark);
	market_fixture_event(fixture, event);
}

void market_fixture_funding(struct market_fixture *fixture, instrument_id id,
			    enum funding_kind kind, const char *rate, int64_t boundary_ns)
{
	struct market_event event = {.kind = EVENT_FUNDING, .instrument = id};
	event.u.funding.kind = kind;
	event.u.funding.rate.e18 = parsed(rate, strlen(rate), 18);
	event.u.funding.boundary_ns = boundary_ns;
	market_fixture_event(fixture, event);
}

void market_fixture_clock(struct market_fixture *fixture, int64_t offset_ns)
{
	market_fixture_event(fixture, (struct market_event){.kind = EVENT_CLOCK,
							    .u.clock.offset_ns = offset_ns});
}

struct price market_fixture_price(const struct market_fixture *fixture, instrument_id id,
				  const char *text)
{
	return (struct price){parsed(text, strlen(text),
				     instrument_get(fixture->instruments, id)->price_decimals)};
}

struct quantity market_fixture_quantity(const struct market_fixture *fixture, instrument_id id,
					const char *text)
{
	return (struct quantity){parsed(
		text, strlen(text), instrument_get(fixture->instruments, id)->quantity_decimals)};
}

struct money market_fixture_money(const char *text)
{
	struct money out;
	if (decimal_parse_i128(text, strlen(text), MONEY_DECIMALS, &out.e18) != DECIMAL_OK)
		fail_msg("not an amount: %s", text);
	return out;
}
