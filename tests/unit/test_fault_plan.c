#include "exchanges/testnet/fault_knobs.h"
#include "exchanges/testnet/fault_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START INT64_C(1000000000000)
#define MS    INT64_C(1000000)

static struct fault_plan *plan;

static int open_plan(void **state)
{
	(void)state;
	plan = fault_plan_create(42, START);
	return plan == NULL;
}

static int close_plan(void **state)
{
	(void)state;
	fault_plan_free(plan);
	return 0;
}

static void add(const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(plan, rule, &err))
		fail_msg("%s", err.text);
}

static bool strikes_at(const char *knob, const char *venue, int64_t ms)
{
	struct fault_occasion occasion = {.venue = venue, .now_ns = START + ms * MS};
	return fault_plan_strikes(plan, knob, &occasion, NULL);
}

static bool strikes(const char *knob)
{
	return strikes_at(knob, "lighter", 0);
}

static void a_rule_strikes_its_knob_alone_and_gives_its_value(void **state)
{
	(void)state;
	char value[FAULT_VALUE_MAX + 1] = "";
	struct fault_occasion occasion = {.now_ns = START};
	add("ord.http=503:unknown");
	assert_true(fault_plan_strikes(plan, "ord.http", &occasion, value));
	assert_string_equal(value, "503:unknown");
	assert_false(fault_plan_strikes(plan, "ord.resp", &occasion, value));
	add("qry.lag_ms=250");
	assert_int_equal(fault_plan_number(plan, "qry.lag_ms", &occasion, -1), 250);
	assert_int_equal(fault_plan_number(plan, "pos.lag_ms", &occasion, -1), -1);
}

static void selectors_must_all_pass(void **state)
{
	(void)state;
	add("ord.resp=drop,venue=lighter,symbol=BTC,side=sell,kind=unwind");
	struct fault_occasion occasion = {.venue = "lighter",
					  .symbol = "BTC",
					  .side = FAULT_SELL,
					  .kind = "unwind",
					  .now_ns = START};
	assert_true(fault_plan_strikes(plan, "ord.resp", &occasion, NULL));
	struct fault_occasion other = occasion;
	other.venue = "hyperliquid";
	assert_false(fault_plan_strikes(plan, "ord.resp", &other, NULL));
	other = occasion;
	other.symbol = NULL;
	assert_false(fault_plan_strikes(plan, "ord.resp", &other, NULL));
	other = occasion;
	other.side = FAULT_ANY_SIDE;
	assert_false(fault_plan_strikes(plan, "ord.resp", &other, NULL));
	other = occasion;
	other.kind = "open";
	assert_false(fault_plan_strikes(plan, "ord.resp", &other, NULL));
}

static void nth_counts_the_occasions_that_pass_the_other_selectors(void **state)
{
	(void)state;
	add("ord.resp=drop,venue=lighter,nth=2");
	assert_false(strikes_at("ord.resp", "hyperliquid", 0));
	assert_false(strikes_at("ord.resp", "lighter", 0));
	assert_false(strikes_at("ord.resp", "hyperliquid", 0));
	assert_true(strikes_at("ord.resp", "lighter", 0));
	assert_false(strikes_at("ord.resp", "lighter", 0));
}

static void nth_with_a_count_strikes_so_often_from_there(void **state)
{
	(void)state;
	add("ws.gap,nth=3,count=2");
	bool expected[] = {false, false, true, true, false, false};
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(strikes("ws.gap"), expected[i]);
}

static void a_count_bounds_and_a_knob_may_bound_itself(void **state)
{
	(void)state;
	add("ws.dup,count=2");
	add("ws.kick");
	add("qry.fail=3");
	add("pos.fail");
	unsigned dup = 0, kick = 0, query = 0, position = 0;
	for (int i = 0; i < 10; i++) {
		dup += strikes("ws.dup");
		kick += strikes("ws.kick");
		query += strikes("qry.fail");
		position += strikes("pos.fail");
	}
	assert_int_equal(dup, 2);
	assert_int_equal(kick, 1);
	assert_int_equal(query, 3);
	assert_int_equal(position, 10);
	fault_plan_clear(plan);
	add("qry.fail=forever");
	for (int i = 0; i < 10; i++)
		assert_true(strikes("qry.fail"));
}

static unsigned count_with_seed(uint64_t seed, const char *rule, uint64_t *pattern)
{
	struct fault_plan *own = fault_plan_create(seed, START);
	struct fault_occasion occasion = {.now_ns = START};
	unsigned struck = 0;
	*pattern = 0;
	assert_true(fault_plan_add(own, rule, NULL));
	for (unsigned i = 0; i < 4000; i++) {
		bool strike = fault_plan_strikes(own, "ws.gap", &occasion, NULL);
		struck += strike;
		*pattern = *pattern * 3 + strike;
	}
	fault_plan_free(own);
	return struck;
}

static void p_is_a_probability_that_the_seed_repeats(void **state)
{
	(void)state;
	uint64_t first, again, other, ignored;
	unsigned struck = count_with_seed(1, "ws.gap,p=0.25", &first);
	assert_in_range(struck, 900, 1100);
	assert_int_equal(count_with_seed(1, "ws.gap,p=0.25", &again), struck);
	count_with_seed(2, "ws.gap,p=0.25", &other);
	assert_true(first == again && first != other);
	assert_int_equal(count_with_seed(1, "ws.gap,p=0", &ignored), 0);
	assert_int_equal(count_with_seed(1, "ws.gap,p=1", &ignored), 4000);
}

static void a_window_is_counted_from_the_plans_start(void **state)
{
	(void)state;
	add("ws.silent,from_ms=100,to_ms=200");
	assert_false(strikes_at("ws.silent", "lighter", 99));
	assert_true(strikes_at("ws.silent", "lighter", 100));
	assert_true(strikes_at("ws.silent", "lighter", 199));
	assert_false(strikes_at("ws.silent", "lighter", 200));
}

static void a_duration_lasts_from_its_first_occasion_or_from_ms(void **state)
{
	(void)state;
	add("venue.down_ms=500");
	assert_true(strikes_at("venue.down_ms", "lighter", 1000));
	assert_true(strikes_at("venue.down_ms", "lighter", 1499));
	assert_false(strikes_at("venue.down_ms", "lighter", 1500));
	fault_plan_clear(plan);
	add("venue.down_ms=500,from_ms=2000");
	assert_false(strikes_at("venue.down_ms", "lighter", 1999));
	assert_true(strikes_at("venue.down_ms", "lighter", 2400));
	assert_false(strikes_at("venue.down_ms", "lighter", 2500));
}

static void rules_and_strikes_can_be_listed_and_cleared(void **state)
{
	(void)state;
	uint64_t struck = 9;
	add("ws.gap");
	add(" ord.resp=drop , nth=5 ");
	strikes("ws.gap");
	strikes("ws.gap");
	assert_int_equal(fault_plan_count(plan), 2);
	assert_string_equal(fault_plan_rule(plan, 0, &struck), "ws.gap");
	assert_int_equal(struck, 2);
	assert_string_equal(fault_plan_rule(plan, 1, &struck), " ord.resp=drop , nth=5 ");
	assert_int_equal(struck, 0);
	assert_null(fault_plan_rule(plan, 2, &struck));
	fault_plan_clear(plan);
	assert_int_equal(fault_plan_count(plan), 0);
	assert_false(strikes("ws.gap"));
	assert_false(fault_plan_strikes(NULL, "ws.gap", &(struct fault_occasion){0}, NULL));
}

static void errors_name_what_is_known(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *says;
	} CASES[] = {
		{"ord.rasp=drop", "nearest: ord.resp"},
		{"zzz", "'zzz' is not a fault"},
		{"", "names no fault"},
		{"ord.resp=lost", "allowed: drop"},
		{"ord.resp", "allowed: drop"},
		{"ioc.fill_pct=101", "allowed: 0 to 100"},
		{"ioc.fill_pct=1.5", "allowed: 0 to 100"},
		{"ws.dup=2", "allowed: none"},
		{"funding.pay=1/0", "a fraction such as 1/8"},
		{"funding.pay=x", "a fraction such as 1/8"},
		{"adl=0", "not 0"},
		{"ord.http=99", "100 to 599"},
		{"ord.http=503:maybe", "unknown | unavail | html"},
		{"ord.code=21739:done", ":executed if wanted"},
		{"ws.dup,when=now",
		 "known: venue, symbol, side, kind, nth, count, p, from_ms, to_ms"},
		{"ws.dup,nth=0", "1 and more"},
		{"ws.dup,p=1.1", "0 to 1"},
		{"ws.dup,side=up", "buy | sell"},
		{"ws.dup,kind=all", "open | hedge | unwind | cancel"},
		{"ws.dup,from_ms=-1", "0 and more"},
		{"ws.dup,from_ms=5,to_ms=5", "to_ms is not after from_ms"},
		{"ws.dup,,nth=1", "between two commas"},
		{"ws.silent,nth=1", "use from_ms and to_ms"},
		{"book=cross,p=0.5", "use from_ms and to_ms"},
		{"ord.status=", "a text"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct error err = {0};
		assert_false(fault_plan_add(plan, CASES[i].rule, &err));
		assert_int_equal(err.category, ERROR_CONFIGURATION);
		if (strstr(err.text, CASES[i].says) == NULL)
			fail_msg("%s: %s", CASES[i].rule, err.text);
	}
	assert_int_equal(fault_plan_count(plan), 0);
}

static void the_number_of_rules_is_bounded(void **state)
{
	(void)state;
	struct error err = {0};
	for (int i = 0; i < FAULTS_MAX; i++)
		add("ws.gap");
	assert_false(fault_plan_add(plan, "ws.gap", &err));
	assert_int_equal(err.category, ERROR_LIMIT);
}

static void ratios_are_exact(void **state)
{
	(void)state;
	int64_t numerator, denominator;
	assert_true(fault_ratio_parse("-1.3", &numerator, &denominator));
	assert_int_equal(numerator, -13);
	assert_int_equal(denominator, 10);
	assert_true(fault_ratio_parse("1/8", &numerator, &denominator));
	assert_int_equal(numerator, 1);
	assert_int_equal(denominator, 8);
	assert_true(fault_ratio_parse("2.5/3", &numerator, &denominator));
	assert_int_equal(numerator, 25);
	assert_int_equal(denominator, 30);
	assert_false(fault_ratio_parse("1/-8", &numerator, &denominator));
	assert_false(fault_ratio_parse("/8", &numerator, &denominator));
	assert_false(fault_ratio_parse("1.0123456789", &numerator, &denominator));
}

static void every_knob_takes_some_value_and_says_where_it_acts(void **state)
{
	(void)state;
	char form[128];
	for (size_t i = 0; i < FAULT_KNOB_COUNT; i++) {
		const struct fault_knob *knob = &FAULT_KNOBS[i];
		assert_ptr_equal(fault_knob_find(knob->name, NULL), knob);
		assert_true(strlen(fault_knob_form(knob, form, sizeof(form))) > 0);
		assert_true(strlen(form) < sizeof(form) - 1);
		assert_true(strlen(knob->meaning) > 10);
		bool known = strcmp(knob->acts, "floor") == 0 || strcmp(knob->acts, "feed") == 0 ||
			     strcmp(knob->acts, "both") == 0 ||
			     strcmp(knob->acts, "lighter") == 0 ||
			     strcmp(knob->acts, "hyperliquid") == 0;
		assert_true(known);
	}
}

static void the_document_lists_the_table_as_it_is(void **state)
{
	(void)state;
	static char page[64 * 1024], table[32 * 1024];
	FILE *file = fopen("docs/testnet.md", "rb");
	FILE *out = fmemopen(table, sizeof(table), "w");
	assert_non_null(file);
	assert_non_null(out);
	size_t length = fread(page, 1, sizeof(page) - 1, file);
	page[length] = '\0';
	fclose(file);
	fault_knobs_document(out);
	fclose(out);
	if (strstr(page, table) == NULL)
		fail_msg("docs/testnet.md does not hold the list of knobs as it is:\n%s", table);
}

int main(void)
{
#define PLAN_TEST(name) cmocka_unit_test_setup_teardown(name, open_plan, close_plan)
	const struct CMUnitTest tests[] = {
		PLAN_TEST(a_rule_strikes_its_knob_alone_and_gives_its_value),
		PLAN_TEST(selectors_must_all_pass),
		PLAN_TEST(nth_counts_the_occasions_that_pass_the_other_selectors),
		PLAN_TEST(nth_with_a_count_strikes_so_often_from_there),
		PLAN_TEST(a_count_bounds_and_a_knob_may_bound_itself),
		PLAN_TEST(p_is_a_probability_that_the_seed_repeats),
		PLAN_TEST(a_window_is_counted_from_the_plans_start),
		PLAN_TEST(a_duration_lasts_from_its_first_occasion_or_from_ms),
		PLAN_TEST(rules_and_strikes_can_be_listed_and_cleared),
		PLAN_TEST(errors_name_what_is_known),
		PLAN_TEST(the_number_of_rules_is_bounded),
		PLAN_TEST(ratios_are_exact),
		PLAN_TEST(every_knob_takes_some_value_and_says_where_it_acts),
		PLAN_TEST(the_document_lists_the_table_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
