#include "tests/support/hyperliquid_duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static instrument_id add_market(struct hyperliquid_duo *duo, const char *coin,
				unsigned size_decimals, int32_t leverage)
{
	struct error err = {0};
	struct instrument terms = {.venue = duo->venue,
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(duo->table, coin),
				   .canonical = instrument_table_asset(duo->table, coin),
				   .quote = instrument_table_asset(duo->table, "USDT"),
				   .settle = duo->usdc,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 6 - size_decimals,
				   .quantity_decimals = size_decimals};
	struct instrument_revision revision = {
		.rules = {.tick = {1},
			  .significant_figures = 5,
			  .integer_prices_always = true,
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  .maintenance_margin = {RATE_ONE / (2 * leverage)},
			  .maximum_leverage = leverage},
		.fees = {.maker = {RATE_ONE / 100000 * 15}, .taker = {RATE_ONE / 100000 * 45}},
		.funding = {.pays = true,
			    .interval_ns = DUO_INTERVAL_NS,
			    .paid_on = FUNDING_PAID_ON_ORACLE,
			    .cap = {RATE_ONE / 25}}};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", coin);
	instrument_id id = instrument_table_add(duo->table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

static struct market_event market_event(const struct hyperliquid_duo *duo,
					enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(duo->world.scheduler),
				     .instrument = duo->eth,
				     .venue = duo->venue,
				     .kind = (uint8_t)kind};
}

void hyperliquid_duo_show(struct hyperliquid_duo *duo, const struct book_level *bids,
			  const struct book_level *asks, uint32_t levels)
{
	struct market_event event = market_event(duo, EVENT_BOOK);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = event.u.book.ask_count = levels;
	trading_floor_market(duo->floor, &event);
}

void hyperliquid_duo_show_usual(struct hyperliquid_duo *duo)
{
	static const struct book_level BIDS[] = {{{283160}, {142000}}, {{283150}, {1000000}}};
	static const struct book_level ASKS[] = {{{283170}, {88000}}, {{283190}, {1000000}}};
	hyperliquid_duo_show(duo, BIDS, ASKS, 2);
}

static void feed(void *user)
{
	struct hyperliquid_duo *duo = user;
	struct market_event event = market_event(duo, EVENT_MARK);
	if (!duo->feeding)
		return;
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark.e18 = (i128)28314 * MONEY_ONE / 10;
	event.u.mark.oracle.e18 = (i128)28311 * MONEY_ONE / 10;
	trading_floor_market(duo->floor, &event);
	int64_t now_ns = trading_floor_venue_time(duo->floor);
	event = market_event(duo, EVENT_FUNDING);
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate.e18 = INT64_C(12500000000000);
	event.u.funding.boundary_ns = (now_ns / DUO_INTERVAL_NS + 1) * DUO_INTERVAL_NS;
	event.u.funding.interval_ns = DUO_INTERVAL_NS;
	trading_floor_market(duo->floor, &event);
	int64_t last_ns = now_ns / DUO_INTERVAL_NS * DUO_INTERVAL_NS;
	if (last_ns > duo->settled_ns) {
		duo->settled_ns = last_ns;
		event.u.funding.kind = FUNDING_SETTLED;
		event.u.funding.boundary_ns = last_ns;
		trading_floor_market(duo->floor, &event);
	}
	scheduler_after(duo->world.scheduler, NS_PER_SECOND, SCHEDULE_MARKET_EVENT, feed, duo);
}

void hyperliquid_duo_open(struct hyperliquid_duo *duo, const char *mode, int64_t traded_usd)
{
	memset(duo, 0, sizeof(*duo));
	hyperliquid_world_open(&duo->world);
	duo->table = instrument_table_create();
	assert_non_null(duo->table);
	duo->venue = instrument_table_venue(duo->table, "hyperliquid");
	duo->usdc = instrument_table_asset(duo->table, "USDC");
	instrument_table_set_posting_decimals(duo->table, duo->usdc, 6);
	duo->btc = add_market(duo, "BTC", 5, 40);
	duo->eth = add_market(duo, "ETH", 4, 25);
	duo->faults = fault_plan_create(1, scheduler_now(duo->world.scheduler));
	const struct trading_floor_options floor = {.venue = duo->venue,
						    .taker_delay_ns = 200 * NS_PER_MS,
						    .maker_delay_ns = 100 * NS_PER_MS,
						    .cancel_delay_ns = 100 * NS_PER_MS,
						    .default_leverage = 5};
	duo->floor = trading_floor_create(&floor, duo->world.scheduler, duo->table, duo->faults);
	assert_non_null(duo->floor);
	duo->account = trading_floor_add_account(duo->floor);
	assert_true(trading_floor_deposit(duo->floor, duo->account, duo->usdc,
					  (struct money){1000 * MONEY_ONE}));
	struct hyperliquid_service_account account = {.agent_count = 1, .traded_usd = traded_usd};
	memcpy(account.address, duo->world.options.account, 20);
	memcpy(account.agents[0].address, duo->world.options.key.address, 20);
	snprintf(account.agents[0].name, sizeof(account.agents[0].name), "fundarb");
	snprintf(account.mode, sizeof(account.mode), "%s", mode);
	const struct hyperliquid_service_options service = {
		.accounts = &account,
		.account_count = 1,
		.fast_book_interval_ns = NS_PER_SECOND / 2,
		.slow_book_interval_ns = 5 * NS_PER_SECOND,
		.rate_limits = true};
	duo->service =
		hyperliquid_service_create(&service, duo->world.scheduler, duo->floor, duo->faults);
	assert_non_null(duo->service);
	const struct virtual_link_options link = {
		.up_ns = WORLD_DELAY, .down_ns = WORLD_DELAY, .seed = 3, .socket_target = "/ws"};
	duo->link = virtual_link_create(duo->world.scheduler, &link,
					hyperliquid_service_face(duo->service));
	assert_non_null(duo->link);
	duo->feeding = true;
	hyperliquid_duo_show_usual(duo);
	feed(duo);
	duo->world.link = duo->link;
	duo->world.options.funding_interval_ns = DUO_INTERVAL_NS;
}

void hyperliquid_duo_fault(struct hyperliquid_duo *duo, const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(duo->faults, rule, &err))
		fail_msg("%s", err.text);
}

void hyperliquid_duo_start(struct hyperliquid_duo *duo)
{
	hyperliquid_duo_open(duo, "default", 2000000);
	hyperliquid_world_start(&duo->world);
	if (!duo->world.ok)
		fail_msg("%s", duo->world.why);
	duo->world.done = false;
	exchange_subscribe_account(duo->world.client, hyperliquid_world_note_done, &duo->world);
	hyperliquid_world_run(&duo->world, 5 * NS_PER_SECOND);
	assert_true(duo->world.done && duo->world.ok);
	hyperliquid_world_subscribe(&duo->world, "ETH",
				    CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_FUNDING | CHANNEL_TRADES);
	if (!duo->world.ok)
		fail_msg("%s", duo->world.why);
	hyperliquid_world_run(&duo->world, 2 * NS_PER_SECOND);
}

void hyperliquid_duo_close(struct hyperliquid_duo *duo)
{
	duo->feeding = false;
	exchange_client_free(duo->world.client);
	virtual_link_free(duo->link);
	hyperliquid_service_free(duo->service);
	trading_floor_free(duo->floor);
	fault_plan_free(duo->faults);
	instrument_table_free(duo->table);
	fake_hyperliquid_close(&duo->world.fake);
	market_state_free(duo->world.market);
	instrument_table_free(duo->world.instruments);
	scheduler_free(duo->world.scheduler);
}

const struct command_result *hyperliquid_duo_place(struct hyperliquid_duo *duo,
						   enum order_type type, enum side side,
						   int64_t quantity, int64_t limit,
						   bool reduce_only, uint32_t *client_id)
{
	struct order_request order = hyperliquid_world_order(&duo->world, type, side);
	order.quantity.units = quantity;
	order.limit.units = limit;
	order.reduce_only = reduce_only;
	order.venue_expiry_ns = trading_floor_venue_time(duo->floor) + 2 * NS_PER_SECOND;
	if (client_id)
		*client_id = order.client_id;
	const struct command_result *result = hyperliquid_world_place(&duo->world, &order);
	hyperliquid_world_run(&duo->world, NS_PER_SECOND);
	return result;
}

const struct account_event *hyperliquid_duo_order(const struct hyperliquid_duo *duo,
						  uint32_t client_id)
{
	for (size_t i = duo->world.account_count; i > 0; i--) {
		const struct account_event *event = &duo->world.account_events[i - 1];
		if (event->kind == ACCOUNT_ORDER && event->u.order.client_id == client_id)
			return event;
	}
	return NULL;
}

int64_t hyperliquid_duo_filled(const struct hyperliquid_duo *duo, uint32_t client_id)
{
	int64_t sum = 0;
	for (size_t i = 0; i < duo->world.account_count; i++) {
		const struct account_event *event = &duo->world.account_events[i];
		if (event->kind != ACCOUNT_FILL ||
		    (client_id != 0 && event->u.fill.client_id != client_id))
			continue;
		sum += event->u.fill.side == SIDE_BUY ? event->u.fill.quantity.units
						      : -event->u.fill.quantity.units;
	}
	return sum;
}

int64_t hyperliquid_duo_position_told(const struct hyperliquid_duo *duo)
{
	for (size_t i = duo->world.account_count; i > 0; i--)
		if (duo->world.account_events[i - 1].kind == ACCOUNT_POSITION)
			return duo->world.account_events[i - 1].u.position.quantity.units;
	return 0;
}

int64_t hyperliquid_duo_position(const struct hyperliquid_duo *duo)
{
	return trading_floor_position(duo->floor, duo->account, duo->eth).quantity.units;
}
