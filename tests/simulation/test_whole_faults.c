/*
 * A swarm of faults on both venues' wires, drawn by seed, around the whole program: while they
 * last nothing may be held beyond what was meant; once they stop everything must end flat, equal
 * and accounted for. FUNDARB_SEED=n repeats one, FUNDARB_SEEDS=n runs more.
 */
#include "core/base/random.h"
#include "core/base/utc.h"
#include "tests/support/effort.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS	     60
#define FAULTS_MOST  4
#define CHAOS_MS     150000
#define RUN_NS	     (240 * NS_PER_SECOND)
#define WATCH_NS     (100 * NS_PER_MS)
#define LEG_USD	     1000
#define LEG_MOST_USD 1150 /* with the market's own move, and a lot */

static const char TESTNET[] = "funding_interval_seconds = 60\n"
			      "coins = BTC ETH SOL PEPE\n"
			      "rate_limits = no\n"
			      "[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			      "[account bot]\ndeposit_usd = 100000\n";
static const char BOT[] = "[venue lighter]\n[venue hyperliquid]\n"
			  "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
			  "settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
			  "minimum_hold_minutes = 0\n";

/* Each may strike again and again with some probability, for a while, or all the time. */
static const struct {
	const char *knob;
	enum { AT_RANDOM, FOR_A_WHILE, ALWAYS } how;
} KNOBS[] = {
	{"ord.resp=drop", AT_RANDOM},
	{"ord.lost", AT_RANDOM},
	{"ord.exec_then=close", AT_RANDOM},
	{"ord.exec_then=rst", AT_RANDOM},
	{"ord.http=503:unknown", AT_RANDOM},
	{"ord.http=503:html", AT_RANDOM},
	{"ord.http=503:unavail", AT_RANDOM},
	{"ord.code=internal:executed", AT_RANDOM},
	{"ord.code=margin", AT_RANDOM},
	{"ord.body=trunc", AT_RANDOM},
	{"ord.body=html", AT_RANDOM},
	{"ord.body=type", AT_RANDOM},
	{"ord.swap_reply", AT_RANDOM},
	{"ord.ack_then=reject", AT_RANDOM},
	{"lt.silent_drop", AT_RANDOM},
	{"ord.delay_ms=1500", AT_RANDOM},
	{"ord.delay_ms=15000", AT_RANDOM},
	{"ioc.fill_pct=0", AT_RANDOM},
	{"ioc.fill_pct=40", AT_RANDOM},
	{"cxl.delay_ms=2000", AT_RANDOM},
	{"qry.lag_ms=5000", AT_RANDOM},
	{"qry.fail=3", AT_RANDOM},
	{"pos.lag_ms=4000", AT_RANDOM},
	{"pos.fail", AT_RANDOM},
	{"rest.delay_ms=800", AT_RANDOM},
	{"rate.429", AT_RANDOM},
	{"ws.before_ack", AT_RANDOM},
	{"ws.dup", AT_RANDOM},
	{"ws.reorder", AT_RANDOM},
	{"ws.gap", AT_RANDOM},
	{"ws.kick", AT_RANDOM},
	{"ws.cut", AT_RANDOM},
	{"nonce=dup", AT_RANDOM},
	{"ws.silent", FOR_A_WHILE},
	{"ws.private_silent", FOR_A_WHILE},
	{"net.down", FOR_A_WHILE},
	{"venue.down_ms=8000", FOR_A_WHILE},
	{"clock.skew_ms=700", FOR_A_WHILE},
	{"clock.skew_ms=-700", FOR_A_WHILE},
	{"book=empty", FOR_A_WHILE},
	{"json.bigid", ALWAYS}, /* a trade keeps its id */
};

struct watch {
	struct whole_program *program;
	uint64_t seed;
	char faults[FAULTS_MOST][160];
	unsigned fault_count;
};

static void tell(const struct watch *watch)
{
	print_message("seed %llu with", (unsigned long long)watch->seed);
	for (unsigned i = 0; i < watch->fault_count; i++)
		print_message(" %s", watch->faults[i]);
	print_message("\n");
}

/* Ground truth: what the venues themselves hold for the account. */
static void nothing_is_held_beyond_what_was_meant(void *user)
{
	struct watch *watch = user;
	struct testnet *model = local_testnet_model(watch->program->testnet);
	static const char *const VENUES[] = {"lighter", "hyperliquid"};
	for (int v = 0; v < 2; v++) {
		struct trading_floor *floor = testnet_floor(model, VENUES[v]);
		const struct instrument_table *table = trading_floor_instruments(floor);
		for (instrument_id id = 1; id <= instrument_count(table); id++) {
			if (instrument_get(table, id)->venue != trading_floor_venue(floor))
				continue;
			struct floor_position position = trading_floor_position(floor, 0, id);
			i128 value =
				position.value.e18 < 0 ? -position.value.e18 : position.value.e18;
			if (value > LEG_MOST_USD * MONEY_ONE) {
				tell(watch);
				fail_msg("%s:%s holds more than a leg", VENUES[v],
					 instrument_get(table, id)->symbol);
			}
		}
	}
	scheduler_after(watch->program->scheduler, WATCH_NS, SCHEDULE_TIMER,
			nothing_is_held_beyond_what_was_meant, watch);
}

static void draw_faults(struct watch *watch, struct random *random)
{
	static const char *const VENUES[] = {"lighter", "hyperliquid"};
	struct fault_plan *plan = testnet_faults(local_testnet_model(watch->program->testnet));
	watch->fault_count = 1 + (unsigned)random_below(random, FAULTS_MOST);
	for (unsigned i = 0; i < watch->fault_count; i++) {
		size_t knob = random_below(random, sizeof(KNOBS) / sizeof(KNOBS[0]));
		const char *venue = VENUES[random_below(random, 2)];
		int64_t from = random_between(random, 5000, CHAOS_MS - 30000);
		struct error err = {0};
		if (KNOBS[knob].how == AT_RANDOM)
			snprintf(watch->faults[i], sizeof(watch->faults[i]),
				 "%s,venue=%s,p=0.%lld,from_ms=5000,to_ms=%d", KNOBS[knob].knob,
				 venue, (long long)random_between(random, 1, 6), CHAOS_MS);
		else if (KNOBS[knob].how == ALWAYS)
			snprintf(watch->faults[i], sizeof(watch->faults[i]), "%s,venue=%s",
				 KNOBS[knob].knob, venue);
		else
			snprintf(watch->faults[i], sizeof(watch->faults[i]),
				 "%s,venue=%s,from_ms=%lld,to_ms=%lld", KNOBS[knob].knob, venue,
				 (long long)from,
				 (long long)(from + random_between(random, 500, 25000)));
		if (!fault_plan_add(plan, watch->faults[i], &err))
			fail_msg("%s", err.text);
	}
}

/* What is left may be smaller than the smallest order: booked as dust, not chased. */
static bool is_dust(const struct instrument_table *table, instrument_id id,
		    const struct floor_position *position)
{
	const struct order_rules *rules = &instrument_latest(table, id)->rules;
	int64_t units = position->quantity.units;
	i128 value = position->value.e18 < 0 ? -position->value.e18 : position->value.e18;
	return (units < 0 ? -units : units) < rules->minimum_quantity.units ||
	       value < rules->minimum_notional.e18;
}

static void ends_flat(struct watch *watch)
{
	struct testnet *model = local_testnet_model(watch->program->testnet);
	static const char *const VENUES[] = {"lighter", "hyperliquid"};
	for (int v = 0; v < 2; v++) {
		struct trading_floor *floor = testnet_floor(model, VENUES[v]);
		const struct instrument_table *table = trading_floor_instruments(floor);
		for (instrument_id id = 1; id <= instrument_count(table); id++) {
			struct floor_position position = trading_floor_position(floor, 0, id);
			if (instrument_get(table, id)->venue == trading_floor_venue(floor) &&
			    position.quantity.units != 0 && !is_dust(table, id, &position)) {
				tell(watch);
				fail_msg("%s:%s is still held", VENUES[v],
					 instrument_get(table, id)->symbol);
			}
		}
	}
}

static size_t run_seed(uint64_t seed)
{
	struct watch watch = {.seed = seed};
	struct random random;
	struct error err = {0};
	random_seed(&random, seed);
	watch.program = whole_program_create("testnet", TESTNET, BOT, RUN_NS);
	draw_faults(&watch, &random);
	nothing_is_held_beyond_what_was_meant(&watch);
	if (!world_run_live(watch.program->world, &err)) {
		tell(&watch);
		fail_msg("%s", err.text);
	}
	ends_flat(&watch);
	struct report *report = report_create(watch.program->world, true);
	if (!report->identity_exact) {
		tell(&watch);
		report_write_text(report, stdout);
		fail_msg("the accounts do not add up");
	}
	report_free(report);
	size_t trades = trade_log_count(watch.program->world->trades);
	whole_program_free(watch.program);
	return trades;
}

static void faults_end_flat_and_accounted_for(void **state)
{
	const char *single = getenv("FUNDARB_SEED"), *many = getenv("FUNDARB_SEEDS");
	size_t trades = 0;
	(void)state;
	if (single) {
		run_seed(strtoull(single, NULL, 10));
		return;
	}
	uint64_t seeds = many ? strtoull(many, NULL, 10) : effort(SEEDS, "seeds");
	for (uint64_t seed = 1; seed <= seeds; seed++)
		trades += run_seed(seed);
	print_message("%llu seeds, %zu trades\n", (unsigned long long)seeds, trades);
	assert_true(trades >= seeds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_end_flat_and_accounted_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
