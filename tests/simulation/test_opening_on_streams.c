/*
 * With its streams up the program opens a pair without asking the venues anything: what triggers it
 * is the last word before both orders. What the streams answer is what the venue would have.
 */
#include "core/base/utc.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDES	2
#define HOLD_NS (7 * NS_PER_SECOND)

static const char TESTNET[] = "funding_interval_seconds = 60\n"
			      "coins = BTC ETH SOL PEPE\n"
			      "[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			      "[account bot]\ndeposit_usd = 100000\nlighter_premium = yes\n";
static const char BOT[] = "[venue lighter]\n[venue hyperliquid]\n"
			  "[risk]\nmaximum_positions = 1\n"
			  "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
			  "settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
			  "minimum_hold_minutes = 0\ncool_down_minutes = 0.05\n";

/* The orders of openings, as they left. */
#define OPENINGS_MAX 256
struct opening {
	int64_t order_ns[SIDES];
	unsigned orders;
};

static struct whole_program *program;
static int64_t requests_ns[65536];
static size_t request_count;
static struct opening openings[OPENINGS_MAX];

static int side_of(const char *venue)
{
	return strcmp(venue, TESTNET_HYPERLIQUID) == 0;
}

/*
 * What goes on whatever is opened: clock, settled rates, evidence, payments, budget, fills once
 * more, and the watch over positions that are held. An opening that fell back to asking would ask
 * for open orders too.
 */
static bool is_background(const struct http_request *request)
{
	static const char *const TARGETS[] = {"/api/v1/fundings", "/api/v1/candles",
					      "/api/v1/positionFunding", "/api/v1/account?",
					      "/api/v1/trades?"};
	static const char *const TYPES[] = {"\"fundingHistory\"",     "\"userFunding\"",
					    "\"exchangeStatus\"",     "\"userRateLimit\"",
					    "\"clearinghouseState\"", "\"userFillsByTime\""};
	if (strcmp(request->target, "/") == 0)
		return true;
	for (size_t i = 0; i < sizeof(TARGETS) / sizeof(TARGETS[0]); i++)
		if (strncmp(request->target, TARGETS[i], strlen(TARGETS[i])) == 0)
			return true;
	for (size_t i = 0; request->body && i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (memmem(request->body, request->body_length, TYPES[i], strlen(TYPES[i])))
			return true;
	return false;
}

static void on_request(void *user, const char *venue, const struct http_request *request)
{
	if (is_background(request))
		return;
	(void)user;
	(void)venue;
	assert_true(request_count < sizeof(requests_ns) / sizeof(requests_ns[0]));
	requests_ns[request_count++] = scheduler_now(program->scheduler);
}

static size_t requests_between(int64_t from_ns, int64_t to_ns)
{
	size_t count = 0;
	for (size_t i = 0; i < request_count; i++)
		count += requests_ns[i] >= from_ns && requests_ns[i] <= to_ns;
	return count;
}

/* An order that may open: neither a leverage change nor reduce-only. */
static bool is_opening(const char *venue, const char *text, size_t length)
{
	if (side_of(venue) == 0)
		return memmem(text, length, "\"tx_type\":14", 12) &&
		       memmem(text, length, "\"ReduceOnly\":0", 14);
	return memmem(text, length, "\"type\":\"order\"", 14) &&
	       memmem(text, length, "\"r\":false", 9);
}

/* The trade that is being opened: there is one at a time. */
static const struct trade_record *opening_now(size_t *index)
{
	struct trade_log *trades = program->world->trades;
	for (*index = trade_log_count(trades); *index > 0; --*index)
		if (trade_log_at(trades, *index - 1)->status == TRADE_STATUS_OPENING) {
			--*index;
			return trade_log_at(trades, *index);
		}
	return NULL;
}

static void on_sending(void *user, const char *venue, const char *text, size_t length)
{
	size_t index;
	(void)user;
	if (!is_opening(venue, text, length))
		return;
	assert_non_null(opening_now(&index));
	assert_true(index < OPENINGS_MAX);
	openings[index].order_ns[side_of(venue)] = scheduler_now(program->scheduler);
	openings[index].orders |= 1U << side_of(venue);
}

/* Pairs come and go: nobody keeps one for longer than some seconds. */
static void recycle(void *user)
{
	const struct funding_arbitrage_strategy *strategy = program->world->strategy;
	int64_t now_ns = scheduler_now(program->scheduler);
	(void)user;
	for (size_t i = 0; strategy && i < funding_arbitrage_strategy_positions(strategy); i++) {
		const struct position *position = funding_arbitrage_strategy_position(strategy, i);
		if (position->state == POSITION_OPEN && now_ns - position->opened_ns > HOLD_NS)
			funding_arbitrage_strategy_close(program->world->strategy, position->trade);
	}
	scheduler_after(program->scheduler, NS_PER_SECOND, SCHEDULE_TIMER, recycle, NULL);
}

static void open_program(const char *testnet, int64_t run_ns)
{
	request_count = 0;
	memset(openings, 0, sizeof(openings));
	program = whole_program_create("testnet", testnet, BOT, run_ns);
	program->tap.listener =
		(struct wire_tap_listener){.request = on_request, .sending = on_sending};
	recycle(NULL);
}

/* ---- openings -------------------------------------------------------------------------------- */

static void an_opening_asks_nothing_between_its_trigger_and_both_orders(void **state)
{
	struct error err = {0};
	unsigned opened = 0, silent = 0, aligned = 0, first = 0;
	int64_t widest_ns = 0;
	int32_t widest_bp_e2 = 0;
	(void)state;
	open_program(TESTNET, 15 * NS_PER_MINUTE);
	if (!world_run_live(program->world, &err))
		fail_msg("%s", err.text);
	struct trade_log *trades = program->world->trades;
	bool leverage_set[INSTRUMENTS_MAX + 1] = {false};
	for (size_t i = 0; i < trade_log_count(trades) && i < OPENINGS_MAX; i++) {
		const struct trade_record *trade = trade_log_at(trades, i);
		const struct opening *opening = &openings[i];
		bool ready = leverage_set[trade->legs[0].instrument] &&
			     leverage_set[trade->legs[1].instrument];
		if (opening->orders != 3)
			continue;
		for (size_t leg = 0; leg < 2; leg++)
			leverage_set[trade->legs[leg].instrument] = true;
		int64_t last_ns = opening->order_ns[0] > opening->order_ns[1]
					  ? opening->order_ns[0]
					  : opening->order_ns[1];
		size_t asked = requests_between(trade->requested_ns, last_ns);
		int64_t apart_ns = opening->order_ns[1] - opening->order_ns[0];
		opened++;
		first += i == 0 && apart_ns == 0; /* no delay has been learnt yet */
		if (asked > 0 || !ready)
			print_message("trade %u: %zu requests, %s\n", trade->trade, asked,
				      ready ? "leverage set" : "leverage not set yet");
		silent += ready && asked == 0;
		aligned += ready;
		if (!ready || !trade->opening.done)
			continue;
		if (trade->opening.match_gap_ns > widest_ns)
			widest_ns = trade->opening.match_gap_ns;
		if (abs(trade->opening.match_gap_bp_e2) > widest_bp_e2)
			widest_bp_e2 = abs(trade->opening.match_gap_bp_e2);
	}
	print_message("%u openings, %u with leverage set, %u of them without a request; "
		      "matches at most %.1f ms and %.2f bp apart\n",
		      opened, aligned, silent, (double)widest_ns / NS_PER_MS, widest_bp_e2 / 100.0);
	assert_int_equal(first, 1);
	assert_true(aligned >= 5);
	assert_int_equal(silent, aligned);
	/* The venues take 300 and 150 ms; what is left is the jitter of the way, learnt slowly. */
	assert_true(widest_ns <= 25 * NS_PER_MS);
	whole_program_free(program);
}

/* ---- the same answer as the venue's -----------------------------------------------------------
 */

struct question {
	enum read_kind kind;
	venue_id venue;
	int64_t asked_ns, answered_ns[2]; /* [0] streamed, [1] by REST */
	size_t count[2];
	struct position_value positions[2][8];
	struct balance_value balance[2];
	unsigned answers;
	bool unknown;
};
static struct question questions[4096];
static size_t question_count;
static unsigned compared, at_once;

static void compare(const struct question *question);

static void keep(struct question *question, int way, const struct read_result *result)
{
	question->answers++;
	question->answered_ns[way] = scheduler_now(program->scheduler);
	/* The budget of requests may be used up. */
	question->unknown = question->unknown || result->outcome != READ_VALUE;
	if (question->unknown)
		return;
	if (question->kind == READ_POSITIONS) {
		question->count[way] = result->u.positions.count;
		assert_true(question->count[way] <= 8);
		if (question->count[way] > 0)
			memcpy(question->positions[way], result->u.positions.values,
			       question->count[way] * sizeof(struct position_value));
	} else if (question->kind == READ_BALANCES) {
		question->count[way] = result->u.balances.count;
		question->balance[way] = result->u.balances.values[0];
	} else {
		question->count[way] = result->u.events.count;
	}
	if (question->answers == 2)
		compare(question);
}

static void compare(const struct question *question)
{
	i128 difference;
	compared++;
	assert_int_equal(question->count[0], question->count[1]);
	for (size_t i = 0; question->kind == READ_POSITIONS && i < question->count[0]; i++) {
		const struct position_value *one = &question->positions[0][i],
					    *two = &question->positions[1][i];
		assert_int_equal(one->instrument, two->instrument);
		assert_int_equal(one->quantity.units, two->quantity.units);
		assert_true(one->cost.e18 == two->cost.e18);
		assert_int_equal(one->leverage, two->leverage);
		assert_int_equal(one->liquidation_known, two->liquidation_known);
	}
	if (question->kind == READ_BALANCES) {
		assert_int_equal(question->balance[0].asset, question->balance[1].asset);
		assert_true(question->balance[0].total.e18 == question->balance[1].total.e18);
		/* It moves with the marks. */
		difference =
			question->balance[0].available.e18 - question->balance[1].available.e18;
		assert_true(difference < 10 * MONEY_ONE && difference > -10 * MONEY_ONE);
	}
}

static void asked_by_rest(void *user, const struct read_result *result)
{
	keep(user, 1, result);
}

static void asked_by_stream(void *user, const struct read_result *result)
{
	struct question *question = user;
	keep(question, 0, result);
	at_once += question->answered_ns[0] == question->asked_ns;
}

/* Only while nothing is being traded: then both must say the same. */
static void ask_both_ways(void *user)
{
	static const enum read_kind KINDS[] = {READ_BALANCES, READ_POSITIONS, READ_OPEN_ORDERS};
	struct world *world = program->world;
	bool quiet = world->strategy && atomic_executor_running(world->executor) == 0;
	(void)user;
	for (venue_id venue = 1; quiet && venue <= 2; venue++)
		for (size_t i = 0; i < 3; i++) {
			struct question *question = &questions[question_count++];
			int64_t now_ns = scheduler_now(program->scheduler);
			assert_true(question_count < sizeof(questions) / sizeof(questions[0]));
			*question = (struct question){
				.kind = KINDS[i], .venue = venue, .asked_ns = now_ns};
			struct read_request request = {.kind = KINDS[i],
						       .streamed_is_enough = true};
			exchange_read(world->clients.by_venue[venue], &request,
				      now_ns + NS_PER_SECOND, asked_by_stream, question);
			request.streamed_is_enough = false;
			exchange_read(world->clients.by_venue[venue], &request,
				      now_ns + NS_PER_SECOND, asked_by_rest, question);
		}
	scheduler_after(program->scheduler, 6700 * NS_PER_MS, SCHEDULE_TIMER, ask_both_ways, NULL);
}

static void what_streams_answer_is_what_the_venue_says(void **state)
{
	struct error err = {0};
	(void)state;
	question_count = 0;
	compared = at_once = 0;
	open_program(TESTNET, 15 * NS_PER_MINUTE);
	/* Off the beat of everything else. */
	scheduler_after(program->scheduler, 5333 * NS_PER_MS, SCHEDULE_TIMER, ask_both_ways, NULL);
	if (!world_run_live(program->world, &err))
		fail_msg("%s", err.text);
	print_message("%u questions compared, %u answered at once\n", compared, at_once);
	assert_true(compared >= 300);
	assert_true(at_once >= compared * 9 / 10);
	whole_program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_opening_asks_nothing_between_its_trigger_and_both_orders),
		cmocka_unit_test(what_streams_answer_is_what_the_venue_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
