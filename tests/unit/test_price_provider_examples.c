/*
 * The examples of docs/price-provider.md, run. Every ```c block of that page stands in this file,
 * line by line (indentation aside): the last test compares them.
 */
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE   "docs/price-provider.md"
#define SOURCE "tests/unit/test_price_provider_examples.c"

/* ---- example: a price for a limit order ---- */

struct order_plan {
	bool ready;
	struct price limit;
	char refusal[128];
};

static void on_limit_price(void *user, enum price_answer answer, const struct price_quote *quote,
			   const char *why)
{
	struct order_plan *plan = user;
	if (answer != PRICE_OK) {
		snprintf(plan->refusal, sizeof plan->refusal, "%s: %s", price_answer_text(answer),
			 why);
		return;
	}
	plan->limit = quote->ask.price;
	plan->ready = true;
}

static void plan_buy(struct price_provider *prices, struct scheduler *scheduler,
		     instrument_id instrument, struct order_plan *plan)
{
	int64_t deadline_ns = scheduler_now(scheduler) + 2 * NS_PER_SECOND;
	price_provider_get_bbo(prices, instrument, PRICE_FOR_LIMIT, deadline_ns, on_limit_price,
			       plan);
}

static void a_price_for_a_limit_order(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * NS_PER_MS);
	struct order_plan plan = {0};
	plan_buy(world->prices, world->scheduler, world->btc_a, &plan);
	assert_false(plan.ready);
	price_world_run_to(world, 50);
	assert_true(plan.ready);
	assert_int_equal(plan.limit.units, PRICE_WORLD_ASK);
	fake_client_script_reads(world->b, "u");
	struct order_plan refused = {0};
	plan_buy(world->prices, world->scheduler, world->btc_b, &refused);
	price_world_run_to(world, 200);
	assert_false(refused.ready);
	assert_string_equal(refused.refusal, "miss: the venue did not answer the order book read");
	price_world_free(world);
}

/* ---- example: a glance without I/O ---- */

static bool worth_of_one_coin(struct price_provider *prices, instrument_id instrument,
			      struct money *worth)
{
	struct price_quote quote;
	if (price_provider_peek(prices, instrument, PRICE_FOR_MONITORING, &quote) != PRICE_OK)
		return false;
	*worth = quote.mid;
	return true;
}

static void a_glance_without_io(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * NS_PER_MS);
	struct money worth;
	assert_false(worth_of_one_coin(world->prices, world->btc_a, &worth));
	price_world_get(world, world->btc_a, PRICE_FOR_MONITORING);
	assert_true(worth_of_one_coin(world->prices, world->btc_a, &worth));
	assert_true(worth.e18 == 6000025 * (MONEY_ONE / 100));
	price_world_free(world);
}

/* ---- example: a book that was read anyway ---- */

struct own_read {
	struct price_provider *prices;
	enum price_answer stored;
};

static void on_own_book(void *user, const struct read_result *result)
{
	struct own_read *own = user;
	if (result->outcome != READ_VALUE)
		return;
	own->stored = price_provider_cache_order_book(
		own->prices, result->instrument, &result->u.depth, PRICE_SOURCE_LIQUIDITY_CHECK);
}

static void a_book_that_was_read_anyway(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * NS_PER_MS);
	struct own_read own = {world->prices, PRICE_MISS};
	struct read_request request = {.kind = READ_DEPTH, .instrument = world->btc_a, .depth = 20};
	exchange_read(fake_client_interface(world->a), &request,
		      price_world_now(world) + NS_PER_SECOND, on_own_book, &own);
	price_world_run_to(world, 50);
	assert_int_equal(own.stored, PRICE_OK);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->quote.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

/* ---- example: a direct call, before and after ---- */

struct touch_user {
	bool known;
	struct price bid, ask;
};

static void on_direct_answer(void *user, const struct read_result *result)
{
	struct touch_user *touch = user;
	if (result->outcome != READ_VALUE || result->u.depth.bid_count == 0 ||
	    result->u.depth.ask_count == 0)
		return;
	touch->bid = result->u.depth.bids[0].price;
	touch->ask = result->u.depth.asks[0].price;
	touch->known = true;
}

static void ask_directly(struct exchange_client *client, instrument_id instrument,
			 int64_t deadline_ns, struct touch_user *touch)
{
	struct read_request request = {.kind = READ_BBO, .instrument = instrument};
	exchange_read(client, &request, deadline_ns, on_direct_answer, touch);
}

static void on_provided_price(void *user, enum price_answer answer, const struct price_quote *quote,
			      const char *why)
{
	struct touch_user *touch = user;
	(void)why;
	if (answer != PRICE_OK)
		return;
	touch->bid = quote->bid.price;
	touch->ask = quote->ask.price;
	touch->known = true;
}

static void ask_the_provider(struct price_provider *prices, instrument_id instrument,
			     int64_t deadline_ns, struct touch_user *touch)
{
	price_provider_get_bbo(prices, instrument, PRICE_FOR_SIZING, deadline_ns, on_provided_price,
			       touch);
}

static void a_direct_call_and_what_replaces_it(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * NS_PER_MS);
	struct touch_user direct[3] = {0}, provided[3] = {0};
	int64_t deadline_ns = price_world_now(world) + NS_PER_SECOND;
	for (int i = 0; i < 3; i++) {
		ask_directly(fake_client_interface(world->a), world->btc_a, deadline_ns,
			     &direct[i]);
		ask_the_provider(world->prices, world->btc_b, deadline_ns, &provided[i]);
	}
	price_world_run_to(world, 100);
	for (int i = 0; i < 3; i++) {
		assert_true(direct[i].known && provided[i].known);
		assert_int_equal(direct[i].bid.units, provided[i].bid.units);
		assert_int_equal(direct[i].ask.units, provided[i].ask.units);
	}
	assert_int_equal(fake_client_reads_total(world->a), 3);
	assert_int_equal(fake_client_reads_total(world->b), 1);
	price_world_free(world);
}

/* ---- example: monitoring ---- */

static void print_prices(FILE *out, const struct price_provider *prices)
{
	const struct price_counters *counters = price_provider_counters(prices);
	uint32_t rate_bp = price_provider_hit_rate_bp(prices);
	fprintf(out, "price calls %llu, hit rate %u.%02u %%, reads %llu, failures %llu\n",
		(unsigned long long)counters->calls, rate_bp / 100, rate_bp % 100,
		(unsigned long long)counters->rest_reads, (unsigned long long)counters->failures);
	for (int source = 0; source < PRICE_SOURCES; source++)
		fprintf(out, "hits from %s: %llu\n", price_source_text((enum price_source)source),
			(unsigned long long)counters->hits[source]);
}

static void monitoring(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * NS_PER_MS);
	for (int i = 0; i < 4; i++)
		price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof text - 1, "w");
	assert_non_null(out);
	print_prices(out, world->prices);
	fclose(out);
	assert_non_null(strstr(text, "price calls 4, hit rate 75.00 %, reads 1, failures 0\n"));
	assert_non_null(strstr(text, "hits from rest: 3\n"));
	price_world_free(world);
}

/* ---- the page ---- */

static char *read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s: not found; tests run in the repository's root", path);
	size_t capacity = 1 << 20;
	char *text = calloc(1, capacity);
	assert_non_null(text);
	assert_true(fread(text, 1, capacity - 1, in) < capacity - 1);
	fclose(in);
	return text;
}

/* Drops the indentation of every line, in place. */
static void strip_indentation(char *text)
{
	char *out = text;
	bool at_start = true;
	for (const char *in = text; *in != '\0'; in++) {
		if (at_start && (*in == ' ' || *in == '\t'))
			continue;
		*out++ = *in;
		at_start = *in == '\n';
	}
	*out = '\0';
}

static void every_example_of_the_page_stands_in_this_file(void **state)
{
	(void)state;
	static const char opening[] = "\n```c\n", closing[] = "\n```";
	char *page = read_file(PAGE), *source = read_file(SOURCE);
	unsigned blocks = 0;
	strip_indentation(page);
	strip_indentation(source);
	for (char *at = page; (at = strstr(at, opening)) != NULL; blocks++) {
		char *block = at + strlen(opening);
		char *end = strstr(block, closing);
		assert_non_null(end);
		*end = '\0';
		if (strstr(source, block) == NULL)
			fail_msg("%s: this example is not in %s:\n%s", PAGE, SOURCE, block);
		at = end + 1;
	}
	assert_int_equal(blocks, 6);
	free(page);
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_price_for_a_limit_order),
		cmocka_unit_test(a_glance_without_io),
		cmocka_unit_test(a_book_that_was_read_anyway),
		cmocka_unit_test(a_direct_call_and_what_replaces_it),
		cmocka_unit_test(monitoring),
		cmocka_unit_test(every_example_of_the_page_stands_in_this_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
