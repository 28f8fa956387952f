#include "execution/exposure.h"

bool exposure_fee_in_base(const struct exposure_leg *leg)
{
	return leg->instrument->kind == INSTRUMENT_SPOT && leg->side == SIDE_BUY &&
	       leg->revision->fees.buy_fee_in_base;
}

bool exposure_tokens(const struct exposure_leg *leg, struct money *tokens)
{
	if (!contract_tokens(leg->instrument, leg->quantity, leg->price, tokens))
		return false;
	struct money fee;
	if (!exposure_fee_in_base(leg))
		return true;
	return money_times_rate(*tokens, leg->revision->fees.taker, &fee) &&
	       money_sub(*tokens, fee, tokens);
}

bool exposure_lot_tokens(const struct instrument *instrument,
			 const struct instrument_revision *revision, struct price price,
			 struct money *tokens)
{
	return contract_tokens(instrument, revision->rules.lot, price, tokens) && tokens->e18 > 0;
}

struct quantity exposure_quantity(const struct instrument *instrument,
				  const struct instrument_revision *revision, struct price price,
				  struct money tokens)
{
	struct money lot;
	i128 lots;
	int64_t units;
	enum rounding rounding =
		instrument->kind == INSTRUMENT_INVERSE ? ROUND_HALF_EVEN : ROUND_TOWARD_ZERO;

	if (tokens.e18 <= 0 || !exposure_lot_tokens(instrument, revision, price, &lot) ||
	    !i128_div_round(tokens.e18, lot.e18, rounding, &lots) || lots > INT64_MAX ||
	    __builtin_mul_overflow((int64_t)lots, revision->rules.lot.units, &units))
		return (struct quantity){0};
	return (struct quantity){units};
}

bool exposure_compare(const struct exposure_leg legs[2], struct rate maximum_difference,
		      struct exposure_comparison *comparison)
{
	struct money tokens[2], lots[2], part;
	struct money larger;
	bool fee_in_base = false;

	for (int i = 0; i < 2; i++) {
		if (!exposure_tokens(&legs[i], &tokens[i]) ||
		    !exposure_lot_tokens(legs[i].instrument, legs[i].revision, legs[i].price,
					 &lots[i]))
			return false;
		fee_in_base = fee_in_base || exposure_fee_in_base(&legs[i]);
	}
	larger = tokens[0].e18 > tokens[1].e18 ? tokens[0] : tokens[1];
	if (!money_sub(tokens[0], tokens[1], &comparison->difference) ||
	    !money_times_rate(larger, maximum_difference, &part))
		return false;
	if (comparison->difference.e18 < 0)
		comparison->difference = money_negate(comparison->difference);

	comparison->allowed = part;
	comparison->because = "configured";
	for (int i = 0; i < 2; i++) {
		if (legs[i].instrument->kind == INSTRUMENT_INVERSE &&
		    lots[i].e18 / 2 > comparison->allowed.e18) {
			comparison->allowed.e18 = lots[i].e18 / 2;
			comparison->because = "half a contract";
		}
		if (fee_in_base && lots[i].e18 - 1 > comparison->allowed.e18) {
			comparison->allowed.e18 = lots[i].e18 - 1;
			comparison->because = "below one lot, fee in base";
		}
	}
	return true;
}
