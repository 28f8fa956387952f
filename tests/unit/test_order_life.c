/* One order: its lattice, its quantities, and the proof that it never existed. */
#include "core/base/random.h"
#include "execution/absence_proof.h"
#include "execution/order_life.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct market_terms terms;
static struct order_life life;

static int set_up(void **state)
{
	(void)state;
	terms = market_terms_create();
	const struct order_request request = {
		.instrument = terms.usdm,
		.client_id = 7,
		.side = SIDE_BUY,
		.type = ORDER_IOC,
		.quantity = {100},
		.limit = {600000},
	};
	order_life_begin(&life, &request, instrument_get(terms.table, terms.usdm));
	life.phase = ORDER_SENT;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	order_life_end(&life);
	market_terms_free(&terms);
	return 0;
}

static bool told(enum order_state state, int64_t executed)
{
	struct account_event event = {
		.kind = ACCOUNT_ORDER,
		.u.order = {.client_id = 7, .state = state, .executed = {executed}},
	};
	return order_life_order(&life, &event);
}

static bool filled(const char *id, int64_t units, int64_t match_ns)
{
	struct account_event event = {
		.kind = ACCOUNT_FILL,
		.u.fill = {.client_id = 7, .price = {600000}, .quantity = {units}},
	};
	snprintf(event.u.fill.trade_id, sizeof(event.u.fill.trade_id), "%s", id);
	return order_life_fill(&life, &event, match_ns);
}

static bool answered(enum command_outcome outcome, enum reject_reason reason)
{
	const struct command_result result = {.outcome = outcome, .reason = reason, .client_id = 7};
	return order_life_answer(&life, &result);
}

static void assert_life(enum order_phase phase, int64_t executed)
{
	assert_string_equal(order_phase_text(life.phase), order_phase_text(phase));
	assert_int_equal(life.executed.units, executed);
}

static void the_larger_of_total_and_fills_is_executed(void **state)
{
	(void)state;
	assert_true(filled("a", 30, 5));
	assert_life(ORDER_WORKING, 30);
	assert_true(told(ORDER_STATE_OPEN, 50));
	assert_life(ORDER_WORKING, 50);
	assert_false(order_life_complete(&life));
	assert_true(told(ORDER_STATE_CANCELLED, 50));
	assert_life(ORDER_ENDED, 50);
	assert_false(order_life_complete(&life)); /* 20 units have no fill yet */
	assert_int_equal((int64_t)(order_life_tokens(&life, (struct price){0}).e18 / 1000000000),
			 50000000);
	assert_true(filled("b", 20, 9));
	assert_true(order_life_complete(&life));
	assert_int_equal(life.first_match_ns, 5);
	assert_int_equal(life.last_match_ns, 9);
	assert_money(life.value, "3000");
}

static void a_fill_counts_once_by_its_trade_id(void **state)
{
	(void)state;
	assert_true(filled("a", 30, 5));
	assert_false(filled("a", 30, 5));
	assert_true(filled("A", 30, 5));
	assert_life(ORDER_WORKING, 60);
	assert_int_equal(life.fills, 2);
	assert_false(filled("c", 0, 5)); /* no fill at all */
	for (int i = 0; i < 40; i++) {
		char id[16];
		snprintf(id, sizeof(id), "n%d", i);
		assert_true(filled(id, 1, 5));
		assert_false(filled(id, 1, 5));
	}
	assert_life(ORDER_ENDED, 100);
}

static void nothing_moves_an_order_back(void **state)
{
	(void)state;
	assert_true(told(ORDER_STATE_FILLED, 100));
	assert_false(told(ORDER_STATE_OPEN, 0));
	assert_false(told(ORDER_STATE_OPEN, 40));
	assert_false(answered(COMMAND_UNKNOWN, REJECT_NONE));
	assert_false(answered(COMMAND_REJECTED, REJECT_MARGIN));
	assert_false(order_life_not_found(&life));
	assert_life(ORDER_ENDED, 100);
	assert_false(life.shrank); /* an older total is only late */
}

static void a_final_total_that_shrinks_is_a_contradiction(void **state)
{
	(void)state;
	told(ORDER_STATE_OPEN, 60);
	assert_true(told(ORDER_STATE_CANCELLED, 50));
	assert_true(life.shrank);
	assert_life(ORDER_ENDED, 60);
}

static void an_answer_is_not_the_order(void **state)
{
	(void)state;
	assert_true(answered(COMMAND_ACKNOWLEDGED, REJECT_NONE));
	assert_life(ORDER_WORKING, 0);
	assert_int_equal(order_life_open(&life).units, 100);
	assert_true(order_life_not_found(&life)); /* acknowledged and not there: to be proven */
	assert_life(ORDER_UNKNOWN, 0);
	assert_int_equal(order_life_open(&life).units, 100); /* reserved in full */
	assert_true(told(ORDER_STATE_OPEN, 10));
	assert_life(ORDER_WORKING, 10);
	assert_int_equal(order_life_open(&life).units, 90);
}

static void refusals_are_definite_but_a_duplicate_id_is_not_one(void **state)
{
	(void)state;
	assert_true(answered(COMMAND_REJECTED, REJECT_DUPLICATE_ID));
	assert_life(ORDER_UNKNOWN, 0);
	tear_down(state);
	set_up(state);
	assert_true(answered(COMMAND_REJECTED, REJECT_MARGIN));
	assert_life(ORDER_REFUSED, 0);
	assert_int_equal(life.reason, REJECT_MARGIN);
	assert_true(order_life_complete(&life));
	tear_down(state);
	set_up(state);
	assert_true(told(ORDER_STATE_REJECTED, 0));
	assert_life(ORDER_REFUSED, 0);
	tear_down(state);
	set_up(state);
	assert_true(filled("a", 5, 1));
	assert_true(told(ORDER_STATE_REJECTED, 0)); /* refused after filling: it ended */
	assert_life(ORDER_ENDED, 5);
}

static void every_sequence_of_words_keeps_the_lattice(void **state)
{
	struct random random;

	random_seed(&random, 20240809);
	for (int run = 0; run < 20000; run++) {
		enum order_phase before = life.phase;
		int64_t executed = life.executed.units;
		bool terminal = order_phase_is_terminal(before);
		char id[16];
		snprintf(id, sizeof(id), "%d", (int)random_below(&random, 6));
		switch (random_below(&random, 6)) {
		case 0:
			told(ORDER_STATE_OPEN, (int64_t)random_below(&random, 101));
			break;
		case 1:
			filled(id, random_between(&random, 1, 20), 1);
			break;
		case 2:
			answered((enum command_outcome)random_below(&random, 3), REJECT_OTHER);
			break;
		case 3:
			order_life_not_found(&life);
			break;
		case 4:
			told((enum order_state)random_below(&random, 4),
			     (int64_t)random_below(&random, 101));
			break;
		case 5:
			filled(id, random_between(&random, 1, 20), 1);
			break;
		}
		assert_true(life.executed.units >= executed);
		assert_true(life.executed.units >= life.filled.units);
		assert_true(!terminal || life.phase == before);
		assert_true(life.phase >= before ||
			    (before == ORDER_WORKING && life.phase == ORDER_UNKNOWN));
		if (terminal) {
			tear_down(state);
			set_up(state);
		}
	}
}

/* ---- absence -----------------------------------------------------------------------------------
 */

#define S INT64_C(1000000000)

static void absence_needs_all_four_answers_after_its_time(void **state)
{
	struct absence_proof proof;
	int64_t due;

	(void)state;
	absence_proof_begin(&proof, 20 * S, true);
	assert_int_equal(absence_proof_next(&proof, 5 * S, &due), PROOF_NOT_YET);
	assert_int_equal(due, 20 * S);
	/* what was asked before counts for nothing */
	absence_proof_not_found(&proof, 19 * S);
	absence_proof_no_fills(&proof, 19 * S);
	absence_proof_position(&proof, 19 * S, true);
	assert_int_equal(absence_proof_next(&proof, 20 * S, &due), PROOF_LOOK_UP);
	absence_proof_not_found(&proof, 20 * S);
	/* the second a second later */
	assert_int_equal(absence_proof_next(&proof, 20 * S, &due), PROOF_LOOK_UP);
	assert_int_equal(due, 21 * S);
	absence_proof_not_found(&proof, 20 * S + S / 2);
	assert_int_equal(absence_proof_next(&proof, 21 * S, &due), PROOF_LOOK_UP);
	absence_proof_not_found(&proof, 21 * S);
	assert_int_equal(absence_proof_next(&proof, 21 * S, &due), PROOF_READ_FILLS);
	absence_proof_no_fills(&proof, 21 * S);
	assert_int_equal(absence_proof_next(&proof, 21 * S, &due), PROOF_READ_POSITION);
	absence_proof_position(&proof, 21 * S, false);
	assert_int_equal(absence_proof_next(&proof, 22 * S, &due), PROOF_READ_POSITION);
	absence_proof_position(&proof, 22 * S, true);
	assert_int_equal(absence_proof_next(&proof, 22 * S, &due), PROOF_COMPLETE);
}

static void a_reduce_only_order_needs_no_position(void **state)
{
	struct absence_proof proof;
	int64_t due;

	(void)state;
	absence_proof_begin(&proof, 0, false);
	absence_proof_not_found(&proof, 0);
	absence_proof_not_found(&proof, S);
	absence_proof_no_fills(&proof, S);
	assert_int_equal(absence_proof_next(&proof, S, &due), PROOF_COMPLETE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_larger_of_total_and_fills_is_executed),
		TEST(a_fill_counts_once_by_its_trade_id),
		TEST(nothing_moves_an_order_back),
		TEST(a_final_total_that_shrinks_is_a_contradiction),
		TEST(an_answer_is_not_the_order),
		TEST(refusals_are_definite_but_a_duplicate_id_is_not_one),
		TEST(every_sequence_of_words_keeps_the_lattice),
		TEST(absence_needs_all_four_answers_after_its_time),
		TEST(a_reduce_only_order_needs_no_position),
	};
	return cmocka_run_group_tests_name("order life", tests, NULL, NULL);
}
