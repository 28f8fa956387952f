/*
 * Which pairs could be opened, and why not: keeps the list of pairs, the proof that two symbols are
 * one coin, and asks the gates that need no order book (first stage) and those that do (second
 * stage). It decides nothing about positions and never trades.
 */
#ifndef FUNDARB_STRATEGY_OPPORTUNITY_FINDER_H
#define FUNDARB_STRATEGY_OPPORTUNITY_FINDER_H

#include "core/market/asset_identity.h"
#include "strategy/leg_outlook.h"

/* Two instruments in ascending order of id, whichever of them ends up long. */
struct pair {
	instrument_id first, second;
	struct candidate candidate; /* as last seen, with the direction that earns */
	struct identity_proof identity;
	/* The edge that the candidate's text is about, so that it is printed when it changes. */
	bool edge_printed;
	i128 edge_spread_e18, edge_expected_e18, edge_fees_e18;
	bool announced; /* a refusal was told to the observer */
	enum gate announced_gate;
	bool eligible; /* only occupied slots or instruments kept it from being opened */
	bool checking; /* a liquidity check or an opening is under way */
	bool holding;  /* a position in it is not closed yet */
	int64_t cool_down_until_ns;
	int64_t cool_down_ns; /* its whole length, for the text */
	unsigned failures;    /* openings that failed in a row */
	/* A refusal of the second stage stands until then, so that books are not read every scan.
	 */
	int64_t check_again_ns;
	bool check_refused;
	enum gate check_gate;
	char check_number[SENTENCE_MAX], check_limit[SENTENCE_MAX];
	i128 check_costs_e18;
};

struct opportunity_finder;
struct opportunity_finder *opportunity_finder_create(const struct strategy_options *options,
						     struct scheduler *scheduler,
						     const struct instrument_table *instruments,
						     const struct market_state *market,
						     const struct exchange_clients *clients,
						     struct leg_outlook *outlook);
void opportunity_finder_free(struct opportunity_finder *finder);

/* Lists the pairs anew after instruments appeared or went; pairs in use and their memory stay. */
void opportunity_finder_list(struct opportunity_finder *finder);
size_t opportunity_finder_count(const struct opportunity_finder *finder);
/* The pointer stays valid while pair->checking or pair->holding, else until the next listing. */
struct pair *opportunity_finder_pair(const struct opportunity_finder *finder, size_t index);

/* Offers prices at hand to the identity proofs; no I/O. */
void opportunity_finder_sample(struct opportunity_finder *finder);

/*
 * First stage: MARKET_STATUS to SETTLEMENT_WINDOW without LIQUIDITY. Fills pair->candidate; true if
 * none of them refuses. May ask the PriceProvider for a price (no answer is waited for) once
 * funding and fees allow a trade.
 */
bool opportunity_finder_ask_cheap_gates(struct opportunity_finder *finder, struct pair *pair);
/* Second stage, with both legs walked (known[i] == false: why[i]): LIQUIDITY, ENTRY_BASIS,
 * NET_EDGE.
 */
bool opportunity_finder_ask_book_gates(struct opportunity_finder *finder, struct pair *pair,
				       const struct leg_liquidity legs[TRADE_LEGS_MAX],
				       const bool known[TRADE_LEGS_MAX],
				       const char *const why[TRADE_LEGS_MAX]);

/* Writes a refusal into the candidate; number and limit are printed by the caller. */
bool candidate_refuse(struct candidate *candidate, enum gate gate);

#endif
