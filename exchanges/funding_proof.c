#include "exchanges/funding_proof.h"

#include "core/base/decimal.h"

#include <stdio.h>

const char *funding_proof_state_text(enum funding_proof_state state)
{
	switch (state) {
	case FUNDING_UNPROVEN:
		return "unproven";
	case FUNDING_PROBE:
		return "probe";
	case FUNDING_FULL:
		return "full";
	case FUNDING_QUARANTINED:
		return "quarantined";
	}
	return "?";
}

static i128 magnitude(i128 value)
{
	return value < 0 ? -value : value;
}

/* ---- what was to be expected ----------------------------------------------------------------- */

static bool position_times_value(const struct instrument *instrument, struct quantity position,
				 struct money value, enum rounding rounding, struct money *out)
{
	const i128 numerators[] = {position.units, instrument->contract_size.e18, value.e18};
	const i128 denominators[] = {i128_power_of_ten(instrument->quantity_decimals), MONEY_ONE};
	return exact_ratio(numerators, 3, denominators, 2, rounding, &out->e18);
}

static struct quantity unsigned_quantity(struct quantity quantity)
{
	return (struct quantity){quantity.units < 0 ? -quantity.units : quantity.units};
}

bool funding_expected_by_value(const struct instrument *instrument, struct quantity position,
			       const struct funding_evidence *evidence,
			       struct funding_settlement *settlement)
{
	struct money paid_by_us;
	if (instrument->kind != INSTRUMENT_LINEAR || !evidence->value_known ||
	    position.units == INT64_MIN ||
	    !position_times_value(instrument, position, evidence->value, ROUND_HALF_EVEN,
				  &paid_by_us) ||
	    !position_times_value(instrument, unsigned_quantity(position),
				  (struct money){magnitude(evidence->value_tolerance.e18)},
				  ROUND_CEILING, &settlement->expected_tolerance))
		return false;
	settlement->boundary_ns = evidence->boundary_ns;
	settlement->expected = money_negate(paid_by_us);
	return true;
}

/* |expected| x part / whole, rounded up. */
static bool share(struct money expected, i128 part, i128 whole, i128 *out)
{
	return whole != 0 && mul_div(magnitude(expected.e18), magnitude(part), magnitude(whole),
				     ROUND_CEILING, out);
}

bool funding_expected_by_rate(const struct instrument *instrument, struct quantity position,
			      const struct funding_evidence *evidence, struct money price,
			      struct funding_settlement *settlement)
{
	struct money paid_by_us;
	i128 half_tick = i128_power_of_ten(MONEY_DECIMALS - instrument->price_decimals) / 2;
	i128 by_rate, by_price;
	if (price.e18 <= 0 ||
	    !contract_value_times_rate(instrument, position, price, evidence->rate, &paid_by_us))
		return false;
	settlement->boundary_ns = evidence->boundary_ns;
	settlement->expected = money_negate(paid_by_us);
	settlement->expected_tolerance = (struct money){0};
	if (evidence->rate.e18 == 0)
		return true; /* nothing is expected, so nothing will count */
	return share(settlement->expected, evidence->tolerance.e18, evidence->rate.e18, &by_rate) &&
	       share(settlement->expected, half_tick, price.e18, &by_price) &&
	       i128_add(by_rate, by_price, &settlement->expected_tolerance.e18);
}

/* ---- what was paid --------------------------------------------------------------------------- */

/* In order of their size, so that of two that fit (they cannot) the smaller is named. */
static const struct funding_factor FACTORS[] = {
	{1, 100}, {1, 24}, {1, 8}, {1, 4}, {1, 3},  {1, 2},   {1, 1},
	{2, 1},	  {3, 1},  {4, 1}, {8, 1}, {24, 1}, {100, 1},
};
#define FACTOR_COUNT (sizeof(FACTORS) / sizeof(FACTORS[0]))

/*
 * paid against expected x n / d, within percent of that plus the digits; false also where the
 * digits are more than FUNDING_DIGITS_MAX_PERCENT of it (*counts) or the numbers are absurd.
 */
static bool matches(const struct funding_settlement *settlement, int n, int d, unsigned percent,
		    bool *counts)
{
	const i128 expected = settlement->expected.e18;
	i128 scaled, scaled_digits, digits, most, allowed, difference;
	*counts = false;
	if (!mul_div(expected, n, d, ROUND_HALF_EVEN, &scaled) || scaled == 0 ||
	    !mul_div(magnitude(settlement->expected_tolerance.e18), magnitude(n), d, ROUND_CEILING,
		     &scaled_digits) ||
	    !i128_add(scaled_digits, magnitude(settlement->paid_tolerance.e18), &digits) ||
	    !mul_div(magnitude(scaled), FUNDING_DIGITS_MAX_PERCENT, 100, ROUND_FLOOR, &most) ||
	    digits > most)
		return false;
	*counts = true;
	return mul_div(magnitude(scaled), percent, 100, ROUND_FLOOR, &allowed) &&
	       i128_sub(settlement->paid.e18, scaled, &difference) &&
	       magnitude(difference) <= allowed + digits;
}

enum funding_verdict funding_settlement_judge(const struct funding_settlement *settlement,
					      struct funding_factor *factor)
{
	bool counts, ignored;
	if (matches(settlement, 1, 1, FUNDING_TOLERANCE_PERCENT, &counts))
		return FUNDING_FITS;
	if (!counts)
		return FUNDING_DOES_NOT_COUNT;
	for (size_t i = 0; i < FACTOR_COUNT; i++)
		for (int sign = 1; sign >= -1; sign -= 2) {
			int numerator = sign * FACTORS[i].numerator;
			if (numerator == FACTORS[i].denominator ||
			    !matches(settlement, numerator, FACTORS[i].denominator,
				     FUNDING_FACTOR_TOLERANCE_PERCENT, &ignored))
				continue;
			factor->numerator = (int16_t)numerator;
			factor->denominator = FACTORS[i].denominator;
			return FUNDING_OFF_BY_FACTOR;
		}
	return FUNDING_MISFIT;
}

/* ---- one instrument -------------------------------------------------------------------------- */

struct funding_proof funding_proof_begin(void)
{
	return (struct funding_proof){.fits_needed = 1};
}

enum funding_proof_state funding_proof_state(const struct funding_proof *proof)
{
	if (proof->quarantined)
		return FUNDING_QUARANTINED;
	if (!proof->public_agrees)
		return FUNDING_UNPROVEN;
	return proof->fits_needed == 0 ? FUNDING_FULL : FUNDING_PROBE;
}

/* The larger of both is the measure, so that a rate read far too small is found wrong, not tiny. */
static bool row_counts(const struct funding_evidence *row, bool *agrees)
{
	i128 rate = magnitude(row->rate.e18), derived = magnitude(row->derived.e18);
	i128 larger = rate > derived ? rate : derived;
	i128 tolerance = magnitude(row->tolerance.e18);
	if (!row->derived_known || larger == 0 || tolerance > larger / 4)
		return false;
	i128 difference = magnitude((i128)row->rate.e18 - row->derived.e18);
	*agrees = difference <= tolerance + larger * FUNDING_TOLERANCE_PERCENT / 100;
	return true;
}

bool funding_proof_offer_evidence(struct funding_proof *proof, const struct funding_evidence *rows,
				  size_t count)
{
	size_t counted = 0, agreeing = 0;
	for (size_t i = 0; i < count && counted < UINT16_MAX; i++) {
		bool agrees;
		if (!row_counts(&rows[i], &agrees))
			continue;
		counted++;
		agreeing += agrees;
	}
	if (counted < FUNDING_ROWS_MIN)
		return false;
	bool agree = (counted - agreeing) * FUNDING_ROWS_DISAGREE_MAX <= counted;
	bool news = proof->rows_counted != counted || proof->rows_agreeing != agreeing ||
		    proof->public_agrees != agree;
	proof->rows_counted = (uint16_t)counted;
	proof->rows_agreeing = (uint16_t)agreeing;
	proof->public_agrees = agree;
	return news;
}

enum funding_verdict funding_proof_offer_settlement(struct funding_proof *proof,
						    const struct funding_settlement *settlement)
{
	struct funding_factor factor = {0, 0};
	if (proof->verdict != FUNDING_DOES_NOT_COUNT &&
	    settlement->boundary_ns <= proof->settlement.boundary_ns)
		return FUNDING_DOES_NOT_COUNT;
	enum funding_verdict verdict = funding_settlement_judge(settlement, &factor);
	/* The numbers that led to a quarantine stay: they are what a person has to look at. */
	if (verdict == FUNDING_DOES_NOT_COUNT || proof->quarantined)
		return verdict;
	proof->verdict = verdict;
	proof->settlement = *settlement;
	switch (verdict) {
	case FUNDING_FITS:
		if (proof->fits_needed > 0)
			proof->fits_needed--;
		break;
	case FUNDING_OFF_BY_FACTOR:
		proof->quarantined = true;
		proof->factor = factor;
		break;
	case FUNDING_MISFIT:
		proof->fits_needed = FUNDING_FITS_AFTER_MISFIT;
		break;
	case FUNDING_DOES_NOT_COUNT:
		break;
	}
	return verdict;
}

/* ---- in words -------------------------------------------------------------------------------- */

static const char *likely_cause(struct funding_factor factor)
{
	static const struct {
		struct funding_factor factor;
		const char *cause;
	} CAUSES[] = {
		{{8, 1}, "an hourly rate taken as one for 8 hours?"},
		{{1, 8}, "a rate for 8 hours taken as hourly?"},
		{{24, 1}, "an hourly rate taken as daily?"},
		{{1, 24}, "a daily rate taken as hourly?"},
		{{100, 1}, "a fraction taken as percent?"},
		{{1, 100}, "percent taken as a fraction?"},
	};
	if (factor.numerator < 0)
		return "the other side pays?";
	for (size_t i = 0; i < sizeof(CAUSES) / sizeof(CAUSES[0]); i++)
		if (CAUSES[i].factor.numerator == factor.numerator &&
		    CAUSES[i].factor.denominator == factor.denominator)
			return CAUSES[i].cause;
	return "a funding interval of another length?";
}

const char *funding_factor_text(struct funding_factor factor, char *buffer, size_t size)
{
	int times = factor.numerator < 0 ? -factor.numerator : factor.numerator;
	const char *sign = factor.numerator < 0 ? " with the opposite sign" : "";
	if (factor.denominator > 1)
		snprintf(buffer, size, "pays 1/%d of what its rate says%s", factor.denominator,
			 sign);
	else if (times > 1)
		snprintf(buffer, size, "pays %d times what its rate says%s", times, sign);
	else
		snprintf(buffer, size, "pays what its rate says%s", sign);
	return buffer;
}

/* "paid -0.017697 where -0.0177 was expected (0.1 % off)" */
static void write_settlement(const struct funding_settlement *settlement, char *buffer, size_t size)
{
	char paid[DECIMAL_TEXT_MAX], expected[DECIMAL_TEXT_MAX], times[DECIMAL_TEXT_MAX] = "?";
	struct money shown, rounding;
	i128 thousandths;
	if (!money_posting(settlement->expected, 9, &shown, &rounding))
		shown = settlement->expected;
	money_format(settlement->paid, paid, sizeof(paid));
	money_format(shown, expected, sizeof(expected));
	if (mul_div(settlement->paid.e18, 1000, settlement->expected.e18, ROUND_HALF_EVEN,
		    &thousandths))
		decimal_format(thousandths, 3, times, sizeof(times));
	snprintf(buffer, size, "paid %s where %s was expected (%s times)", paid, expected, times);
}

const char *funding_proof_sentence(const struct funding_proof *proof, char *buffer, size_t size)
{
	char paid[208], factor[64];
	write_settlement(&proof->settlement, paid, sizeof(paid));
	switch (funding_proof_state(proof)) {
	case FUNDING_UNPROVEN:
		if (proof->rows_counted == 0)
			snprintf(buffer, size,
				 "no settled rate could be compared with the venue's other figures "
				 "yet");
		else
			snprintf(buffer, size,
				 "settled rates disagree with the venue's other figures: %u of %u "
				 "agree",
				 proof->rows_agreeing, proof->rows_counted);
		break;
	case FUNDING_PROBE:
		if (proof->verdict == FUNDING_DOES_NOT_COUNT)
			snprintf(buffer, size,
				 "%u of %u settled rates agree with the venue's other figures; no "
				 "payment yet",
				 proof->rows_agreeing, proof->rows_counted);
		else
			snprintf(buffer, size, "%s; %u more must fit", paid, proof->fits_needed);
		break;
	case FUNDING_FULL:
		snprintf(buffer, size, "%s", paid);
		break;
	case FUNDING_QUARANTINED:
		snprintf(buffer, size, "%s: %s (%s)",
			 funding_factor_text(proof->factor, factor, sizeof(factor)),
			 likely_cause(proof->factor), paid);
		break;
	}
	return buffer;
}
