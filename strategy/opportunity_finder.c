#include "strategy/opportunity_finder.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "strategy/pair_list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A mark older than that says nothing about where a leg would trade. */
#define MARK_AGE_NS (60 * NS_PER_SECOND)
/* Prices asked for on behalf of candidates, per instrument: as often as a proof takes samples. */
#define PRICE_REQUEST_SPACING_NS  (IDENTITY_SAMPLE_SPACING_S * NS_PER_SECOND)
#define PRICE_REQUEST_PATIENCE_NS (5 * NS_PER_SECOND)

struct opportunity_finder {
	const struct strategy_options *options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct price_provider *prices;
	struct pair_list pairs;
	struct instrument_notes {
		bool forecast_valid;
		int64_t forecast_ns;
		struct leg_forecast forecast;
		bool requested;
		int64_t requested_ns;
	} notes[INSTRUMENTS_MAX + 1];
};

struct opportunity_finder *opportunity_finder_create(const struct strategy_options *options,
						     struct scheduler *scheduler,
						     const struct instrument_table *instruments,
						     const struct market_state *market,
						     const struct exchange_clients *clients,
						     struct price_provider *prices)
{
	struct opportunity_finder *finder = calloc(1, sizeof(*finder));
	if (!finder)
		return NULL;
	finder->options = options;
	finder->scheduler = scheduler;
	finder->instruments = instruments;
	finder->market = market;
	finder->clients = clients;
	finder->prices = prices;
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

/* ---- prices and forecasts -------------------------------------------------------------------- */

static struct price price_of_money(const struct instrument *instrument, struct money price)
{
	struct price units = {0};
	i128 rounded = 0;
	if (i128_div_round(price.e18, i128_power_of_ten(18 - instrument->price_decimals),
			   ROUND_HALF_EVEN, &rounded) &&
	    rounded > 0 && rounded <= INT64_MAX)
		units.units = (int64_t)rounded;
	return units;
}

struct leg_price opportunity_finder_price(struct opportunity_finder *finder,
					  instrument_id instrument)
{
	struct leg_price price = {0};
	struct price_quote quote;
	enum price_answer answer =
		price_provider_peek(finder->prices, instrument, PRICE_FOR_MONITORING, &quote);
	if (answer == PRICE_OK) {
		price = (struct leg_price){true, true, quote.bid.price, quote.ask.price};
		return price;
	}
	const struct mark_state *mark = market_state_mark(finder->market, instrument);
	/* A held jump or a crossed book is a reason to doubt the mark as well. */
	if (answer == PRICE_INVALID || !(mark->fields & MARK_HAS_MARK) ||
	    scheduler_now(finder->scheduler) - mark->local_ns > MARK_AGE_NS)
		return price;
	price.bid = price_of_money(instrument_get(finder->instruments, instrument), mark->mark);
	price.ask = price.bid;
	price.known = price.bid.units > 0;
	return price;
}

struct leg_price opportunity_finder_touch(const struct opportunity_finder *finder,
					  const struct leg_liquidity *leg)
{
	const struct instrument *instrument =
		instrument_get(finder->instruments, leg->entry.instrument);
	struct leg_price price = {.touch = true,
				  .bid = price_of_money(instrument, leg->entry.best_bid),
				  .ask = price_of_money(instrument, leg->entry.best_ask)};
	price.known = price.bid.units > 0 && price.ask.units > 0;
	return price;
}

/* Middle of bid and ask per canonical token, scale 18. */
static bool token_mid(const struct opportunity_finder *finder, instrument_id id,
		      const struct leg_price *price, struct money *out)
{
	const struct instrument *instrument = instrument_get(finder->instruments, id);
	struct money bid, ask, sum;
	if (!price->known || !price_per_base(instrument, price->bid, &bid) ||
	    !price_per_base(instrument, price->ask, &ask) || !money_add(bid, ask, &sum))
		return false;
	return i128_div_round(sum.e18, 2, ROUND_HALF_EVEN, &out->e18) && out->e18 > 0;
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
		struct leg_price one = opportunity_finder_price(finder, pair->first);
		struct leg_price two = opportunity_finder_price(finder, pair->second);
		if (token_mid(finder, pair->first, &one, &first) &&
		    token_mid(finder, pair->second, &two, &second))
			identity_proof_offer(&pair->identity, now, first, second);
	}
}

static void price_arrived(void *user, enum price_answer answer, const struct price_quote *quote,
			  const char *why)
{
	/* The provider's cache holds it now; the next scan finds it there. */
	(void)user;
	(void)answer;
	(void)quote;
	(void)why;
}

static void request_price(struct opportunity_finder *finder, instrument_id instrument)
{
	struct instrument_notes *notes = &finder->notes[instrument];
	int64_t now = scheduler_now(finder->scheduler);
	if (notes->requested && now - notes->requested_ns < PRICE_REQUEST_SPACING_NS)
		return;
	notes->requested = true;
	notes->requested_ns = now;
	price_provider_get_bbo(finder->prices, instrument, PRICE_FOR_MONITORING,
			       now + PRICE_REQUEST_PATIENCE_NS, price_arrived, NULL);
}

const struct leg_forecast *opportunity_finder_forecast(struct opportunity_finder *finder,
						       instrument_id instrument)
{
	struct instrument_notes *notes = &finder->notes[instrument];
	int64_t now = scheduler_now(finder->scheduler);
	if (!notes->forecast_valid || notes->forecast_ns != now) {
		notes->forecast = funding_forecast(finder->instruments, finder->market, instrument,
						   now, finder->options->horizon_ns);
		notes->forecast_ns = now;
		notes->forecast_valid = true;
	}
	return &notes->forecast;
}

void opportunity_finder_forget(struct opportunity_finder *finder, instrument_id instrument)
{
	finder->notes[instrument].forecast_valid = false;
}

bool opportunity_finder_fresh(const struct opportunity_finder *finder, instrument_id instrument,
			      const struct leg_forecast *forecast, int64_t *age_ns,
			      int64_t *limit_ns)
{
	int64_t limit = finder->options->maximum_funding_age_ns;
	int64_t age = scheduler_now(finder->scheduler) - forecast->known_since_ns;
	(void)instrument;
	/* A settled rate is the newest word until the next one; a fixed rate until its boundary. */
	if (forecast->kind == FUNDING_SETTLED || forecast->kind == FUNDING_NEXT)
		limit += forecast->interval_ns;
	if (age_ns)
		*age_ns = age;
	if (limit_ns)
		*limit_ns = limit;
	return forecast->known && (forecast->interval_ns == 0 || age <= limit);
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

static struct figure name_of(const struct opportunity_finder *finder, instrument_id id)
{
	char name[INSTRUMENT_NAME_MAX];
	struct figure figure;
	instrument_name(finder->instruments, id, name, sizeof(name));
	snprintf(figure.text, sizeof(figure.text), "%.47s", name);
	return figure;
}

static bool ask_funding_known(const struct gate_question *question)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		if (question->legs[leg]->known)
			continue;
		struct candidate *candidate = question->candidate;
		sentence_print(candidate->number, "no rate known for %s",
			       name_of(question->finder, leg_of(candidate, leg)).text);
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
		if (opportunity_finder_fresh(question->finder, leg_of(candidate, leg),
					     question->legs[leg], &age, &limit))
			continue;
		sentence_print(candidate->number, "rate of %s is %s old",
			       name_of(question->finder, leg_of(candidate, leg)).text,
			       figure_duration(age).text);
		sentence_print(candidate->limit, "%s", figure_duration(limit).text);
		return candidate_refuse(candidate, GATE_FUNDING_AGE);
	}
	return true;
}

static const char *status_text(enum market_status status)
{
	switch (status) {
	case MARKET_TRADING:
		return "trading";
	case MARKET_REDUCE_ONLY:
		return "reduce-only";
	case MARKET_HALTED:
		return "halted";
	case MARKET_DELISTED:
		return "delisted";
	}
	return "?";
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
		sentence_print(candidate->number, "%s is %s", name_of(question->finder, id).text,
			       retired ? "retired" : status_text(status));
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
		if (forecast->interval_ns > 0)
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

static void print_edge(const struct gate_question *question)
{
	sentence_print(question->candidate->number, "%s a settlement, %s expected in %s",
		       figure_bp(spread_per_settlement(question), 2).text,
		       figure_bp(question->candidate->expected_funding_e18, 1).text,
		       figure_duration(question->finder->options->horizon_ns).text);
}

static bool ask_net_edge(const struct gate_question *question)
{
	struct candidate *candidate = question->candidate;
	i128 minimum = question->finder->options->minimum_net_edge_bp * BASIS_POINT_E18;
	candidate->costs_e18 = taker_fees_of_round_trip(question);
	if (candidate->expected_funding_e18 - candidate->costs_e18 >= minimum)
		return true;
	print_edge(question);
	sentence_print(candidate->limit, "%s fees + %s minimum",
		       figure_bp(candidate->costs_e18, 1).text, figure_bp(minimum, 1).text);
	return candidate_refuse(candidate, GATE_NET_EDGE);
}

static bool ask_identity(const struct gate_question *question)
{
	const struct pair *pair = question->pair;
	struct candidate *candidate = question->candidate;
	if (!question->finder->options->identity_required ||
	    pair->identity.verdict == IDENTITY_PROVEN)
		return true;
	if (!opportunity_finder_price(question->finder, pair->first).known)
		request_price(question->finder, pair->first);
	if (!opportunity_finder_price(question->finder, pair->second).known)
		request_price(question->finder, pair->second);
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
		if (opportunity_finder_price(question->finder, id).known)
			continue;
		request_price(question->finder, id);
		if (known)
			sentence_print(candidate->number, "no usable price of %s",
				       name_of(question->finder, id).text);
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
	if (!token_mid(finder, candidate->long_instrument, &prices[0], &long_mid) ||
	    !token_mid(finder, candidate->short_instrument, &prices[1], &short_mid))
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
		       figure_bp(basis_e18, 1).text);
	sentence_print(candidate->limit, "%s", figure_bp(limit, 1).text);
	return candidate_refuse(candidate, GATE_ENTRY_BASIS);
}

static bool ask_entry_basis(const struct gate_question *question)
{
	struct leg_price prices[TRADE_LEGS_MAX];
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		prices[leg] = opportunity_finder_price(question->finder,
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
			       figure_duration(before ? next - now : now - last).text,
			       before ? "before" : "after", name_of(finder, id).text);
		sentence_print(candidate->limit, "%s", figure_duration(window).text);
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
	const struct leg_forecast *first = opportunity_finder_forecast(finder, pair->first);
	const struct leg_forecast *second = opportunity_finder_forecast(finder, pair->second);
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
		ask_funding_known, ask_funding_age, ask_market_status, ask_net_edge,
		ask_identity,	   ask_price,	    ask_entry_basis,   ask_settlement_window,
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
		struct figure name = name_of(question->finder, leg_of(candidate, leg));
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
			       figure_bp(worse->expected_slippage, 1).text, (int)worse->spread_bp);
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
	struct leg_price prices[TRADE_LEGS_MAX] = {opportunity_finder_touch(finder, &legs[0]),
						   opportunity_finder_touch(finder, &legs[1])};
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
	print_edge(&question);
	sentence_print(candidate->limit, "%s fees + %s slippage + %s basis + %s minimum",
		       figure_bp(fees, 1).text, figure_bp(round_trip - fees, 1).text,
		       figure_bp(adverse, 1).text, figure_bp(minimum, 1).text);
	return candidate_refuse(candidate, GATE_NET_EDGE);
}
