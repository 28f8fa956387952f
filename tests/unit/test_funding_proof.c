/* What one settlement and a list of published rates prove, number by number. */
#include "exchanges/funding_proof.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct funding_settlement paid_for(const char *expected, const char *paid)
{
	return (struct funding_settlement){
		.boundary_ns = 1000, .expected = money_of(expected), .paid = money_of(paid)};
}

static enum funding_verdict verdict_of(const char *expected, const char *paid)
{
	struct funding_factor factor;
	struct funding_settlement settlement = paid_for(expected, paid);
	return funding_settlement_judge(&settlement, &factor);
}

/* ---- one settlement -------------------------------------------------------------------------- */

static void one_percent_fits_to_the_last_unit_and_not_beyond(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("100", "101"), FUNDING_FITS);
	assert_int_equal(verdict_of("100", "99"), FUNDING_FITS);
	assert_int_equal(verdict_of("-100", "-101"), FUNDING_FITS);
	assert_int_equal(verdict_of("100", "101.000000000000000001"), FUNDING_MISFIT);
	assert_int_equal(verdict_of("100", "98.999999999999999999"), FUNDING_MISFIT);
	assert_int_equal(verdict_of("-100", "-98.999999999999999999"), FUNDING_MISFIT);
}

static void half_a_last_digit_of_every_input_widens_it_exactly(void **state)
{
	(void)state;
	struct funding_factor factor;
	struct funding_settlement settlement = paid_for("100", "103.5");
	settlement.expected_tolerance = money_of("2");
	settlement.paid_tolerance = money_of("0.5");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_FITS);
	settlement.paid.e18++;
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_MISFIT);
}

static void above_five_percent_in_total_a_settlement_does_not_count(void **state)
{
	(void)state;
	struct funding_factor factor;
	struct funding_settlement settlement = paid_for("100", "100");
	settlement.expected_tolerance = money_of("3");
	settlement.paid_tolerance = money_of("1");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_FITS);
	settlement.paid_tolerance.e18++;
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_DOES_NOT_COUNT);
	/* Not even when what was paid is absurd: a rate of 1 unit may be read as 8 by its digits.
	 */
	settlement.paid = money_of("800");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_DOES_NOT_COUNT);
}

static void nothing_expected_proves_nothing(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("0", "0"), FUNDING_DOES_NOT_COUNT);
	assert_int_equal(verdict_of("0", "5"), FUNDING_DOES_NOT_COUNT);
	assert_int_equal(verdict_of("100", "0"), FUNDING_MISFIT);
}

static void each_factor_is_named_with_either_sign(void **state)
{
	(void)state;
	static const struct {
		const char *paid;
		int numerator, denominator;
		const char *text;
	} CASES[] = {
		{"240", 2, 1, "pays 2 times what its rate says"},
		{"360", 3, 1, "pays 3 times what its rate says"},
		{"480", 4, 1, "pays 4 times what its rate says"},
		{"960", 8, 1, "pays 8 times what its rate says"},
		{"2880", 24, 1, "pays 24 times what its rate says"},
		{"12000", 100, 1, "pays 100 times what its rate says"},
		{"60", 1, 2, "pays 1/2 of what its rate says"},
		{"40", 1, 3, "pays 1/3 of what its rate says"},
		{"30", 1, 4, "pays 1/4 of what its rate says"},
		{"15", 1, 8, "pays 1/8 of what its rate says"},
		{"5", 1, 24, "pays 1/24 of what its rate says"},
		{"1.2", 1, 100, "pays 1/100 of what its rate says"},
		{"-120", -1, 1, "pays what its rate says with the opposite sign"},
		{"-960", -8, 1, "pays 8 times what its rate says with the opposite sign"},
		{"-15", -1, 8, "pays 1/8 of what its rate says with the opposite sign"},
		/* 2 % of it, to the unit */
		{"979.2", 8, 1, "pays 8 times what its rate says"},
		{"940.8", 8, 1, "pays 8 times what its rate says"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct funding_factor factor = {0, 0};
		char text[64];
		struct funding_settlement settlement = paid_for("120", CASES[i].paid);
		if (funding_settlement_judge(&settlement, &factor) != FUNDING_OFF_BY_FACTOR)
			fail_msg("%s of 120 is no factor", CASES[i].paid);
		assert_int_equal(factor.numerator, CASES[i].numerator);
		assert_int_equal(factor.denominator, CASES[i].denominator);
		assert_string_equal(funding_factor_text(factor, text, sizeof(text)), CASES[i].text);
	}
	assert_int_equal(verdict_of("120", "979.200000000000000001"), FUNDING_MISFIT);
	assert_int_equal(verdict_of("120", "940.799999999999999999"), FUNDING_MISFIT);
}

static void any_other_ratio_is_a_misfit(void **state)
{
	(void)state;
	static const char *const PAID[] = {"130", "70",	   "-130", "500", "1000", "0.3",
					   "150", "102.5", "1600", "10",  "-55"};
	for (size_t i = 0; i < sizeof(PAID) / sizeof(PAID[0]); i++)
		if (verdict_of("100", PAID[i]) != FUNDING_MISFIT)
			fail_msg("%s of 100 is no misfit", PAID[i]);
}

/* A hundredth of a small payment may be below half a cent: then nobody can say which factor. */
static void a_factor_that_the_digits_do_not_carry_is_not_named(void **state)
{
	(void)state;
	struct funding_factor factor;
	struct funding_settlement settlement = paid_for("0.0001", "0.000001");
	settlement.paid_tolerance = money_of("0.0000005");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_MISFIT);
	settlement.expected = money_of("0.01");
	settlement.paid = money_of("0.0001");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_OFF_BY_FACTOR);
	assert_int_equal(factor.denominator, 100);
}

/* ---- what was to be expected ----------------------------------------------------------------- */

static void lighter_expects_value_times_position(void **state)
{
	(void)state;
	/* lighter.md §1.7: value 0.768126 USDC per BTC, longs pay; a short of 0.05 receives. */
	struct market_terms terms = market_terms_create();
	const struct instrument *btc = instrument_get(terms.table, terms.usdm);
	struct funding_evidence row = {.boundary_ns = 7,
				       .value_known = true,
				       .value = money_of("0.768126"),
				       .value_tolerance = money_of("0.000000005")};
	struct funding_settlement settlement;
	assert_true(funding_expected_by_value(btc, quantity_of(&terms, terms.usdm, "-0.05"), &row,
					      &settlement));
	assert_int_equal(settlement.boundary_ns, 7);
	assert_money(settlement.expected, "0.0384063");
	assert_money(settlement.expected_tolerance, "0.00000000025");
	assert_true(funding_expected_by_value(btc, quantity_of(&terms, terms.usdm, "0.05"), &row,
					      &settlement));
	assert_money(settlement.expected, "-0.0384063");
	row.value_known = false;
	assert_false(funding_expected_by_value(btc, quantity_of(&terms, terms.usdm, "0.05"), &row,
					       &settlement));
	market_terms_free(&terms);
}

static void hyperliquid_expects_rate_times_price_times_position(void **state)
{
	(void)state;
	/* hyperliquid.md userFunding: 0.5 ETH long at 0.0000125 paid 0.017697: oracle 2831.52. */
	struct market_terms terms = market_terms_create();
	const struct instrument *linear = instrument_get(terms.table, terms.usdm);
	struct funding_evidence row = {
		.boundary_ns = 7, .rate = rate_of("0.0000125"), .tolerance = rate_of("0.00000005")};
	struct funding_settlement settlement;
	struct funding_factor factor;
	assert_true(funding_expected_by_rate(linear, quantity_of(&terms, terms.usdm, "0.5"), &row,
					     money_of("2831.52"), &settlement));
	assert_money(settlement.expected, "-0.017697");
	/* 0.4 % of the rate's digit and half a tick of 0.1 of 2831.52 */
	assert_true(settlement.expected_tolerance.e18 > money_of("0.00007109").e18);
	assert_true(settlement.expected_tolerance.e18 < money_of("0.00007111").e18);
	settlement.paid = money_of("-0.017697");
	settlement.paid_tolerance = money_of("0.0000005");
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_FITS);
	assert_false(funding_expected_by_rate(linear, quantity_of(&terms, terms.usdm, "0.5"), &row,
					      (struct money){0}, &settlement));
	market_terms_free(&terms);
}

/* 0.00001: half of its last digit is half of it. */
static void a_rate_of_one_digit_does_not_count(void **state)
{
	(void)state;
	struct market_terms terms = market_terms_create();
	const struct instrument *linear = instrument_get(terms.table, terms.usdm);
	struct funding_evidence row = {.rate = rate_of("0.00001"),
				       .tolerance = rate_of("0.000005")};
	struct funding_settlement settlement = {.paid_tolerance = {0}};
	struct funding_factor factor;
	assert_true(funding_expected_by_rate(linear, quantity_of(&terms, terms.usdm, "1"), &row,
					     money_of("50000"), &settlement));
	settlement.paid = settlement.expected;
	assert_int_equal(funding_settlement_judge(&settlement, &factor), FUNDING_DOES_NOT_COUNT);
	market_terms_free(&terms);
}

/* ---- published figures ----------------------------------------------------------------------- */

static struct funding_evidence row_of(const char *rate, const char *derived, const char *tolerance)
{
	return (struct funding_evidence){.rate = rate_of(rate),
					 .derived_known = true,
					 .derived = rate_of(derived),
					 .tolerance = rate_of(tolerance)};
}

static enum funding_proof_state after_rows(const struct funding_evidence *rows, size_t count)
{
	struct funding_proof proof = funding_proof_begin();
	funding_proof_offer_evidence(&proof, rows, count);
	return funding_proof_state(&proof);
}

static void three_agreeing_rates_allow_a_probe_and_two_do_not(void **state)
{
	(void)state;
	struct funding_evidence rows[] = {row_of("0.0000125", "0.0000125", "0.00000005"),
					  row_of("0.000012", "0.0000124", "0.0000005"),
					  row_of("-0.0001", "-0.000101", "0")};
	assert_int_equal(after_rows(rows, 2), FUNDING_UNPROVEN);
	assert_int_equal(after_rows(rows, 3), FUNDING_PROBE);
}

static void rates_that_say_nothing_do_not_count(void **state)
{
	(void)state;
	struct funding_evidence rows[4] = {
		row_of("0", "0", "0.0000005"), row_of("0.000001", "0.0000012", "0.0000005"),
		row_of("0.0001", "0.0001", "0"), row_of("0.0001", "0.0001", "0")};
	assert_int_equal(after_rows(rows, 4), FUNDING_UNPROVEN);
	for (size_t i = 0; i < 4; i++) {
		rows[i] = row_of("0.0001", "0.0001", "0");
		rows[i].derived_known = false;
	}
	assert_int_equal(after_rows(rows, 4), FUNDING_UNPROVEN);
}

static void a_rate_read_wrong_by_a_factor_never_becomes_a_probe(void **state)
{
	(void)state;
	static const char *const READ[] = {"0.000025",	 "0.0000065", "0.0001",
					   "0.00000156", "0.00125",   "0.000000125",
					   "-0.0000125", "0.0003",    "0.00000052"};
	for (size_t i = 0; i < sizeof(READ) / sizeof(READ[0]); i++) {
		struct funding_evidence rows[10];
		struct funding_proof proof = funding_proof_begin();
		for (size_t k = 0; k < 10; k++)
			rows[k] = row_of(READ[i], "0.0000125", "0.0000005");
		assert_true(funding_proof_offer_evidence(&proof, rows, 10));
		assert_int_equal(funding_proof_state(&proof), FUNDING_UNPROVEN);
		assert_int_equal(proof.rows_counted, 10);
		assert_int_equal(proof.rows_agreeing, 0);
	}
}

static void one_in_ten_may_disagree_and_not_two(void **state)
{
	(void)state;
	struct funding_evidence rows[10];
	for (size_t i = 0; i < 10; i++)
		rows[i] = row_of("0.0001", i < 9 ? "0.0001" : "0.0002", "0");
	assert_int_equal(after_rows(rows, 10), FUNDING_PROBE);
	rows[0].derived = rate_of("0.0002");
	assert_int_equal(after_rows(rows, 10), FUNDING_UNPROVEN);
	assert_int_equal(after_rows(rows + 1, 8), FUNDING_PROBE);
	assert_int_equal(after_rows(rows + 1, 9), FUNDING_UNPROVEN); /* one of nine is too many */
}

/* ---- the instrument -------------------------------------------------------------------------- */

static struct funding_proof with_public_figures(void)
{
	struct funding_evidence row = row_of("0.0001", "0.0001", "0");
	struct funding_evidence rows[] = {row, row, row};
	struct funding_proof proof = funding_proof_begin();
	assert_true(funding_proof_offer_evidence(&proof, rows, 3));
	return proof;
}

static enum funding_verdict offer(struct funding_proof *proof, int64_t boundary_ns,
				  const char *paid)
{
	struct funding_settlement settlement = paid_for("100", paid);
	settlement.boundary_ns = boundary_ns;
	return funding_proof_offer_settlement(proof, &settlement);
}

static void one_fitting_settlement_allows_full_size_once_public_figures_agree(void **state)
{
	(void)state;
	struct funding_proof proof = with_public_figures();
	assert_int_equal(offer(&proof, 1, "100.5"), FUNDING_FITS);
	assert_int_equal(funding_proof_state(&proof), FUNDING_FULL);
	/* The other way round: paid right, yet nobody knows whether the rate was read right. */
	struct funding_proof early = funding_proof_begin();
	assert_int_equal(offer(&early, 1, "100.5"), FUNDING_FITS);
	assert_int_equal(funding_proof_state(&early), FUNDING_UNPROVEN);
	early.public_agrees = true;
	assert_int_equal(funding_proof_state(&early), FUNDING_FULL);
}

static void the_same_settlement_counts_once(void **state)
{
	(void)state;
	struct funding_proof proof = with_public_figures();
	assert_int_equal(offer(&proof, 5, "130"), FUNDING_MISFIT);
	assert_int_equal(offer(&proof, 5, "100"), FUNDING_DOES_NOT_COUNT);
	assert_int_equal(offer(&proof, 4, "100"), FUNDING_DOES_NOT_COUNT);
	assert_int_equal(funding_proof_state(&proof), FUNDING_PROBE);
}

static void a_misfit_demotes_and_three_fitting_ones_in_a_row_lift_it(void **state)
{
	(void)state;
	struct funding_proof proof = with_public_figures();
	assert_int_equal(offer(&proof, 1, "100"), FUNDING_FITS);
	assert_int_equal(offer(&proof, 2, "130"), FUNDING_MISFIT);
	assert_int_equal(funding_proof_state(&proof), FUNDING_PROBE);
	assert_int_equal(offer(&proof, 3, "100"), FUNDING_FITS);
	assert_int_equal(offer(&proof, 4, "100"), FUNDING_FITS);
	assert_int_equal(funding_proof_state(&proof), FUNDING_PROBE);
	assert_int_equal(offer(&proof, 5, "130"), FUNDING_MISFIT);
	assert_int_equal(offer(&proof, 6, "100"), FUNDING_FITS);
	assert_int_equal(offer(&proof, 7, "100"), FUNDING_FITS);
	assert_int_equal(funding_proof_state(&proof), FUNDING_PROBE);
	assert_int_equal(offer(&proof, 8, "100"), FUNDING_FITS);
	assert_int_equal(funding_proof_state(&proof), FUNDING_FULL);
}

static void a_later_factor_quarantines_and_nothing_that_follows_ends_it(void **state)
{
	(void)state;
	char text[FUNDING_SENTENCE_MAX];
	struct funding_proof proof = with_public_figures();
	offer(&proof, 1, "100");
	assert_int_equal(offer(&proof, 2, "800"), FUNDING_OFF_BY_FACTOR);
	assert_int_equal(funding_proof_state(&proof), FUNDING_QUARANTINED);
	assert_int_equal(offer(&proof, 3, "100"), FUNDING_FITS);
	assert_int_equal(offer(&proof, 4, "12.5"), FUNDING_OFF_BY_FACTOR);
	assert_int_equal(funding_proof_state(&proof), FUNDING_QUARANTINED);
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "pays 8 times what its rate says: an hourly rate taken as one for 8 "
			    "hours? (paid 800 where 100 was expected (8.000 times))");
}

static void public_figures_that_turn_take_the_permission_back(void **state)
{
	(void)state;
	struct funding_proof proof = with_public_figures();
	struct funding_evidence rows[3];
	offer(&proof, 1, "100");
	for (size_t i = 0; i < 3; i++)
		rows[i] = row_of("0.0001", "0.0008", "0");
	assert_false(funding_proof_offer_evidence(&proof, rows, 2)); /* too few to say anything */
	assert_int_equal(funding_proof_state(&proof), FUNDING_FULL);
	assert_true(funding_proof_offer_evidence(&proof, rows, 3));
	assert_int_equal(funding_proof_state(&proof), FUNDING_UNPROVEN);
}

static void every_state_has_a_sentence(void **state)
{
	(void)state;
	char text[FUNDING_SENTENCE_MAX];
	struct funding_proof proof = funding_proof_begin();
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "no settled rate could be compared with the venue's other figures yet");
	proof.rows_counted = 12;
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "settled rates disagree with the venue's other figures: 0 of 12 agree");
	proof = with_public_figures();
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "3 of 3 settled rates agree with the venue's other figures; no payment "
			    "yet");
	offer(&proof, 1, "130");
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "paid 130 where 100 was expected (1.300 times); 3 more must fit");
	proof = with_public_figures();
	offer(&proof, 1, "-99.5");
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "pays what its rate says with the opposite sign: the other side pays? "
			    "(paid -99.5 where 100 was expected (-0.995 times))");
	proof = with_public_figures();
	offer(&proof, 1, "99.5");
	assert_string_equal(funding_proof_sentence(&proof, text, sizeof(text)),
			    "paid 99.5 where 100 was expected (0.995 times)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_percent_fits_to_the_last_unit_and_not_beyond),
		cmocka_unit_test(half_a_last_digit_of_every_input_widens_it_exactly),
		cmocka_unit_test(above_five_percent_in_total_a_settlement_does_not_count),
		cmocka_unit_test(nothing_expected_proves_nothing),
		cmocka_unit_test(each_factor_is_named_with_either_sign),
		cmocka_unit_test(any_other_ratio_is_a_misfit),
		cmocka_unit_test(a_factor_that_the_digits_do_not_carry_is_not_named),
		cmocka_unit_test(lighter_expects_value_times_position),
		cmocka_unit_test(hyperliquid_expects_rate_times_price_times_position),
		cmocka_unit_test(a_rate_of_one_digit_does_not_count),
		cmocka_unit_test(three_agreeing_rates_allow_a_probe_and_two_do_not),
		cmocka_unit_test(rates_that_say_nothing_do_not_count),
		cmocka_unit_test(a_rate_read_wrong_by_a_factor_never_becomes_a_probe),
		cmocka_unit_test(one_in_ten_may_disagree_and_not_two),
		cmocka_unit_test(one_fitting_settlement_allows_full_size_once_public_figures_agree),
		cmocka_unit_test(the_same_settlement_counts_once),
		cmocka_unit_test(a_misfit_demotes_and_three_fitting_ones_in_a_row_lift_it),
		cmocka_unit_test(a_later_factor_quarantines_and_nothing_that_follows_ends_it),
		cmocka_unit_test(public_figures_that_turn_take_the_permission_back),
		cmocka_unit_test(every_state_has_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
