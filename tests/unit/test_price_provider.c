/* The two doors of the PriceProvider: the seed's cases, both orders of sources, single flight. */
#include "core/base/log.h"
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS NS_PER_MS

static const struct price_counters *counters(const struct price_world *world)
{
	return price_provider_counters(world->prices);
}

static struct price_world *streaming_world(bool prefer_websocket, int64_t delay_ns)
{
	struct price_provider_options options = price_provider_defaults();
	options.prefer_websocket = prefer_websocket;
	return price_world_create(&options, delay_ns);
}

static void assert_answered(const struct price_call *call, enum price_source source,
			    int64_t bid_units)
{
	assert_int_equal(call->completions, 1);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.source, source);
	assert_int_equal(call->quote.bid.price.units, bid_units);
}

/* ---- the seed's cases ---- */

static void hit_within_ttl(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_SIZING), PRICE_SOURCE_REST,
			PRICE_WORLD_BID);
	/* Confirmed when the request was handed over (0 ms): 5,000 ms later is still fresh. */
	price_world_run_to(world, 5000);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	assert_int_equal(quote.confirmed_ns, PRICE_WORLD_START);
	assert_int_equal(quote.ask.price.units, PRICE_WORLD_ASK);
	assert_true(quote.mid.e18 == 6000025 * (MONEY_ONE / 100));
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_SIZING), PRICE_SOURCE_REST,
			PRICE_WORLD_BID);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void expiry_after_ttl(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_run_to(world, 5001);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_SIZING, &quote),
			 PRICE_STALE);
	assert_int_equal(quote.bid.price.units, PRICE_WORLD_BID); /* known, to be shown */
	fake_client_set_touch(world->a, world->btc_a, 600100, 600105);
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_SIZING), PRICE_SOURCE_REST,
			600100);
	assert_int_equal(fake_client_reads_total(world->a), 2);
	assert_int_equal(counters(world)->stale, 1);
	price_world_free(world);
}

static void each_use_has_its_own_age_limit_and_the_ttl_caps_them_all(void **state)
{
	(void)state;
	static const struct {
		enum price_use use;
		const char *name;
		int64_t limit_ms;
	} rows[] = {
		{PRICE_FOR_SIZING, "sizing", 5000},
		{PRICE_FOR_MONITORING, "monitoring", 5000},
		{PRICE_FOR_LIMIT, "limit", 1000},
		{PRICE_FOR_URGENT, "urgent", 500},
	};
	struct price_quote quote;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct price_world *world = price_world_create(NULL, 50 * MS);
		price_world_get(world, world->btc_a, rows[i].use);
		assert_string_equal(price_use_text(rows[i].use), rows[i].name);
		assert_int_equal(price_provider_age_limit(world->prices, rows[i].use),
				 rows[i].limit_ms * MS);
		price_world_run_to(world, rows[i].limit_ms);
		assert_int_equal(
			price_provider_peek(world->prices, world->btc_a, rows[i].use, &quote),
			PRICE_OK);
		price_world_run_to(world, rows[i].limit_ms + 1);
		assert_int_equal(
			price_provider_peek(world->prices, world->btc_a, rows[i].use, &quote),
			PRICE_STALE);
		price_world_free(world);
	}
	struct price_provider_options fast = price_provider_defaults();
	fast.cache_ttl_ns = NS_PER_SECOND;
	struct price_world *world = price_world_create(&fast, 0);
	assert_int_equal(price_provider_age_limit(world->prices, PRICE_FOR_SIZING), NS_PER_SECOND);
	assert_int_equal(price_provider_age_limit(world->prices, PRICE_FOR_URGENT), 500 * MS);
	price_world_free(world);
}

static void second_call_makes_no_api_call(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_call *first = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	struct price_call *second = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_answered(first, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_answered(second, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(first->answered_ns - first->asked_ns, 50 * MS);
	assert_int_equal(second->answered_ns, second->asked_ns);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	assert_int_equal(fake_client_last_read(world->a)->kind, READ_DEPTH);
	assert_int_equal(fake_client_last_read(world->a)->depth, PRICE_READ_LEVELS);
	assert_int_equal(counters(world)->hits[PRICE_SOURCE_REST], 1);
	assert_int_equal(price_provider_hit_rate_bp(world->prices), 5000);
	price_world_free(world);
}

static void completion_never_comes_from_inside_the_call(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 0);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	struct price_call *hit = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	struct price_call *late = price_world_ask(world, world->btc_b, PRICE_FOR_LIMIT, -1);
	assert_int_equal(hit->completions, 0);
	assert_int_equal(late->completions, 0);
	price_world_run_to(world, 10);
	assert_answered(hit, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(late->completions, 1);
	assert_int_equal(late->answer, PRICE_MISS);
	price_world_free(world);
}

/* Reads per leg when a liquidity check is followed by the order's own price. */
static void check_then_order(int64_t delay_ms, uint64_t reads_expected,
			     enum price_source order_source)
{
	struct price_world *world = price_world_create(NULL, delay_ms * MS);
	instrument_id legs[] = {world->btc_a, world->btc_b};
	struct check_call *checks[2];
	for (int i = 0; i < 2; i++)
		checks[i] =
			price_world_check(world, legs[i], i == 0 ? SIDE_BUY : SIDE_SELL, 100, 5000);
	price_world_run_to(world, delay_ms);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(checks[i]->completions, 1);
		assert_true(checks[i]->known);
		assert_true(checks[i]->leg.entry.acceptable);
		assert_int_equal(checks[i]->leg.source, PRICE_SOURCE_LIQUIDITY_CHECK);
		assert_answered(price_world_get(world, legs[i], PRICE_FOR_LIMIT), order_source,
				PRICE_WORLD_BID);
	}
	assert_int_equal(fake_client_reads_total(world->a), reads_expected);
	assert_int_equal(fake_client_reads_total(world->b), reads_expected);
	price_world_free(world);
}

static void liquidity_check_then_order_is_one_api_call_per_leg_at_50_ms(void **state)
{
	(void)state;
	check_then_order(50, 1, PRICE_SOURCE_LIQUIDITY_CHECK);
}

static void liquidity_check_then_order_is_one_api_call_per_leg_at_400_ms(void **state)
{
	(void)state;
	check_then_order(400, 1, PRICE_SOURCE_LIQUIDITY_CHECK);
}

static void liquidity_check_then_order_is_two_api_calls_per_leg_at_1500_ms(void **state)
{
	(void)state;
	check_then_order(1500, 2, PRICE_SOURCE_REST);
}

static void websocket_is_preferred_when_configured(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_snapshot(world, world->btc_a, 600200, 600205);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	assert_int_equal(quote.bid.price.units, 600200);
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_LIMIT),
			PRICE_SOURCE_WEBSOCKET, 600200);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void cache_comes_before_the_stream_by_default(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_snapshot(world, world->btc_a, 600200, 600205);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_REST);
	/* Once the cached price is too old, the stream answers, without a read, and is cached. */
	price_world_run_to(world, 1001);
	price_world_frame(world, world->btc_a);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	assert_int_equal(counters(world)->stored[PRICE_SOURCE_WEBSOCKET], 1);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void websocket_lost_then_rest(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true, 50 * MS);
	price_world_snapshot(world, world->btc_a, 600200, 600205);
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_LIMIT),
			PRICE_SOURCE_WEBSOCKET, 600200);
	price_world_connection(world, 0, CONNECTION_DOWN); /* another venue's: no effect */
	struct market_event down = {.venue = world->venue_a, .kind = EVENT_CONNECTION};
	down.u.connection.state = CONNECTION_DOWN;
	price_world_market(world, &down);
	assert_int_equal(counters(world)->invalidated_gap, 1);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_answered(call, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(call->answered_ns - call->asked_ns, 50 * MS);
	price_world_free(world);
}

static void stream_not_ready_then_rest_at_once(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true, 50 * MS);
	/* Subscribed, frames flow, but no snapshot yet: a diff alone is no book. */
	price_world_frame(world, world->btc_a);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_answered(call, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(call->answered_ns - call->asked_ns, 50 * MS); /* nothing was waited for */
	price_world_free(world);
}

static void both_lost_is_an_error_never_a_zero_price(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false, 50 * MS);
	struct price_quote quote;
	fake_client_script_reads(world->a, "uan");
	for (int i = 0; i < 3; i++) {
		struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
		assert_int_equal(call->completions, 1);
		assert_int_equal(call->answer, PRICE_MISS);
		assert_int_not_equal(call->why[0], '\0');
		assert_int_equal(call->quote.bid.price.units, 0); /* no quote was handed over */
	}
	assert_int_equal(counters(world)->failures, 3);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_MISS);
	price_world_free(world);
}

static void quiet_on_change_stream_is_not_stale(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false, 50 * MS);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600200, 600205);
	for (int second = 1; second <= 30; second++) {
		price_world_run_to(world, second * 1000);
		price_world_frame(world, world->btc_a);
		assert_int_equal(
			price_provider_peek(world->prices, world->btc_a, PRICE_FOR_URGENT, &quote),
			PRICE_OK);
		assert_int_equal(quote.changed_ns, PRICE_WORLD_START);
		assert_int_equal(quote.confirmed_ns, price_world_now(world));
	}
	/* A silent connection confirms nothing. */
	price_world_run_to(world, 30501);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_URGENT, &quote),
			 PRICE_STALE);
	assert_int_equal(fake_client_reads_total(world->a), 0);
	price_world_free(world);
}

static void concurrent_misses_make_one_call(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_call *calls[10];
	for (int i = 0; i < 10; i++)
		calls[i] = price_world_ask(world, world->btc_a,
					   i % 2 ? PRICE_FOR_LIMIT : PRICE_FOR_SIZING, 1000);
	struct price_call *other = price_world_ask(world, world->btc_b, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 50);
	for (int i = 0; i < 10; i++)
		assert_answered(calls[i], PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_answered(other, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	assert_int_equal(fake_client_reads_total(world->b), 1);
	assert_int_equal(counters(world)->coalesced, 9);
	assert_int_equal(counters(world)->misses, 11);
	price_world_free(world);
}

static void a_large_fill_invalidates_everything_a_small_one_its_instrument(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_get(world, world->btc_b, PRICE_FOR_SIZING);
	price_world_run_to(world, 200);
	price_world_fill(world, world->btc_a, 600000, 166); /* 9,960 USDT */
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_SIZING, &quote),
			 PRICE_MISS);
	assert_int_equal(price_provider_peek(world->prices, world->btc_b, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	price_world_fill(world, world->btc_a, 600000, 167); /* 10,020 USDT */
	assert_int_equal(price_provider_peek(world->prices, world->btc_b, PRICE_FOR_SIZING, &quote),
			 PRICE_MISS);
	assert_int_equal(counters(world)->invalidated_fill, 2);
	assert_int_equal(counters(world)->invalidated_large_fill, 1);
	assert_answered(price_world_get(world, world->btc_b, PRICE_FOR_SIZING), PRICE_SOURCE_REST,
			PRICE_WORLD_BID);
	assert_int_equal(fake_client_reads_total(world->b), 2);
	price_world_free(world);
}

/* ---- who gets which answer ---- */

static void those_who_wait_get_the_answer_whatever_its_age_others_do_not(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 1500 * MS);
	struct price_quote quote;
	struct price_call *waiting = price_world_ask(world, world->btc_a, PRICE_FOR_URGENT, 3000);
	price_world_run_to(world, 300);
	struct price_call *joined = price_world_ask(world, world->btc_a, PRICE_FOR_URGENT, 3000);
	price_world_run_to(world, 1500);
	assert_answered(waiting, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_answered(joined, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_URGENT, &quote),
			 PRICE_STALE);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void a_request_too_old_for_a_late_caller_is_followed_by_his_own(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 1500 * MS);
	struct price_call *first = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 3000);
	price_world_run_to(world, 1200);
	struct price_call *late = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 3000);
	fake_client_set_touch(world->a, world->btc_a, 600100, 600105);
	price_world_run_to(world, 1500);
	assert_answered(first, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(late->completions, 0);
	price_world_run_to(world, 3000);
	assert_answered(late, PRICE_SOURCE_REST, 600100);
	assert_int_equal(fake_client_reads_total(world->a), 2);
	assert_int_equal(fake_client_most_in_flight(world->a), 1);
	price_world_free(world);
}

static void a_fill_while_a_read_is_in_flight_makes_the_next_caller_read_again(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 100 * MS);
	struct price_quote quote;
	struct price_call *before = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 60);
	price_world_fill(world, world->btc_a, 600000, 1);
	fake_client_set_touch(world->a, world->btc_a, 600100, 600105);
	struct price_call *after = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 100);
	assert_answered(before, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_MISS); /* requested before the fill: not kept */
	price_world_run_to(world, 200);
	assert_answered(after, PRICE_SOURCE_REST, 600100);
	price_world_free(world);
}

static void the_deadline_ends_a_call_and_the_late_answer_still_fills_the_cache(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 300 * MS);
	struct price_quote quote;
	struct price_call *patient = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 300);
	struct price_call *short_of_time =
		price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 299);
	price_world_run_to(world, 300);
	assert_int_equal(short_of_time->completions, 1);
	assert_int_equal(short_of_time->answer, PRICE_MISS);
	assert_int_equal(short_of_time->answered_ns, short_of_time->deadline_ns);
	/* Its own deadline is the read's: an answer at that very instant is in time. */
	assert_int_equal(patient->completions, 1);
	struct price_call *third = price_world_ask(world, world->btc_b, PRICE_FOR_LIMIT, 100);
	struct price_call *fourth = price_world_ask(world, world->btc_b, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 2000);
	assert_int_equal(third->answer, PRICE_MISS);
	/* The first read was given up after 100 ms; the caller with more time got a second one. */
	assert_answered(fourth, PRICE_SOURCE_REST, PRICE_WORLD_BID);
	assert_int_equal(price_provider_peek(world->prices, world->btc_b, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	assert_int_equal(fake_client_reads_total(world->b), 2);
	price_world_free(world);
}

static void a_stream_that_comes_up_during_a_failing_read_answers(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false, 100 * MS);
	fake_client_script_reads(world->a, "u");
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 50);
	price_world_snapshot(world, world->btc_a, 600200, 600205);
	price_world_run_to(world, 100);
	assert_answered(call, PRICE_SOURCE_WEBSOCKET, 600200);
	price_world_free(world);
}

static void a_venue_that_is_not_connected_is_an_error(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 0);
	world->clients.by_venue[world->venue_b] = NULL;
	struct price_call *call = price_world_ask(world, world->btc_b, PRICE_FOR_LIMIT, 1000);
	assert_int_equal(call->completions, 0);
	price_world_run_to(world, 0);
	assert_int_equal(call->completions, 1);
	assert_int_equal(call->answer, PRICE_MISS);
	assert_string_equal(call->why, "the venue is not connected");
	price_world_free(world);
}

static void surplus_callers_fail_the_pool_is_bounded(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	for (int i = 0; i < PRICE_WAITERS_MAX + 3; i++)
		price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 100);
	unsigned answered = 0, refused = 0;
	for (size_t i = 0; i < world->call_count; i++) {
		assert_int_equal(world->calls[i].completions, 1);
		answered += world->calls[i].answer == PRICE_OK;
		refused += world->calls[i].answer == PRICE_MISS;
	}
	assert_int_equal(answered, PRICE_WAITERS_MAX);
	assert_int_equal(refused, 3);
	/* The pool is whole again. */
	assert_answered(price_world_get(world, world->btc_a, PRICE_FOR_LIMIT), PRICE_SOURCE_REST,
			PRICE_WORLD_BID);
	price_world_free(world);
}

static void freeing_with_callers_waiting_calls_nobody(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	for (int i = 0; i < PRICE_WAITERS_MAX + 3; i++)
		price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_check(world, world->btc_b, SIDE_BUY, 1, 1000);
	unsigned completions = 0;
	for (size_t i = 0; i < world->call_count; i++)
		completions += world->calls[i].completions;
	assert_int_equal(completions, 0);
	price_world_free(world);
}

/* A caller that asks again from inside its completion. */
struct chain {
	struct price_world *world;
	int left;
	enum price_answer last;
};

static void on_chain(void *user, enum price_answer answer, const struct price_quote *quote,
		     const char *why)
{
	struct chain *chain = user;
	(void)quote;
	(void)why;
	chain->last = answer;
	if (chain->left-- > 0) {
		price_provider_invalidate(chain->world->prices, chain->world->btc_a);
		price_provider_get_bbo(chain->world->prices, chain->world->btc_a, PRICE_FOR_LIMIT,
				       price_world_now(chain->world) + NS_PER_SECOND, on_chain,
				       chain);
	}
}

static void a_completion_may_ask_again(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 10 * MS);
	struct chain first = {world, 5, PRICE_MISS}, second = {world, 5, PRICE_MISS};
	price_provider_get_bbo(world->prices, world->btc_a, PRICE_FOR_LIMIT,
			       price_world_now(world) + NS_PER_SECOND, on_chain, &first);
	price_provider_get_bbo(world->prices, world->btc_a, PRICE_FOR_LIMIT,
			       price_world_now(world) + NS_PER_SECOND, on_chain, &second);
	price_world_run_to(world, 1000);
	assert_int_equal(first.left, -1);
	assert_int_equal(second.left, -1);
	assert_int_equal(first.last, PRICE_OK);
	assert_int_equal(fake_client_most_in_flight(world->a), 1);
	price_world_free(world);
}

static void a_hit_writes_a_debug_line_with_age_source_and_instrument(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof text - 1, "w");
	assert_non_null(out);
	price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 60);
	log_configure(out, LOG_DEBUG);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	fflush(out);
	log_configure(NULL, LOG_WARNING);
	fclose(out);
	assert_non_null(strstr(text, "using cached BBO, age 0.06 s"));
	assert_non_null(strstr(text, "liquidity_check"));
	assert_non_null(strstr(text, "a:BTCUSDT"));
	price_world_free(world);
}

static void every_name_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(price_source_text(PRICE_SOURCE_NONE), "none");
	assert_string_equal(price_source_text(PRICE_SOURCE_LIQUIDITY_CHECK), "liquidity_check");
	assert_string_equal(price_source_text(PRICE_SOURCE_REST), "rest");
	assert_string_equal(price_source_text(PRICE_SOURCE_WEBSOCKET), "websocket");
	assert_string_equal(price_answer_text(PRICE_OK), "ok");
	assert_string_equal(price_answer_text(PRICE_MISS), "miss");
	assert_string_equal(price_answer_text(PRICE_STALE), "stale");
	assert_string_equal(price_answer_text(PRICE_INVALID), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hit_within_ttl),
		cmocka_unit_test(expiry_after_ttl),
		cmocka_unit_test(each_use_has_its_own_age_limit_and_the_ttl_caps_them_all),
		cmocka_unit_test(second_call_makes_no_api_call),
		cmocka_unit_test(completion_never_comes_from_inside_the_call),
		cmocka_unit_test(liquidity_check_then_order_is_one_api_call_per_leg_at_50_ms),
		cmocka_unit_test(liquidity_check_then_order_is_one_api_call_per_leg_at_400_ms),
		cmocka_unit_test(liquidity_check_then_order_is_two_api_calls_per_leg_at_1500_ms),
		cmocka_unit_test(websocket_is_preferred_when_configured),
		cmocka_unit_test(cache_comes_before_the_stream_by_default),
		cmocka_unit_test(websocket_lost_then_rest),
		cmocka_unit_test(stream_not_ready_then_rest_at_once),
		cmocka_unit_test(both_lost_is_an_error_never_a_zero_price),
		cmocka_unit_test(quiet_on_change_stream_is_not_stale),
		cmocka_unit_test(concurrent_misses_make_one_call),
		cmocka_unit_test(a_large_fill_invalidates_everything_a_small_one_its_instrument),
		cmocka_unit_test(those_who_wait_get_the_answer_whatever_its_age_others_do_not),
		cmocka_unit_test(a_request_too_old_for_a_late_caller_is_followed_by_his_own),
		cmocka_unit_test(a_fill_while_a_read_is_in_flight_makes_the_next_caller_read_again),
		cmocka_unit_test(
			the_deadline_ends_a_call_and_the_late_answer_still_fills_the_cache),
		cmocka_unit_test(a_stream_that_comes_up_during_a_failing_read_answers),
		cmocka_unit_test(a_venue_that_is_not_connected_is_an_error),
		cmocka_unit_test(surplus_callers_fail_the_pool_is_bounded),
		cmocka_unit_test(freeing_with_callers_waiting_calls_nobody),
		cmocka_unit_test(a_completion_may_ask_again),
		cmocka_unit_test(a_hit_writes_a_debug_line_with_age_source_and_instrument),
		cmocka_unit_test(every_name_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
