#include "tests/support/lighter_world.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define GIVE_UP_MS  3000
#define PATIENCE_MS 30000
#define LEVELS	    256

/* ---- what it tells --------------------------------------------------------------------------- */

static void on_market(void *user, const struct market_event *event)
{
	struct lighter_world *world = user;
	assert_int_equal(event->venue, world->venue);
	market_state_apply(world->state, event);
	world->market_events[event->kind]++;
	world->last[event->kind] = *event;
}

static void on_account(void *user, const struct account_event *event)
{
	struct lighter_world *world = user;
	assert_true(world->account_count < LIGHTER_WORLD_EVENTS);
	world->account[world->account_count++] = *event;
}

static void on_lifecycle(void *user, bool ok, const char *why)
{
	struct lighter_world *world = user;
	assert_false(world->told);
	world->told = true;
	world->ok = ok;
	snprintf(world->why, sizeof(world->why), "%s", why);
}

static void on_command(void *user, const struct command_result *result)
{
	struct lighter_world *world = user;
	uint32_t id = result->client_id;
	assert_true(id < LIGHTER_WORLD_IDS);
	world->answers[id].times++;
	world->answers[id].outcome = result->outcome;
	world->answers[id].reason = result->reason;
	world->answers[id].at_ns = scheduler_now(world->testnet.scheduler);
	snprintf(world->answers[id].code, sizeof(world->answers[id].code), "%s",
		 result->venue_code);
	snprintf(world->answers[id].text, sizeof(world->answers[id].text), "%s",
		 result->venue_text);
	assert_true(world->answered_count < LIGHTER_WORLD_IDS);
	world->answered[world->answered_count++] = id;
}

/* ---- life ------------------------------------------------------------------------------------ */

struct lighter_client_options lighter_world_options(struct lighter_world *world)
{
	return (struct lighter_client_options){
		.venue = world->venue,
		.chain_id = LIGHTER_CHAIN_TESTNET,
		.endpoint = virtual_link_endpoint(world->testnet.link),
		.has_account = true,
		.account_index = world->testnet.account[0],
		.api_key_index = 7,
		.key = world->testnet.keys[0],
		.premium = true,
		.seed = 7,
		.order_expiry_ns = 10 * NS_PER_MINUTE,
	};
}

static void create(struct lighter_world *world, const struct lighter_client_options *options)
{
	struct error err = {0};
	world->client =
		lighter_client_create(options, world->testnet.scheduler, world->table, &err);
	if (world->client == NULL)
		fail_msg("%s", err.text);
}

void lighter_world_open(struct lighter_world *world, bool has_account, bool rate_limits)
{
	memset(world, 0, sizeof(*world));
	lighter_testnet_open(&world->testnet, rate_limits);
	world->table = instrument_table_create();
	assert_non_null(world->table);
	world->venue = instrument_table_venue(world->table, "lighter");
	world->state = market_state_create(world->table);
	world->account = calloc(LIGHTER_WORLD_EVENTS, sizeof(*world->account));
	assert_true(world->state && world->account);
	world->next_id = 1;
	struct lighter_client_options options = lighter_world_options(world);
	options.has_account = has_account;
	create(world, &options);
}

void lighter_world_renew(struct lighter_world *world, const struct lighter_client_options *change)
{
	exchange_client_free(world->client);
	create(world, change);
}

void lighter_world_close(struct lighter_world *world)
{
	exchange_client_free(world->client);
	lighter_testnet_close(&world->testnet);
	market_state_free(world->state);
	instrument_table_free(world->table);
	free(world->account);
	free(world->read_events);
}

void lighter_world_pass(struct lighter_world *world, int64_t ms)
{
	lighter_testnet_pass(&world->testnet, ms);
}

static bool wait_for(struct lighter_world *world, const bool *flag)
{
	for (int64_t waited = 0; !*flag && waited < PATIENCE_MS; waited += 10)
		lighter_world_pass(world, 10);
	return *flag;
}

bool lighter_world_start(struct lighter_world *world)
{
	const struct exchange_sink sink = {on_market, on_account, world};
	world->told = false;
	exchange_start(world->client, &sink, on_lifecycle, world);
	assert_false(world->told);
	assert_true(wait_for(world, &world->told));
	if (!world->ok)
		return false;
	world->eth = instrument_find(world->table, world->venue, "ETH");
	world->btc = instrument_find(world->table, world->venue, "BTC");
	return true;
}

bool lighter_world_stop(struct lighter_world *world)
{
	world->told = false;
	exchange_stop(world->client, on_lifecycle, world);
	assert_false(world->told);
	assert_true(wait_for(world, &world->told));
	return world->ok;
}

bool lighter_world_subscribe(struct lighter_world *world, instrument_id instrument,
			     unsigned channels)
{
	world->told = false;
	exchange_subscribe(world->client, instrument, channels, on_lifecycle, world);
	assert_false(world->told);
	assert_true(wait_for(world, &world->told));
	return world->ok;
}

bool lighter_world_subscribe_account(struct lighter_world *world)
{
	world->told = false;
	exchange_subscribe_account(world->client, on_lifecycle, world);
	assert_false(world->told);
	assert_true(wait_for(world, &world->told));
	return world->ok;
}

/* ---- commands -------------------------------------------------------------------------------- */

int64_t lighter_world_units(const struct lighter_world *world, instrument_id instrument,
			    const char *text, bool price)
{
	const struct instrument *terms = instrument_get(world->table, instrument);
	int64_t units = 0;
	assert_int_equal(decimal_parse_i64(text, strlen(text),
					   price ? terms->price_decimals : terms->quantity_decimals,
					   &units),
			 DECIMAL_OK);
	return units;
}

uint32_t lighter_world_place(struct lighter_world *world, instrument_id instrument,
			     enum order_type type, enum side side, const char *size,
			     const char *price, bool reduce_only)
{
	struct order_request order = {
		.instrument = instrument,
		.client_id = world->next_id++,
		.side = side,
		.type = type,
		.quantity = {lighter_world_units(world, instrument, size, false)},
		.reduce_only = reduce_only,
		.venue_expiry_ns =
			trading_floor_venue_time(world->testnet.floor) + 2 * NS_PER_SECOND,
	};
	if (type != ORDER_MARKET)
		order.limit.units = lighter_world_units(world, instrument, price, true);
	exchange_place(world->client, &order,
		       scheduler_now(world->testnet.scheduler) + GIVE_UP_MS * NS_PER_MS, on_command,
		       world);
	assert_int_equal(world->answers[order.client_id].times, 0);
	return order.client_id;
}

void lighter_world_command(struct lighter_world *world, const struct command_request *request,
			   int64_t give_up_ms)
{
	exchange_command(world->client, request,
			 scheduler_now(world->testnet.scheduler) + give_up_ms * NS_PER_MS,
			 on_command, world);
}

void lighter_world_expect(const struct lighter_world *world, uint32_t client_id,
			  enum command_outcome outcome, enum reject_reason reason)
{
	assert_true(client_id < LIGHTER_WORLD_IDS);
	if (world->answers[client_id].times != 1)
		fail_msg("order %u was answered %u times", client_id,
			 world->answers[client_id].times);
	if (world->answers[client_id].outcome != outcome ||
	    world->answers[client_id].reason != reason)
		fail_msg("order %u: outcome %d reason %s (%s %s), not %d %s", client_id,
			 world->answers[client_id].outcome,
			 reject_reason_text(world->answers[client_id].reason),
			 world->answers[client_id].code, world->answers[client_id].text, outcome,
			 reject_reason_text(reason));
}

const struct account_event *lighter_world_order(const struct lighter_world *world,
						uint32_t client_id)
{
	for (size_t i = world->account_count; i-- > 0;)
		if (world->account[i].kind == ACCOUNT_ORDER &&
		    world->account[i].u.order.client_id == client_id)
			return &world->account[i];
	return NULL;
}

int64_t lighter_world_filled(const struct lighter_world *world, uint32_t client_id)
{
	int64_t sum = 0;
	for (size_t i = 0; i < world->account_count; i++)
		if (world->account[i].kind == ACCOUNT_FILL &&
		    world->account[i].u.fill.client_id == client_id)
			sum += world->account[i].u.fill.quantity.units;
	return sum;
}

const struct account_event *lighter_world_newest(const struct lighter_world *world,
						 enum account_event_kind kind)
{
	for (size_t i = world->account_count; i-- > 0;)
		if (world->account[i].kind == kind)
			return &world->account[i];
	return NULL;
}

size_t lighter_world_count(const struct lighter_world *world, enum account_event_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < world->account_count; i++)
		count += world->account[i].kind == kind;
	return count;
}

/* ---- reads ----------------------------------------------------------------------------------- */

static void keep_events(struct lighter_world *world, const struct read_result *result)
{
	world->read_count = result->u.events.count;
	free(world->read_events);
	world->read_events = calloc(world->read_count + 1, sizeof(*world->read_events));
	assert_non_null(world->read_events);
	for (size_t i = 0; i < world->read_count; i++)
		world->read_events[i] = result->u.events.events[i];
}

static void keep_depth(struct lighter_world *world, const struct depth_value *depth)
{
	world->read_depth = *depth;
	if (depth->bid_count)
		world->read_bid = depth->bids[0];
	if (depth->ask_count)
		world->read_ask = depth->asks[0];
}

static void keep(struct lighter_world *world, const struct read_result *result)
{
	switch (result->kind) {
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		keep_events(world, result);
		break;
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		world->read_count = result->u.funding.count;
		for (size_t i = 0; i < world->read_count && i < 64; i++)
			world->read_markets[i] = result->u.funding.events[i];
		break;
	case READ_POSITIONS:
		world->read_count = result->u.positions.count;
		for (size_t i = 0; i < world->read_count && i < 16; i++)
			world->read_positions[i] = result->u.positions.values[i];
		break;
	case READ_BALANCES:
		world->read_count = result->u.balances.count;
		world->read_balance = result->u.balances.values[0];
		break;
	case READ_DEPTH:
	case READ_BBO:
		keep_depth(world, &result->u.depth);
		break;
	case READ_FUNDING_EVIDENCE:
		world->read_count = result->u.evidence.count;
		for (size_t i = 0; i < world->read_count && i < 64; i++)
			world->read_evidence[i] = result->u.evidence.rows[i];
		break;
	case READ_ACCESS:
		world->read_access = result->u.access;
		snprintf(world->read_advice, sizeof(world->read_advice), "%s",
			 result->u.access.advice);
		snprintf(world->read_mode, sizeof(world->read_mode), "%s", result->u.access.mode);
		break;
	case READ_ORDER_ROOM:
		world->read_order_room = result->u.order_room;
		break;
	case READ_LEVERAGE:
		world->read_leverage = result->u.leverage;
		break;
	case READ_FEES:
		world->read_fees = result->u.fees;
		break;
	case READ_OPEN_INTEREST:
		world->read_quantity = result->u.open_interest;
		break;
	case READ_VOLUME:
		world->read_money = result->u.volume;
		break;
	case READ_MARK:
		world->read_mark = result->u.mark;
		break;
	case READ_SERVER_TIME:
		world->read_time_ns = result->u.server_time_ns;
		break;
	case READ_INSTRUMENTS:
		world->read_count = result->u.instruments.count;
		break;
	}
}

static void on_read(void *user, const struct read_result *result)
{
	struct lighter_world *world = user;
	assert_false(world->read_told);
	world->read_told = true;
	world->read_outcome = result->outcome;
	world->read_count = 0;
	if (result->outcome == READ_VALUE)
		keep(world, result);
}

enum read_outcome lighter_world_read(struct lighter_world *world,
				     const struct read_request *request)
{
	world->read_told = false;
	exchange_read(world->client, request,
		      scheduler_now(world->testnet.scheduler) + 20 * NS_PER_SECOND, on_read, world);
	assert_false(world->read_told);
	assert_true(wait_for(world, &world->read_told));
	return world->read_outcome;
}

void lighter_world_expect_same_book(const struct lighter_world *world, instrument_id ours,
				    instrument_id theirs)
{
	const struct book_state *book = market_state_book(world->state, ours);
	struct book_level shown[LEVELS], told[LEVELS];
	assert_non_null(book->book);
	assert_true(book->synced);
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		size_t count = trading_floor_depth(world->testnet.floor, theirs, (enum side)side,
						   shown, LEVELS);
		assert_int_equal(order_book_levels(book->book, (enum side)side, told, LEVELS),
				 count);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(shown[i].price.units, told[i].price.units);
			assert_int_equal(shown[i].quantity.units, told[i].quantity.units);
		}
	}
}
