/* What the streams said of an account stands for a read, or the venue is asked. */
#include "core/base/random.h"
#include "exchanges/streamed_account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct streamed_account account;
static const struct position_value *rows[STREAMED_POSITIONS_MAX];
static size_t count;

static int forget(void **state)
{
	(void)state;
	streamed_account_forget(&account);
	return 0;
}

static void position(instrument_id instrument, int64_t units, int64_t at_ns)
{
	struct position_value value = {.instrument = instrument, .quantity = {units}};
	streamed_account_position(&account, &value, at_ns);
}

static void balance(int64_t total, int64_t at_ns)
{
	struct balance_value value = {.asset = 1, .total = {total}, .available = {total}};
	streamed_account_balance(&account, &value, at_ns);
}

static void order(instrument_id instrument, const char *id, enum order_state order_state)
{
	struct account_event event = {.kind = ACCOUNT_ORDER, .instrument = instrument};
	snprintf(event.u.order.venue_order_id, sizeof(event.u.order.venue_order_id), "%s", id);
	event.u.order.state = order_state;
	streamed_account_order(&account, &event);
}

static bool known(instrument_id instrument)
{
	return streamed_account_positions_are(&account, instrument, rows, &count);
}

static void nothing_said_is_not_known(void **state)
{
	struct balance_value value;
	(void)state;
	assert_false(streamed_account_balance_is(&account, &value));
	assert_false(known(0));
	position(1, 5, 10);
	assert_false(known(1)); /* without a complete list others may be held */
	assert_false(streamed_account_no_orders(&account, 0));
}

static void a_fill_makes_positions_and_balance_stale_until_they_include_it(void **state)
{
	struct balance_value value;
	(void)state;
	streamed_account_all_told(&account, 10);
	balance(100, 10);
	assert_true(known(0));
	assert_int_equal(count, 0);
	streamed_account_fill(&account, 7, 20);
	assert_false(known(0));
	assert_false(known(7));
	assert_true(known(8)); /* of another market nothing has changed */
	assert_false(streamed_account_balance_is(&account, &value));
	position(7, 3, 20);
	assert_true(known(0));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0]->quantity.units, 3);
	balance(99, 21);
	assert_true(streamed_account_balance_is(&account, &value));
	assert_true(value.total.e18 == 99);
}

static void older_news_is_passed_over(void **state)
{
	(void)state;
	streamed_account_all_told(&account, 10);
	position(3, 5, 30);
	position(3, 9, 20); /* a read that was asked before */
	streamed_account_all_told(&account, 20);
	assert_true(known(3));
	assert_int_equal(rows[0]->quantity.units, 5);
	streamed_account_all_told(&account, 31); /* a complete list that does not name it */
	assert_true(known(3));
	assert_int_equal(rows[0]->quantity.units, 0);
	assert_true(known(0));
	assert_int_equal(count, 0);
}

static void an_ended_order_is_not_revived_by_an_older_word(void **state)
{
	(void)state;
	streamed_account_listing(&account);
	order(1, "11", ORDER_STATE_OPEN);
	order(2, "12", ORDER_STATE_CANCELLED); /* by stream, while the list is on its way */
	order(2, "12", ORDER_STATE_OPEN);      /* as the list still has it */
	streamed_account_listed(&account);
	assert_true(streamed_account_no_orders(&account, 2));
	assert_false(streamed_account_no_orders(&account, 1));
	assert_false(streamed_account_no_orders(&account, 0));
	/* A list that does not have it: a frame was lost. */
	streamed_account_listing(&account);
	streamed_account_listed(&account);
	assert_true(streamed_account_no_orders(&account, 0));
	streamed_account_orders_lost(&account);
	assert_false(streamed_account_no_orders(&account, 0));
}

static void beyond_the_bounds_the_venue_is_asked(void **state)
{
	(void)state;
	char id[16];
	streamed_account_all_told(&account, 1);
	for (int i = 0; i < STREAMED_POSITIONS_MAX; i++)
		position((instrument_id)(i + 1), 1, 2);
	assert_true(known(0));
	assert_int_equal(count, STREAMED_POSITIONS_MAX);
	position(STREAMED_POSITIONS_MAX + 1, 1, 2);
	assert_false(known(0));
	streamed_account_listing(&account);
	for (int i = 0; i <= STREAMED_ORDERS_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		order(1, id, ORDER_STATE_OPEN);
	}
	streamed_account_listed(&account);
	assert_false(streamed_account_no_orders(&account, 2));
}

/* Against a second account kept by the test: an answer is the truth, or there is none. */
static void random_orders_are_never_answered_wrongly(void **state)
{
	enum { ORDERS = 40, STEPS = 20000 };
	static const enum order_state ENDS[] = {ORDER_STATE_FILLED, ORDER_STATE_CANCELLED,
						ORDER_STATE_REJECTED};
	bool open[ORDERS] = {false};
	unsigned generation[ORDERS] = {0}, answered = 0;
	struct random random;
	(void)state;
	random_seed(&random, 20260301);
	streamed_account_listing(&account);
	streamed_account_listed(&account);
	for (int step = 0; step < STEPS; step++) {
		size_t i = (size_t)random_between(&random, 0, ORDERS - 1);
		char id[24];
		instrument_id instrument = (instrument_id)(1 + i % 5);
		bool truth = true;
		if (!open[i])
			generation[i]++;
		snprintf(id, sizeof(id), "%zu%05u", i + 1, generation[i]);
		order(instrument, id, open[i] ? ENDS[step % 3] : ORDER_STATE_OPEN);
		if (open[i])
			order(instrument, id, ORDER_STATE_OPEN); /* out of order */
		open[i] = !open[i];
		for (size_t k = 0; k < ORDERS; k++)
			truth = truth && !(open[k] && (instrument_id)(1 + k % 5) == instrument);
		assert_int_equal(streamed_account_no_orders(&account, instrument), truth);
		answered += truth;
	}
	assert_true(answered > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_said_is_not_known, forget),
		cmocka_unit_test_setup(
			a_fill_makes_positions_and_balance_stale_until_they_include_it, forget),
		cmocka_unit_test_setup(older_news_is_passed_over, forget),
		cmocka_unit_test_setup(an_ended_order_is_not_revived_by_an_older_word, forget),
		cmocka_unit_test_setup(beyond_the_bounds_the_venue_is_asked, forget),
		cmocka_unit_test_setup(random_orders_are_never_answered_wrongly, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
