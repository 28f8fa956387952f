#include "tests/support/hyperliquid_world.h"

#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static void on_market(void *user, const struct market_event *event)
{
	struct hyperliquid_world *world = user;
	assert_true(world->market_count < WORLD_EVENTS);
	world->market_events[world->market_count++] = *event;
	market_state_apply(world->market, event);
}

static void on_account(void *user, const struct account_event *event)
{
	struct hyperliquid_world *world = user;
	assert_true(world->account_count < WORLD_EVENTS);
	world->account_events[world->account_count++] = *event;
}

void hyperliquid_world_note_done(void *user, bool ok, const char *why)
{
	struct hyperliquid_world *world = user;
	world->done = true;
	world->dones++;
	world->ok = ok;
	snprintf(world->why, sizeof(world->why), "%s", why);
}

void hyperliquid_world_open(struct hyperliquid_world *world)
{
	struct error err = {0};
	memset(world, 0, sizeof(*world));
	world->scheduler = scheduler_create(WORLD_START + 60 * SECOND);
	world->instruments = instrument_table_create();
	assert_non_null(world->scheduler);
	assert_non_null(world->instruments);
	world->venue = instrument_table_venue(world->instruments, "hyperliquid");
	world->market = market_state_create(world->instruments);
	assert_non_null(world->market);
	world->next_id = 1000;
	world->options = (struct hyperliquid_client_options){.venue = world->venue,
							     .has_account = true,
							     .cloid_prefix = WORLD_PREFIX,
							     .seed = 7};
	assert_true(hyperliquid_address_parse(FAKE_ACCOUNT, world->options.account));
	assert_true(hyperliquid_key_load(
		"0x0123456789012345678901234567890123456789012345678901234567890123",
		&world->options.key, &err));
	fake_hyperliquid_open(&world->fake, world->scheduler, WORLD_DELAY,
			      world->options.key.address_text);
}

static void nothing(void *user)
{
	(void)user;
}

/* An entry of its own: the clock stands at the end of the span then. */
static void run_to(struct hyperliquid_world *world, int64_t at_ns)
{
	scheduler_at(world->scheduler, at_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, at_ns);
}

void hyperliquid_world_run(struct hyperliquid_world *world, int64_t ns)
{
	run_to(world, scheduler_now(world->scheduler) + ns);
}

void hyperliquid_world_start(struct hyperliquid_world *world)
{
	struct error err = {0};
	const struct exchange_sink sink = {on_market, on_account, world};
	world->options.endpoint =
		virtual_link_endpoint(world->link != NULL ? world->link : world->fake.link);
	assert_non_null(world->options.endpoint);
	world->client = hyperliquid_client_create(&world->options, world->scheduler,
						  world->instruments, &err);
	if (world->client == NULL)
		fail_msg("%s", err.text);
	world->done = false;
	exchange_start(world->client, &sink, hyperliquid_world_note_done, world);
	assert_false(world->done);
	for (int i = 0; i < 60 && !world->done; i++)
		run_to(world, scheduler_now(world->scheduler) + SECOND);
	assert_true(world->done);
}

void hyperliquid_world_trade(struct hyperliquid_world *world)
{
	hyperliquid_world_open(world);
	hyperliquid_world_start(world);
	if (!world->ok)
		fail_msg("%s", world->why);
	world->done = false;
	exchange_subscribe_account(world->client, hyperliquid_world_note_done, world);
	for (int i = 0; i < 60 && !world->done; i++)
		run_to(world, scheduler_now(world->scheduler) + SECOND);
	assert_true(world->done);
	assert_true(world->ok);
}

void hyperliquid_world_close(struct hyperliquid_world *world)
{
	exchange_client_free(world->client);
	fake_hyperliquid_close(&world->fake);
	market_state_free(world->market);
	instrument_table_free(world->instruments);
	scheduler_free(world->scheduler);
}

instrument_id hyperliquid_world_instrument(const struct hyperliquid_world *world, const char *coin)
{
	instrument_id id = instrument_find(world->instruments, world->venue, coin);
	assert_int_not_equal(id, 0);
	return id;
}

void hyperliquid_world_subscribe(struct hyperliquid_world *world, const char *coin,
				 unsigned channels)
{
	world->done = false;
	exchange_subscribe(world->client, hyperliquid_world_instrument(world, coin), channels,
			   hyperliquid_world_note_done, world);
	assert_false(world->done);
	for (int i = 0; i < 40 && !world->done; i++)
		run_to(world, scheduler_now(world->scheduler) + SECOND);
	assert_true(world->done);
}

struct order_request hyperliquid_world_order(struct hyperliquid_world *world, enum order_type type,
					     enum side side)
{
	return (struct order_request){.instrument = hyperliquid_world_instrument(world, "ETH"),
				      .client_id = world->next_id++,
				      .side = side,
				      .type = type,
				      .quantity = {456},
				      .limit = {type == ORDER_MARKET ? 0 : 283170},
				      .reduce_only = type == ORDER_MARKET,
				      .venue_expiry_ns = scheduler_now(world->scheduler) +
							 world->fake.skew_ns + 2 * SECOND};
}

void hyperliquid_world_note_result(void *user, const struct command_result *result)
{
	struct hyperliquid_world *world = user;
	size_t index = world->result_count++;
	assert_true(index < WORLD_RESULTS);
	world->results[index] = *result;
	snprintf(world->texts[index], sizeof(world->texts[index]), "%s", result->venue_text);
	snprintf(world->order_ids[index], sizeof(world->order_ids[index]), "%s",
		 result->venue_order_id);
	world->results[index].venue_text = world->texts[index];
	world->results[index].venue_order_id = world->order_ids[index];
}

void hyperliquid_world_send(struct hyperliquid_world *world, const struct order_request *order,
			    int64_t give_up_after_ns)
{
	exchange_place(world->client, order, scheduler_now(world->scheduler) + give_up_after_ns,
		       hyperliquid_world_note_result, world);
}

static const struct command_result *wait_for(struct hyperliquid_world *world, size_t before)
{
	assert_int_equal(world->result_count, before); /* never from inside */
	for (int i = 0; i < 2000 && world->result_count == before; i++)
		run_to(world, scheduler_now(world->scheduler) + SECOND / 100);
	assert_int_equal(world->result_count, before + 1);
	return &world->results[before];
}

const struct command_result *hyperliquid_world_place(struct hyperliquid_world *world,
						     const struct order_request *order)
{
	size_t before = world->result_count;
	hyperliquid_world_send(world, order, 5 * SECOND);
	return wait_for(world, before);
}

const struct command_result *hyperliquid_world_command(struct hyperliquid_world *world,
						       const struct command_request *request)
{
	size_t before = world->result_count;
	exchange_command(world->client, request, scheduler_now(world->scheduler) + 5 * SECOND,
			 hyperliquid_world_note_result, world);
	return wait_for(world, before);
}

/* Rows are borrowed until `done` returns: a copy is kept. */
static const void *copy_rows(struct hyperliquid_world *world, const void *rows, size_t bytes)
{
	assert_true(bytes <= sizeof(world->read_rows));
	if (bytes > 0)
		memcpy(world->read_rows, rows, bytes);
	return world->read_rows;
}

static void on_read(void *user, const struct read_result *result)
{
	struct hyperliquid_world *world = user;
	struct read_result *read = &world->read;
	assert_false(world->read_done);
	world->read_done = true;
	*read = *result;
	if (result->outcome != READ_VALUE)
		return;
	switch (result->kind) {
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		read->u.funding.events =
			copy_rows(world, read->u.funding.events,
				  read->u.funding.count * sizeof(*read->u.funding.events));
		break;
	case READ_DEPTH:
	case READ_BBO: {
		struct book_level *levels = (struct book_level *)(void *)world->read_rows;
		memcpy(levels, read->u.depth.bids, read->u.depth.bid_count * sizeof(*levels));
		memcpy(levels + 64, read->u.depth.asks, read->u.depth.ask_count * sizeof(*levels));
		read->u.depth.bids = levels;
		read->u.depth.asks = levels + 64;
		break;
	}
	case READ_INSTRUMENTS:
		read->u.instruments.ids =
			copy_rows(world, read->u.instruments.ids,
				  read->u.instruments.count * sizeof(*read->u.instruments.ids));
		break;
	case READ_BALANCES:
		read->u.balances.values =
			copy_rows(world, read->u.balances.values,
				  read->u.balances.count * sizeof(*read->u.balances.values));
		break;
	case READ_POSITIONS:
		read->u.positions.values =
			copy_rows(world, read->u.positions.values,
				  read->u.positions.count * sizeof(*read->u.positions.values));
		break;
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		read->u.events.events =
			copy_rows(world, read->u.events.events,
				  read->u.events.count * sizeof(*read->u.events.events));
		break;
	case READ_FUNDING_EVIDENCE:
		read->u.evidence.rows =
			copy_rows(world, read->u.evidence.rows,
				  read->u.evidence.count * sizeof(*read->u.evidence.rows));
		break;
	case READ_ACCESS:
		snprintf(world->read_advice, sizeof(world->read_advice), "%s",
			 read->u.access.advice);
		snprintf(world->read_mode, sizeof(world->read_mode), "%s", read->u.access.mode);
		read->u.access.advice = world->read_advice;
		read->u.access.mode = world->read_mode;
		break;
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_FEES:
	case READ_SERVER_TIME:
	case READ_ORDER_ROOM:
	case READ_LEVERAGE:
		break;
	}
}

const struct read_result *hyperliquid_world_read(struct hyperliquid_world *world,
						 const struct read_request *request)
{
	world->read_done = false;
	exchange_read(world->client, request, scheduler_now(world->scheduler) + 5 * SECOND, on_read,
		      world);
	assert_false(world->read_done);
	for (int i = 0; i < 600 && !world->read_done; i++)
		run_to(world, scheduler_now(world->scheduler) + SECOND / 100);
	assert_true(world->read_done);
	return &world->read;
}

size_t hyperliquid_world_count(const struct hyperliquid_world *world, enum account_event_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < world->account_count; i++)
		count += world->account_events[i].kind == kind;
	return count;
}

const struct account_event *hyperliquid_world_last(const struct hyperliquid_world *world,
						   enum account_event_kind kind, size_t n)
{
	for (size_t i = world->account_count; i > 0; i--)
		if (world->account_events[i - 1].kind == kind && n-- == 0)
			return &world->account_events[i - 1];
	fail_msg("there is no such account event");
	abort();
}

size_t hyperliquid_world_markets(const struct hyperliquid_world *world, enum market_event_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < world->market_count; i++)
		count += world->market_events[i].kind == kind;
	return count;
}

const struct market_event *hyperliquid_world_last_market(const struct hyperliquid_world *world,
							 enum market_event_kind kind)
{
	for (size_t i = world->market_count; i > 0; i--)
		if (world->market_events[i - 1].kind == kind)
			return &world->market_events[i - 1];
	fail_msg("there is no such market event");
	abort();
}

const char *hyperliquid_world_cloid(uint32_t client_id)
{
	static char text[HYPERLIQUID_CLOID_TEXT];
	hyperliquid_cloid(WORLD_PREFIX, client_id, text);
	return text;
}
