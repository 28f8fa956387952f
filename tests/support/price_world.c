#include "tests/support/price_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static instrument_id add(struct price_world *world, venue_id venue, const char *symbol,
			 enum instrument_kind kind, int64_t contract_size,
			 unsigned quantity_decimals)
{
	struct instrument terms = {
		.venue = venue,
		.kind = kind,
		.base = instrument_table_asset(world->instruments, "BTC"),
		.canonical = instrument_table_asset(world->instruments, "BTC"),
		.multiplier = 1,
		.contract_size = {contract_size * MONEY_ONE},
		.price_decimals = 1,
		.quantity_decimals = quantity_decimals,
	};
	snprintf(terms.symbol, sizeof terms.symbol, "%s", symbol);
	terms.quote = instrument_table_asset(world->instruments,
					     kind == INSTRUMENT_INVERSE ? "USD" : "USDT");
	terms.settle = kind == INSTRUMENT_INVERSE ? terms.base : terms.quote;
	struct instrument_revision first = {
		.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 20},
		.fees = {.maker = {RATE_ONE / 5000}, .taker = {RATE_ONE / 2000}},
		.funding = {.pays = true, .interval_ns = 8 * NS_PER_HOUR},
	};
	struct error err = {0};
	instrument_id id = instrument_table_add(world->instruments, &terms, &first, &err);
	if (id == 0) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return id;
}

struct price_world *price_world_create(const struct price_provider_options *options,
				       int64_t delay_ns)
{
	struct price_provider_options defaults = price_provider_defaults();
	struct liquidity_limits limits = liquidity_defaults();
	struct price_world *world = calloc(1, sizeof *world);
	assert(world != NULL);
	defaults.streams = false;
	world->scheduler = scheduler_create(PRICE_WORLD_START);
	world->instruments = instrument_table_create();
	world->market = market_state_create(world->instruments);
	world->venue_a = instrument_table_venue(world->instruments, "a");
	world->venue_b = instrument_table_venue(world->instruments, "b");
	world->btc_a = add(world, world->venue_a, "BTCUSDT", INSTRUMENT_LINEAR, 1, 3);
	world->btc_b = add(world, world->venue_b, "BTCUSDT", INSTRUMENT_LINEAR, 1, 3);
	world->inverse = add(world, world->venue_a, "BTCUSD", INSTRUMENT_INVERSE, 100, 0);
	world->a = fake_client_create(world->scheduler, world->venue_a);
	world->b = fake_client_create(world->scheduler, world->venue_b);
	fake_client_set_delay(world->a, delay_ns);
	fake_client_set_delay(world->b, delay_ns);
	for (instrument_id id = 1; id <= world->inverse; id++) {
		fake_client_set_touch(world->a, id, PRICE_WORLD_BID, PRICE_WORLD_ASK);
		fake_client_set_touch(world->b, id, PRICE_WORLD_BID, PRICE_WORLD_ASK);
	}
	world->clients.by_venue[world->venue_a] = fake_client_interface(world->a);
	world->clients.by_venue[world->venue_b] = fake_client_interface(world->b);
	world->prices =
		price_provider_create(options != NULL ? options : &defaults, world->scheduler,
				      world->instruments, world->market, &world->clients);
	world->analyzer = liquidity_analyzer_create(&limits, world->scheduler, world->instruments,
						    world->market, &world->clients, world->prices);
	assert(world->prices != NULL && world->analyzer != NULL);
	world->next_update_id = 1;
	return world;
}

void price_world_free(struct price_world *world)
{
	liquidity_analyzer_free(world->analyzer);
	price_provider_free(world->prices);
	fake_client_free(world->a);
	fake_client_free(world->b);
	market_state_free(world->market);
	instrument_table_free(world->instruments);
	scheduler_free(world->scheduler);
	free(world);
}

int64_t price_world_now(const struct price_world *world)
{
	return scheduler_now(world->scheduler);
}

static void nothing(void *user)
{
	(void)user;
}

void price_world_run_to(struct price_world *world, int64_t milliseconds)
{
	int64_t until_ns = PRICE_WORLD_START + milliseconds * NS_PER_MS;
	/* The clock shows the time of the last entry: this one makes it show until_ns. */
	scheduler_at(world->scheduler, until_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, until_ns);
}

static void on_price(void *user, enum price_answer answer, const struct price_quote *quote,
		     const char *why)
{
	struct price_call *call = user;
	call->completions++;
	call->answer = answer;
	call->answered_ns = price_world_now(call->world);
	if (quote != NULL)
		call->quote = *quote;
	snprintf(call->why, sizeof call->why, "%s", why);
}

struct price_call *price_world_ask(struct price_world *world, instrument_id instrument,
				   enum price_use use, int64_t deadline_milliseconds)
{
	assert(world->call_count < PRICE_WORLD_CALLS);
	struct price_call *call = &world->calls[world->call_count++];
	call->world = world;
	call->use = use;
	call->asked_ns = price_world_now(world);
	call->deadline_ns = call->asked_ns + deadline_milliseconds * NS_PER_MS;
	price_provider_get_bbo(world->prices, instrument, use, call->deadline_ns, on_price, call);
	return call;
}

struct price_call *price_world_get(struct price_world *world, instrument_id instrument,
				   enum price_use use)
{
	struct price_call *call = price_world_ask(world, instrument, use, 10000);
	int64_t at_ms = (price_world_now(world) - PRICE_WORLD_START) / NS_PER_MS;
	while (call->completions == 0)
		price_world_run_to(world, at_ms++);
	return call;
}

static void on_check(void *user, bool known, const struct leg_liquidity *leg, const char *why)
{
	struct check_call *call = user;
	call->completions++;
	call->known = known;
	call->answered_ns = price_world_now(call->world);
	if (leg != NULL)
		call->leg = *leg;
	snprintf(call->why, sizeof call->why, "%s", why);
}

struct check_call *price_world_check(struct price_world *world, instrument_id instrument,
				     enum side side, int64_t quantity_units,
				     int64_t deadline_milliseconds)
{
	assert(world->check_count < sizeof world->checks / sizeof world->checks[0]);
	struct check_call *call = &world->checks[world->check_count++];
	call->world = world;
	liquidity_analyzer_check(
		world->analyzer, instrument, side, (struct quantity){quantity_units},
		price_world_now(world) + deadline_milliseconds * NS_PER_MS, on_check, call);
	return call;
}

void price_world_market(struct price_world *world, struct market_event *event)
{
	event->local_ns = price_world_now(world);
	event->connection = 1;
	if (event->instrument != 0)
		event->venue = instrument_get(world->instruments, event->instrument)->venue;
	market_state_apply(world->market, event);
	price_provider_market(world->prices, event);
}

void price_world_snapshot(struct price_world *world, instrument_id instrument, int64_t bid_units,
			  int64_t ask_units)
{
	struct book_level bid = {{bid_units}, {5000}}, ask = {{ask_units}, {5000}};
	struct market_event event = {.instrument = instrument,
				     .kind = EVENT_BOOK,
				     .flags = EVENT_FLAG_SNAPSHOT,
				     .last_id = world->next_update_id++};
	event.u.book.bids = &bid;
	event.u.book.asks = &ask;
	event.u.book.bid_count = bid_units != 0;
	event.u.book.ask_count = ask_units != 0;
	price_world_market(world, &event);
	price_world_connection(world, instrument, CONNECTION_SYNCED);
}

void price_world_bbo(struct price_world *world, instrument_id instrument, int64_t bid_units,
		     int64_t ask_units)
{
	struct market_event event = {
		.instrument = instrument, .kind = EVENT_BBO, .last_id = world->next_update_id++};
	event.u.bbo.bid = (struct book_level){{bid_units}, {7000}};
	event.u.bbo.ask = (struct book_level){{ask_units}, {7000}};
	price_world_market(world, &event);
}

void price_world_frame(struct price_world *world, instrument_id instrument)
{
	struct market_event event = {.instrument = instrument, .kind = EVENT_FRAME};
	price_world_market(world, &event);
}

void price_world_connection(struct price_world *world, instrument_id instrument,
			    enum connection_state state)
{
	struct market_event event = {.instrument = instrument, .kind = EVENT_CONNECTION};
	event.u.connection.state = state;
	price_world_market(world, &event);
}

void price_world_trade(struct price_world *world, instrument_id instrument, int64_t price_units,
		       int64_t quantity_units, unsigned flags)
{
	struct market_event event = {.instrument = instrument, .kind = EVENT_TRADE};
	event.flags = (uint8_t)flags;
	event.u.trade.price.units = price_units;
	event.u.trade.quantity.units = quantity_units;
	price_world_market(world, &event);
}

void price_world_fill(struct price_world *world, instrument_id instrument, int64_t price_units,
		      int64_t quantity_units)
{
	struct account_event fill = {
		.kind = ACCOUNT_FILL, .local_ns = price_world_now(world), .instrument = instrument};
	fill.venue = instrument_get(world->instruments, instrument)->venue;
	fill.u.fill.price.units = price_units;
	fill.u.fill.quantity.units = quantity_units;
	price_provider_fill(world->prices, &fill);
}
