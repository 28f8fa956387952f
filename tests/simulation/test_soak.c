/*
 * Two hundred coins at two venues for hours of virtual time: the whole program, both wire
 * protocols, connections that break and venues that fail now and then. Nothing may grow, every book
 * comes back, and the money is accounted for to the last unit. `./run soak` is its real-time twin.
 */
#include "core/base/log.h"
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

#define MINUTES	     120
#define LISTED	     200
#define LOOK_NS	     (10 * NS_PER_SECOND)
#define WARM_NS	     (6 * NS_PER_MINUTE) /* every subscription was sent within the venue's limits */
#define QUIET_END_NS (5 * NS_PER_MINUTE) /* no new trouble in the last minutes */

/* Twelve real coins, of which three cannot be traded at one of the venues, and made-up ones. */
static const char TESTNET[] =
	"funding_interval_seconds = 300\n"
	"extra_coins = 192\n"
	"[market]\nvolatility_bp = 2\nfunding = one-sided\n"
	"book_interval_ms = 10000\nmark_interval_ms = 30000\n"
	"trades_per_minute = 1\nlevels = 3\n"
	"[lighter]\nbook_interval_ms = 1000\n"
	"[hyperliquid]\nbook_interval_ms = 10000\nslow_book_interval_ms = 60000\n"
	"[account bot]\ndeposit_usd = 1000000\nlighter_premium = yes\n";
static const char BOT[] = "[venue lighter]\n[venue hyperliquid]\n"
			  "[risk]\nmaximum_positions = 5\n"
			  "[strategy]\nnotional_usd = 500\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 0\nexit_edge_bp = -50\nmaximum_basis_bp = 60\n"
			  "settlement_window_seconds = 5\nhold_for_settlement_minutes = 0.2\n"
			  "minimum_hold_minutes = 0\ncool_down_minutes = 0.5\n";

static struct whole_program *program;
static size_t most_pending_early, most_pending_late, looks;
static unsigned troubles;

struct books {
	unsigned subscribed, synced;
};

static struct books count_books(const struct world *world)
{
	struct books books = {0};
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
		const struct book_state *book = market_state_book(world->external, id);
		books.subscribed++;
		books.synced += book->synced;
	}
	return books;
}

static void strike(const char *rule)
{
	struct error err = {0};
	struct fault_plan *plan = testnet_faults(local_testnet_model(program->testnet));
	fault_plan_clear(plan);
	if (!fault_plan_add(plan, rule, &err))
		fail_msg("%s: %s", rule, err.text);
	troubles++;
}

static void reconnect(const char *venue)
{
	struct virtual_link *link = local_testnet_link(program->testnet, venue);
	virtual_link_set_down(link, true);
	virtual_link_set_down(link, false);
	troubles++;
}

/* One after the other, over and over. */
#define TROUBLES 8
static void trouble(void *user)
{
	unsigned *turn = user;
	switch ((*turn)++ % TROUBLES) {
	case 0:
		reconnect(TESTNET_LIGHTER);
		break;
	case 1:
		strike("ws.gap,venue=lighter,count=3");
		break;
	case 2:
		reconnect(TESTNET_HYPERLIQUID);
		break;
	case 3:
		strike("ord.resp=drop,venue=lighter,count=1");
		break;
	case 4:
		strike("ioc.fill_pct=50,venue=hyperliquid,count=1");
		break;
	case 5:
		strike("ws.dup,count=20");
		break;
	case 6:
		strike("ws.kick,venue=hyperliquid,count=1");
		break;
	case 7:
		strike("ord.resp=drop,venue=hyperliquid,count=1");
		break;
	}
}

struct course {
	int64_t started_ns, ends_ns, next_trouble_ns;
	unsigned turn;
};

/* Positions are closed by hand, so that there is always something to open. */
static void close_old(void)
{
	struct funding_arbitrage_strategy *strategy = program->world->strategy;
	int64_t now_ns = scheduler_now(program->scheduler);
	for (size_t i = 0; strategy && i < funding_arbitrage_strategy_positions(strategy); i++) {
		const struct position *position = funding_arbitrage_strategy_position(strategy, i);
		if (position->state == POSITION_OPEN &&
		    now_ns - position->opened_ns > 2 * NS_PER_MINUTE)
			funding_arbitrage_strategy_close(strategy, position->trade);
	}
}

static void look(void *user)
{
	struct course *course = user;
	int64_t now_ns = scheduler_now(program->scheduler);
	size_t pending = scheduler_pending(program->scheduler);
	bool early = now_ns - course->started_ns < (course->ends_ns - course->started_ns) / 2;
	looks++;
	if (now_ns - course->started_ns > WARM_NS) {
		size_t *most = early ? &most_pending_early : &most_pending_late;
		if (pending > *most)
			*most = pending;
	}
	close_old();
	if (now_ns >= course->next_trouble_ns && now_ns < course->ends_ns - QUIET_END_NS) {
		course->next_trouble_ns += 75 * NS_PER_SECOND;
		trouble(&course->turn);
	}
	/* The last look before the program leaves. */
	if (now_ns + LOOK_NS >= course->ends_ns) {
		struct books books = count_books(program->world);
		print_message("%u of %u books in sync at the end\n", books.synced,
			      books.subscribed);
		assert_true(books.subscribed >= 2 * LISTED);
		/* Not those of markets that one venue does not trade. */
		assert_true(books.synced + 16 >= books.subscribed);
		return;
	}
	scheduler_after(program->scheduler, LOOK_NS, SCHEDULE_TIMER, look, course);
}

static void expect_equal_legs(struct world *world)
{
	for (size_t i = 0; i < trade_log_count(world->trades); i++) {
		const struct trade_record *trade = trade_log_at(world->trades, i);
		assert_int_not_equal(trade->status, TRADE_STATUS_HALTED);
		for (size_t leg = 0; leg < trade->leg_count; leg++)
			assert_int_equal(trade->legs[leg].held.units, 0);
	}
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++)
		assert_int_equal(ledger_position(world->ledger, id).quantity.units, 0);
}

static void two_hundred_coins_for_hours_leave_nothing_behind(void **state)
{
	struct error err = {0};
	unsigned minutes = effort(MINUTES, "minutes of two hundred coins");
	int64_t run_ns = minutes * NS_PER_MINUTE;
	unsigned closed = 0;
	(void)state;
	if (run_ns < WARM_NS + QUIET_END_NS + 2 * NS_PER_MINUTE)
		run_ns = WARM_NS + QUIET_END_NS + 2 * NS_PER_MINUTE;
	program = whole_program_create("testnet", TESTNET, BOT, run_ns);
	struct world *world = program->world;
	int64_t now_ns = scheduler_now(program->scheduler);
	struct course course = {now_ns, now_ns + run_ns, now_ns + WARM_NS, 0};
	look(&course);
	if (!world_run_live(world, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < trade_log_count(world->trades); i++)
		closed += trade_log_at(world->trades, i)->status == TRADE_STATUS_CLOSED;
	print_message(
		"%u pairs opened and closed, %zu payments of funding, %u troubles; at most %zu, "
		"later %zu entries in the scheduler\n",
		closed, world->funding_count, troubles, most_pending_early, most_pending_late);
	assert_true(closed >= minutes / 2);
	assert_true(world->funding_count >= 2);
	/* Halves compare only when each has seen every kind of trouble. */
	if (troubles >= 2 * TROUBLES)
		assert_true(most_pending_late <= most_pending_early + most_pending_early / 4 + 50);
	else
		print_message("skipped: entries of the scheduler, the run was too short\n");
	expect_equal_legs(world);
	struct report *report = report_create(world, true);
	assert_true(report->identity_exact);
	for (size_t i = 0; i < report->account_count; i++)
		assert_true(report->accounts[i].known);
	report_free(report);
	whole_program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_coins_for_hours_leave_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
