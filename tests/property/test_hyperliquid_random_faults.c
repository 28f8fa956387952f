/*
 * Random orders at the Hyperliquid model under random faults. Once the faults are over and it has
 * been quiet: every fill was told once, every order ended as the venue has it, none of those that
 * were called refused was executed, and the client's picture of the account is the venue's.
 */
#include "core/base/random.h"
#include "tests/support/hyperliquid_duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define RUNS	   30
#define ORDERS_MAX 24

static struct hyperliquid_duo duo;

/*
 * Faults that may strike at any time. Not among them: ord.swap_reply. A refusal names no order but
 * by the id of its request; where two are exchanged nobody can tell.
 */
static const char *const FAULTS[] = {
	"ord.resp=drop,p=0.2",
	"ord.exec_then=close,p=0.1",
	"ord.exec_then=rst,p=0.1",
	"ord.lost,p=0.2",
	"ord.http=503:unknown,p=0.2",
	"ord.http=503:unavail,p=0.2",
	"ord.body=trunc,p=0.2",
	"ord.body=empty,p=0.2",

	"ord.delay_ms=1500,p=0.3",
	"ioc.fill_pct=40,p=0.4",
	"qry.lag_ms=1500,p=0.3",
	"qry.fail=5",
	"rate.429,p=0.05",
	"ws.before_ack,p=0.5",
	"ws.dup,p=0.3",
	"ws.reorder,p=0.3",
	"ws.gap_private,p=0.2",
	"ws.kick,nth=1",
	"ws.cut,nth=1",
	"nonce=dup,p=0.1",
	"nonce=old,p=0.1",
	"rate.orders,p=0.1",
	"ord.ack_then=reject,p=0.1",
	"cxl.fill_race=50,p=0.5",
	"cxl.delay_ms=900,p=0.3",
	"json.bigid",
	"ord.code=internal,p=0.1",
	"rest.delay_ms=700,p=0.2",
};
#define FAULT_COUNT (sizeof(FAULTS) / sizeof(FAULTS[0]))

static struct {
	uint32_t client_id;
	int outcome; /* -1: not answered */
} sent[ORDERS_MAX];
static size_t sent_count;

static void on_answer(void *user, const struct command_result *result)
{
	(void)user;
	for (size_t i = 0; i < sent_count; i++)
		if (sent[i].client_id == result->client_id) {
			assert_int_equal(sent[i].outcome, -1);
			if (getenv("FUNDARB_SEED") != NULL)
				print_message("order %u: outcome %d, %s, %s\n", result->client_id,
					      (int)result->outcome,
					      reject_reason_text(result->reason),
					      result->venue_text);
			sent[i].outcome = (int)result->outcome;
		}
}

static void ignore(void *user, const struct command_result *result)
{
	(void)user;
	(void)result;
}

static void send_order(struct random *random)
{
	static const enum order_type TYPES[] = {ORDER_IOC, ORDER_IOC, ORDER_LIMIT, ORDER_POST_ONLY,
						ORDER_MARKET};
	enum order_type type = TYPES[random_below(random, 5)];
	enum side side = random_below(random, 2) ? SIDE_BUY : SIDE_SELL;
	struct order_request order = hyperliquid_world_order(&duo.world, type, side);
	int64_t now_ns = scheduler_now(duo.world.scheduler);
	order.quantity.units = random_between(random, 40, 400);
	if (type != ORDER_MARKET) {
		/* Within a few ticks of the touch, on the grid of five figures. */
		order.limit.units = 283165 / 10 * 10 + 10 * random_between(random, -6, 6);
		order.reduce_only = random_below(random, 4) == 0;
	}
	order.venue_expiry_ns = trading_floor_venue_time(duo.floor) + 2 * NS_PER_SECOND;
	sent[sent_count].client_id = order.client_id;
	sent[sent_count++].outcome = -1;
	exchange_place(duo.world.client, &order, now_ns + 2500 * NS_PER_MS, on_answer, NULL);
}

static void cancel_one(struct random *random)
{
	if (sent_count == 0)
		return;
	uint32_t id = sent[random_below(random, sent_count)].client_id;
	exchange_cancel(duo.world.client, hyperliquid_world_instrument(&duo.world, "ETH"), id,
			scheduler_now(duo.world.scheduler) + 2500 * NS_PER_MS, ignore, NULL);
}

/* The floor's own record of an order of ours; NULL: it never arrived. */
static const struct floor_order *truth_of(uint32_t client_id)
{
	return trading_floor_tagged(duo.floor, duo.account, hyperliquid_world_cloid(client_id));
}

static void check_order(uint64_t seed, size_t index)
{
	uint32_t id = sent[index].client_id;
	const struct floor_order *truth = truth_of(id);
	const struct account_event *told = hyperliquid_duo_order(&duo, id);
	int64_t executed = truth != NULL ? truth->executed.units : 0;
	int64_t filled = hyperliquid_duo_filled(&duo, id);
	if (sent[index].outcome == -1)
		fail_msg("seed %llu: order %u was never answered", (unsigned long long)seed, id);
	if (llabs(filled) != executed)
		fail_msg("seed %llu: order %u: fills of %lld told, %lld true",
			 (unsigned long long)seed, id, (long long)filled, (long long)executed);
	if (sent[index].outcome == COMMAND_REJECTED && executed != 0)
		fail_msg("seed %llu: order %u was called refused and executed %lld of %lld (type "
			 "%d, state %d)",
			 (unsigned long long)seed, id, (long long)executed,
			 (long long)truth->request.quantity.units, (int)truth->request.type,
			 (int)truth->state);
	if (told == NULL)
		return;
	bool ended = told->u.order.state != ORDER_STATE_OPEN;
	bool truly_ended = truth == NULL || truth->state != ORDER_STATE_OPEN;
	if (ended && !truly_ended)
		fail_msg("seed %llu: order %u was called ended and still works",
			 (unsigned long long)seed, id);
	if (ended && told->u.order.executed.units != executed)
		fail_msg("seed %llu: order %u ended with %lld told, %lld true",
			 (unsigned long long)seed, id, (long long)told->u.order.executed.units,
			 (long long)executed);
}

/* What the executor would do: an order that was not refused is looked up until it is known. */
static void check_read(uint64_t seed, size_t index)
{
	struct read_request request = {.kind = READ_ORDER,
				       .instrument =
					       hyperliquid_world_instrument(&duo.world, "ETH"),
				       .client_id = sent[index].client_id};
	const struct floor_order *truth = truth_of(request.client_id);
	const struct read_result *read = hyperliquid_world_read(&duo.world, &request);
	if (truth == NULL || sent[index].outcome == COMMAND_REJECTED)
		return;
	if (read->outcome == READ_UNKNOWN)
		fail_msg("seed %llu: order %u cannot be read in quiet times",
			 (unsigned long long)seed, request.client_id);
	if (read->outcome == READ_VALUE && truth->state != ORDER_STATE_OPEN &&
	    read->u.events.events[0].u.order.executed.units != truth->executed.units)
		fail_msg("seed %llu: order %u is read with %lld, %lld true",
			 (unsigned long long)seed, request.client_id,
			 (long long)read->u.events.events[0].u.order.executed.units,
			 (long long)truth->executed.units);
}

static void run(uint64_t seed)
{
	struct random random;
	random_seed(&random, seed);
	hyperliquid_duo_start(&duo);
	sent_count = 0;
	for (uint64_t n = random_below(&random, 4); n > 0; n--) {
		const char *rule = FAULTS[random_below(&random, FAULT_COUNT)];
		if (getenv("FUNDARB_SEED") != NULL)
			print_message("fault %s\n", rule);
		hyperliquid_duo_fault(&duo, rule);
	}
	while (sent_count < ORDERS_MAX) {
		if (random_below(&random, 4) == 0)
			cancel_one(&random);
		else
			send_order(&random);
		hyperliquid_world_run(&duo.world, random_between(&random, 0, 900) * NS_PER_MS);
	}
	fault_plan_clear(duo.faults);
	hyperliquid_world_run(&duo.world, 90 * NS_PER_SECOND);

	int64_t position = hyperliquid_duo_position(&duo);
	for (size_t i = 0; i < sent_count; i++)
		check_order(seed, i);
	if (hyperliquid_duo_filled(&duo, 0) != position ||
	    hyperliquid_duo_position_told(&duo) != position)
		fail_msg("seed %llu: position %lld, told %lld, fills %lld",
			 (unsigned long long)seed, (long long)position,
			 (long long)hyperliquid_duo_position_told(&duo),
			 (long long)hyperliquid_duo_filled(&duo, 0));
	for (size_t i = 0; i < sent_count; i++)
		check_read(seed, i);
	hyperliquid_duo_close(&duo);
}

static void in_quiet_times_what_was_told_is_what_happened(void **state)
{
	const char *given = getenv("FUNDARB_SEED");
	(void)state;
	if (given != NULL) {
		run(strtoull(given, NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		run(seed);
	print_message("seeds 1 to %d; FUNDARB_SEED runs one\n", RUNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_quiet_times_what_was_told_is_what_happened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
