#include "strategy/funding_units.h"

#include "exchanges/funding_proofs.h"

#include <stdio.h>

/* From the cap down: a lot may be worth a good part of it. */
#define PROBE_STEPS 16

static struct figure name_of(const struct instrument_table *instruments, instrument_id id)
{
	char name[INSTRUMENT_NAME_MAX];
	struct figure figure;
	instrument_name(instruments, id, name, sizeof(name));
	snprintf(figure.text, sizeof(figure.text), "%.40s", name);
	return figure;
}

static enum funding_proof_state state_of(const struct strategy_options *options,
					 const struct instrument_table *instruments,
					 instrument_id id)
{
	return options->funding_proofs
		       ? funding_proofs_state(options->funding_proofs, instruments, id)
		       : FUNDING_FULL;
}

static const char *factor_of(const struct strategy_options *options, instrument_id id, char *buffer,
			     size_t size)
{
	const struct funding_proof *proof = funding_proofs_find(options->funding_proofs, id);
	return funding_factor_text(proof->factor, buffer, size);
}

bool funding_units_allow(const struct strategy_options *options,
			 const struct instrument_table *instruments, struct candidate *candidate)
{
	const instrument_id legs[TRADE_LEGS_MAX] = {candidate->long_instrument,
						    candidate->short_instrument};
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		char factor[64];
		const struct funding_proof *proof;
		switch (state_of(options, instruments, legs[leg])) {
		case FUNDING_FULL:
		case FUNDING_PROBE:
			break;
		case FUNDING_UNPROVEN:
			proof = funding_proofs_find(options->funding_proofs, legs[leg]);
			sentence_print(candidate->number, "%u of %u settled rates of %s agree",
				       proof ? proof->rows_agreeing : 0,
				       proof ? proof->rows_counted : 0,
				       name_of(instruments, legs[leg]).text);
			sentence_print(candidate->limit, "%d or more, 9 of 10 agreeing",
				       FUNDING_ROWS_MIN);
			return candidate_refuse(candidate, GATE_FUNDING_UNITS);
		case FUNDING_QUARANTINED:
			sentence_print(candidate->number, "%s %s",
				       name_of(instruments, legs[leg]).text,
				       factor_of(options, legs[leg], factor, sizeof(factor)));
			sentence_print(candidate->limit, "quarantined until a person ends it");
			return candidate_refuse(candidate, GATE_FUNDING_UNITS);
		}
	}
	return true;
}

bool funding_units_probe(const struct strategy_options *options,
			 const struct instrument_table *instruments,
			 const instrument_id legs[TRADE_LEGS_MAX])
{
	return state_of(options, instruments, legs[0]) == FUNDING_PROBE ||
	       state_of(options, instruments, legs[1]) == FUNDING_PROBE;
}

bool funding_units_full(const struct strategy_options *options,
			const struct instrument_table *instruments,
			const instrument_id legs[TRADE_LEGS_MAX])
{
	return state_of(options, instruments, legs[0]) == FUNDING_FULL &&
	       state_of(options, instruments, legs[1]) == FUNDING_FULL;
}

bool funding_units_cap(const struct instrument_table *instruments, instrument_id leg,
		       struct price price, struct money *cap)
{
	const struct order_rules *rules = &instrument_latest(instruments, leg)->rules;
	struct quantity smallest =
		rules->minimum_quantity.units > 0 ? rules->minimum_quantity : rules->lot;
	struct money minimum = rules->minimum_notional;
	if (minimum.e18 <= 0 &&
	    !contract_notional(instrument_get(instruments, leg), smallest, price, &minimum))
		return false;
	return i128_mul(minimum.e18, PROBE_MINIMUM_NOTIONALS, &cap->e18);
}

static bool within_caps(const struct instrument_table *instruments,
			const instrument_id legs[TRADE_LEGS_MAX],
			const struct price prices[TRADE_LEGS_MAX],
			const struct quantity quantities[TRADE_LEGS_MAX],
			const struct money caps[TRADE_LEGS_MAX])
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		struct money worth;
		if (!contract_notional(instrument_get(instruments, legs[leg]), quantities[leg],
				       prices[leg], &worth) ||
		    worth.e18 > caps[leg].e18)
			return false;
	}
	return true;
}

bool funding_units_probe_size(const struct instrument_table *instruments,
			      const struct price prices[TRADE_LEGS_MAX], struct money notional,
			      struct candidate *candidate,
			      struct quantity quantities[TRADE_LEGS_MAX])
{
	const instrument_id legs[TRADE_LEGS_MAX] = {candidate->long_instrument,
						    candidate->short_instrument};
	struct money caps[TRADE_LEGS_MAX] = {{0}, {0}}, most = notional;
	size_t binding = 0;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		if (!funding_units_cap(instruments, legs[leg], prices[leg], &caps[leg]))
			caps[leg].e18 = 0;
		if (caps[leg].e18 < most.e18)
			most = caps[leg];
		if (caps[leg].e18 < caps[binding].e18)
			binding = leg;
	}
	/* Sizes are the lots nearest a notional, so that the nearest may lie above the cap. */
	for (i128 step = PROBE_STEPS; step > 0; step--) {
		struct money target = {most.e18 / PROBE_STEPS * step};
		if (equal_exposure_quantities(instruments, legs, prices, target, quantities,
					      NULL) &&
		    within_caps(instruments, legs, prices, quantities, caps))
			return true;
	}
	sentence_print(candidate->number, "no size that both venues take is worth so little");
	sentence_print(candidate->limit, "%s, %d minimums of %s: its funding is unproven",
		       figure_text_amount(caps[binding]).text, PROBE_MINIMUM_NOTIONALS,
		       name_of(instruments, legs[binding]).text);
	return candidate_refuse(candidate, GATE_FUNDING_UNITS);
}

bool funding_units_find_quarantine(const struct strategy_options *options,
				   const struct instrument_table *instruments,
				   const struct position *position, struct risk_finding *finding)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		char factor[64];
		instrument_id id = position->legs[leg];
		if (state_of(options, instruments, id) != FUNDING_QUARANTINED)
			continue;
		finding->reason = EXIT_RISK;
		sentence_print(finding->number, "%s %s", name_of(instruments, id).text,
			       factor_of(options, id, factor, sizeof(factor)));
		sentence_print(finding->limit, "what its rate says, within %d %%",
			       FUNDING_TOLERANCE_PERCENT);
		return true;
	}
	return false;
}
