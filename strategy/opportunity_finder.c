#include "strategy/opportunity_finder.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "strategy/funding_units.h"
#include "strategy/pair_list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct opportunity_finder {
	const struct strategy_options *options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct leg_outlook *outlook;
	struct pair_list pairs;
};

struct opportunity_finder *opportunity_finder_create(const struct strategy_options *options,
						     struct scheduler *scheduler,
						     const struct instrument_table *instruments,
						     const struct market_state *market,
						     const struct exchange_clients *clients,
						     struct leg_outlook *outlook)
{
	struct opportunity_finder *finder = calloc(1, sizeof(*finder));
	if (!finder)
		return NULL;
	finder->options = options;
	finder->scheduler = scheduler;
	finder->instruments = instruments;
	finder->market = market;
	finder->clients = clients;
	finder->outlook = outlook;
	return finder;
}

void opportunity_finder_free(struct opportunity_finder *finder)
{
	if (!finder)
		return;
	pair_list_clear(&finder->pairs);
	free(finder);
}

void opportunity_finder_list(struct opportunity_finder *finder)
{
	pair_list_update(&finder->pairs, finder->options, finder->instruments, finder->clients);
}

size_t opportunity_finder_count(const struct opportunity_finder *finder)
{
	return finder->pairs.count;
}

struct pair *opportunity_finder_pair(const struct opportunity_finder *finder, size_t index)
{
	assert(index < finder->pairs.count);
	return finder->pairs.pairs[index];
}

void opportunity_finder_sample(struct opportunity_finder *finder)
{
	int64_t now = scheduler_now(finder->scheduler);
	for (size_t i = 0; i < finder->pairs.count; i++) {
		struct pair *pair = finder->pairs.pairs[i];
		struct money first, second;
		if (pair->identity.last_sample_ns != 0 &&
		    now - pair->identity.last_sample_ns < IDENTITY_SAMPLE_SPACING_S * NS_PER_SECOND)
			continue;
		struct leg_price one = leg_outlook_price(finder->outlook, pair->first);
		struct leg_price two = leg_outlook_price(finder->outlook, pair->second);
		if (leg_outlook_token_mid(finder->outlook, pair->first, &one, &first) &&
		    leg_outlook_token_mid(finder->outlook, pair->second, &two, &second))
			identity_proof_offer(&pair->identity, now, first, second);
	}
}

/* ---- gates of the first stage ---------------------------------------------------------------- */

bool candidate_refuse(struct candidate *candidate, enum gate gate)
{
	candidate->refused = true;
	candidate->gate = gate;
	return false;
}

struct gate_question {
	struct opportunity_finder *finder;
	struct pair *pair;
	struct candidate *candidate;
	const struct leg_forecast *legs[TRADE_LEGS_MAX]; /* 0 = long, 1 = short */
};

static instrument_id leg_of(const struct candidate *candidate, size_t leg)
{
	return leg == 0 ? candidate->long_instrument : candidate->short_instrument;
}

static bool ask_funding_known(const struct gate_question *question)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		if (question->legs[leg]->known)
			continue;
		struct candidate *candidate = question->candidate;
		sentence_print(
			candidate->number, "no rate known for %s",
			leg_outlook_name(question->finder->outlook, leg_of(candidate, leg)).text);
		sentence_print(candidate->limit, "a rate for every leg that pays funding");
		return candidate_refuse(candidate, GATE_FUNDING_KNOWN);
	}
	return true;
}

static bool ask_funding_age(const struct gate_question *question)
{
	struct candidate *candidate = question->candidate;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		int64_t age, limit;
		if (leg_outlook_fresh(question->finder->outlook, question->legs[leg], &age, &limit))
			continue;
		sentence_print(
			candidate->number, "rate of %s is %s old",
			leg_outlook_name(question->finder->outlook, leg_of(candidate, leg)).text,
			figure_text_duration(age).text);
		sentence_print(candidate->limit, "%s", figure_text_duration(limit).text);
		return candidate_refuse(candidate, GATE_FUNDING_AGE);
	}
	return true;
}

static bool ask_market_status(const struct gate_question *question)
{
	struct candidate *candidate = question->candidate;
	const struct instrument_table *instruments = question->finder->instruments;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = leg_of(candidate, leg);
		bool retired = instrument_is_retired(instruments, id);
		enum market_status status = instrument_latest(instruments, id)->rules.status;
		if (!retired && status == MARKET_TRADING)
			continue;
		sentence_print(candidate->number, "%s is %s",
			       leg_outlook_name(question->finder->outlook, id).text,
			       retired ? "retired" : market_status_text(status));
		sentence_print(candidate->limit, "trading");
		return candidate_refuse(candidate, GATE_MARKET_STATUS);
	}
	return true;
}

/* What one settlement of the pair brings at the rates now stated, per the longer interval. */
static i128 spread_per_settlement(const struct gate_question *question)
{
	const struct leg_forecast *long_leg = question->legs[0];
	const struct leg_forecast *short_leg = question->legs[1];
	int64_t longer = long_leg->interval_ns > short_leg->interval_ns ? long_leg->interval_ns
									: short_leg->interval_ns;
	i128 spread = 0;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		const struct leg_forecast *forecast = question->legs[leg];
		i128 part = 0;
		if (forecast->interval_ns == longer)
			part = forecast->rate.e18;
		else if (forecast->interval_ns > 0)
			(void)mul_div(forecast->rate.e18, longer, forecast->interval_ns,
				      ROUND_HALF_EVEN, &part);
		spread += leg == 0 ? -part : part;
	}
	return spread;
}

static i128 taker_fees_of_round_trip(const struct gate_question *question)
{
	i128 fees = 0;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
		fees += 2 * (i128)instrument_latest(question->finder->instruments,
						    leg_of(question->candidate, leg))
				    ->fees.taker.e18;
	return fees;
}

static void print_edge(const struct gate_question *question, i128 spread)
{
	sentence_print(question->candidate->number, "%s a settlement, %s expected in %s",
		       figure_text_bp(spread, 2).text,
		       figure_text_bp(question->candidate->expected_funding_e18, 1).text,
		       figure_text_duration(question->finder->options->horizon_ns).text);
}

static bool ask_net_edge(const struct gate_question *question)
{
	struct candidate *candidate = question->candidate;
	struct pair *pair = question->pair;
	i128 minimum = question->finder->options->minimum_net_edge_bp * BASIS_POINT_E18;
	i128 spread = spread_per_settlement(question);
	if (candidate->expected_funding_e18 - candidate->costs_e18 >= minimum)
		return true;
	/* Most pairs are refused here, scan after scan, for the same figures. */
	if (!pair->edge_printed || candidate->gate != GATE_NET_EDGE ||
	    pair->edge_spread_e18 != spread ||
	    pair->edge_expected_e18 != candidate->expected_funding_e18 ||
	    pair->edge_fees_e18 != candidate->costs_e18) {
		print_edge(question, spread);
		sentence_print(candidate->limit, "%s fees + %s minimum",
			       figure_text_bp(candidate->costs_e18, 1).text,
			       figure_text_bp(minimum, 1).text);
		pair->edge_printed = true;
		pair->edge_spread_e18 = spread;
		pair->edge_expected_e18 = candidate->expected_funding_e18;
		pair->edge_fees_e18 = candidate->costs_e18;
	}
	return candidate_refuse(candidate, GATE_NET_EDGE);
}

static bool ask_funding_units(const struct gate_question *question)
{
	return funding_units_allow(question->finder->options, question->finder->instruments,
				   question->candidate);
}

static bool ask_identity(const struct gate_question *question)
{
	const struct pair *pair = question->pair;
	struct candidate *candidate = question->candidate;
	if (!question->finder->options->identity_required ||
	    pair->identity.verdict == IDENTITY_PROVEN)
		return true;
	if (!leg_outlook_price(question->finder->outlook, pair->first).known)
		leg_outlook_request_price(question->finder->outlook, pair->first);
	if (!leg_outlook_price(question->finder->outlook, pair->second).known)
		leg_outlook_request_price(question->finder->outlook, pair->second);
	if (pair->identity.verdict == IDENTITY_REFUTED)
		sentence_print(candidate->number,
			       "prices per token differ: not the same coin, %u good since",
			       pair->identity.good);
	else
		sentence_print(candidate->number, "%u price samples agree", pair->identity.good);
	sentence_print(candidate->limit, "%d samples within %d bp, %d s apart", IDENTITY_SAMPLES,
		       IDENTITY_TOLERANCE_BP, IDENTITY_SAMPLE_SPACING_S);
	return candidate_refuse(candidate, GATE_IDENTITY);
}

static bool ask_price(const struct gate_question *question)
{
	struct candidate *candidate = question->candidate;
	bool known = true;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = leg_of(candidate, leg);
		if (leg_outlook_price(question->finder->outlook, id).known)
			continue;
		leg_outlook_request_price(question->finder->outlook, id);
		if (known)
			sentence_print(candidate->number, "no usable price of %s",
				       leg_outlook_name(question->finder->outlook, id).text);
		known = false;
	}
	if (known)
		return true;
	sentence_print(candidate->limit, "a fresh bid and ask of every leg");
	return candidate_refuse(candidate, GATE_PRICE);
}

/* (long - short) / short of the token prices; above 0 the dearer one is bought. */
static bool entry_basis(const struct opportunity_finder *finder, const struct candidate *candidate,
			const struct leg_price prices[TRADE_LEGS_MAX], i128 *basis_e18)
{
	struct money long_mid, short_mid;
	if (!leg_outlook_token_mid(finder->outlook, candidate->long_instrument, &prices[0],
				   &long_mid) ||
	    !leg_outlook_token_mid(finder->outlook, candidate->short_instrument, &prices[1],
				   &short_mid))
		return false;
	return mul_div(long_mid.e18 - short_mid.e18, MONEY_ONE, short_mid.e18, ROUND_HALF_EVEN,
		       basis_e18);
}

static bool basis_allows(const struct opportunity_finder *finder, struct candidate *candidate,
			 i128 basis_e18)
{
	i128 limit = finder->options->maximum_basis_bp * BASIS_POINT_E18;
	if (basis_e18 <= limit)
		return true;
	sentence_print(candidate->number, "long leg %s dearer per token",
		       figure_text_bp(basis_e18, 1).text);
	sentence_print(candidate->limit, "%s", figure_text_bp(limit, 1).text);
	return candidate_refuse(candidate, GATE_ENTRY_BASIS);
}

static bool ask_entry_basis(const struct gate_question *question)
{
	struct leg_price prices[TRADE_LEGS_MAX];
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		prices[leg] = leg_outlook_price(question->finder->outlook,
						leg_of(question->candidate, leg));
		/* Marks are not where one trades: the second stage asks again with real books. */
		if (!prices[leg].touch)
			return true;
	}
	i128 basis;
	return !entry_basis(question->finder, question->candidate, prices, &basis) ||
	       basis_allows(question->finder, question->candidate, basis);
}

static bool ask_settlement_window(const struct gate_question *question)
{
	const struct opportunity_finder *finder = question->finder;
	struct candidate *candidate = question->candidate;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = leg_of(candidate, leg);
		const struct instrument *instrument = instrument_get(finder->instruments, id);
		int64_t now = market_state_venue_time(finder->market, instrument->venue,
						      scheduler_now(finder->scheduler));
		const struct funding_terms *terms =
			&instrument_revision_at(finder->instruments, id, now)->funding;
		int64_t last = funding_last_boundary(terms, now);
		int64_t next = question->legs[leg]->next_boundary_ns;
		int64_t window = finder->options->settlement_window_ns;
		if (next == INT64_MAX)
			continue;
		if (terms->pays && window > terms->interval_ns / 20)
			window = terms->interval_ns / 20;
		bool before = next - now <= window;
		bool after = terms->pays && now - last <= window;
		if (!before && !after)
			continue;
		sentence_print(candidate->number, "%s %s a settlement of %s",
			       figure_text_duration(before ? next - now : now - last).text,
			       before ? "before" : "after",
			       leg_outlook_name(finder->outlook, id).text);
		sentence_print(candidate->limit, "%s", figure_text_duration(window).text);
		return candidate_refuse(candidate, GATE_SETTLEMENT_WINDOW);
	}
	return true;
}

/* Puts the earning leg short; spot can only be long. */
static void choose_direction(struct gate_question *question)
{
	struct opportunity_finder *finder = question->finder;
	const struct pair *pair = question->pair;
	struct candidate *candidate = question->candidate;
	const struct leg_forecast *first = leg_outlook_forecast(finder->outlook, pair->first);
	const struct leg_forecast *second = leg_outlook_forecast(finder->outlook, pair->second);
	bool first_long = second->expected_e18 >= first->expected_e18;
	if (instrument_get(finder->instruments, pair->first)->kind == INSTRUMENT_SPOT)
		first_long = true;
	else if (instrument_get(finder->instruments, pair->second)->kind == INSTRUMENT_SPOT)
		first_long = false;
	candidate->long_instrument = first_long ? pair->first : pair->second;
	candidate->short_instrument = first_long ? pair->second : pair->first;
	question->legs[0] = first_long ? first : second;
	question->legs[1] = first_long ? second : first;
	candidate->expected_known = first->known && second->known;
	candidate->expected_funding_e18 =
		candidate->expected_known
			? question->legs[1]->expected_e18 - question->legs[0]->expected_e18
			: 0;
}

static struct gate_question question_of(struct opportunity_finder *finder, struct pair *pair)
{
	struct gate_question question = {finder, pair, &pair->candidate, {NULL, NULL}};
	choose_direction(&question);
	return question;
}

bool opportunity_finder_ask_cheap_gates(struct opportunity_finder *finder, struct pair *pair)
{
	static bool (*const gates[])(const struct gate_question *) = {
		ask_market_status, ask_funding_known, ask_funding_age,
		ask_net_edge,	   ask_funding_units, ask_identity,
		ask_price,	   ask_entry_basis,   ask_settlement_window,
	};
	struct gate_question question = question_of(finder, pair);
	pair->candidate.local_ns = scheduler_now(finder->scheduler);
	pair->candidate.costs_e18 = taker_fees_of_round_trip(&question);
	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (!gates[i](&question))
			return false;
	return true;
}

/* ---- gates of the second stage --------------------------------------------------------------- */

static bool ask_liquidity(const struct gate_question *question,
			  const struct leg_liquidity legs[TRADE_LEGS_MAX],
			  const bool known[TRADE_LEGS_MAX], const char *const why[TRADE_LEGS_MAX])
{
	struct candidate *candidate = question->candidate;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		struct figure name =
			leg_outlook_name(question->finder->outlook, leg_of(candidate, leg));
		if (!known[leg]) {
			sentence_print(candidate->number, "%s: %s", name.text, why[leg]);
			sentence_print(candidate->limit, "a usable book");
			return candidate_refuse(candidate, GATE_LIQUIDITY);
		}
		const struct liquidity_report *worse =
			!legs[leg].entry.acceptable ? &legs[leg].entry : &legs[leg].exit;
		if (worse->acceptable)
			continue;
		sentence_print(candidate->number, "%s %s: %s, %s slippage, %d bp spread", name.text,
			       side_text(worse->side),
			       liquidity_recommendation_text(worse->recommendation),
			       figure_text_bp(worse->expected_slippage, 1).text,
			       (int)worse->spread_bp);
		sentence_print(candidate->limit, "acceptable depth to enter and to leave");
		return candidate_refuse(candidate, GATE_LIQUIDITY);
	}
	return true;
}

bool opportunity_finder_ask_book_gates(struct opportunity_finder *finder, struct pair *pair,
				       const struct leg_liquidity legs[TRADE_LEGS_MAX],
				       const bool known[TRADE_LEGS_MAX],
				       const char *const why[TRADE_LEGS_MAX])
{
	struct gate_question question = question_of(finder, pair);
	struct candidate *candidate = &pair->candidate;
	i128 fees = taker_fees_of_round_trip(&question);
	i128 minimum = finder->options->minimum_net_edge_bp * BASIS_POINT_E18;
	i128 round_trip, basis;
	if (!ask_liquidity(&question, legs, known, why))
		return false;
	struct leg_price prices[TRADE_LEGS_MAX] = {leg_outlook_touch(finder->outlook, &legs[0]),
						   leg_outlook_touch(finder->outlook, &legs[1])};
	if (!liquidity_round_trip_cost(finder->instruments, legs, TRADE_LEGS_MAX, &round_trip) ||
	    !entry_basis(finder, candidate, prices, &basis)) {
		sentence_print(candidate->number, "the books do not fill a round trip");
		sentence_print(candidate->limit, "four filled walks");
		return candidate_refuse(candidate, GATE_LIQUIDITY);
	}
	if (!basis_allows(finder, candidate, basis))
		return false;
	/* A favourable basis earns no credit: nothing says that it reverts. */
	i128 adverse = basis > 0 ? basis : 0;
	candidate->costs_e18 = round_trip + adverse;
	if (candidate->expected_funding_e18 - candidate->costs_e18 >= minimum)
		return true;
	pair->edge_printed = false;
	print_edge(&question, spread_per_settlement(&question));
	sentence_print(candidate->limit, "%s fees + %s slippage + %s basis + %s minimum",
		       figure_text_bp(fees, 1).text, figure_text_bp(round_trip - fees, 1).text,
		       figure_text_bp(adverse, 1).text, figure_text_bp(minimum, 1).text);
	return candidate_refuse(candidate, GATE_NET_EDGE);
}
