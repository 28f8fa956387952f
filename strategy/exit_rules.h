/*
 * When a position ends, one readable table of reasons in order of precedence. Pure: looks at a view
 * of one position at one instant and its confirmation counters. What is unknown never closes
 * anything for an economic reason.
 */
#ifndef FUNDARB_STRATEGY_EXIT_RULES_H
#define FUNDARB_STRATEGY_EXIT_RULES_H

#include "strategy/risk_limits.h"

struct exit_view {
	int64_t now_ns;
	const struct risk_finding *risk;
	bool close_requested;
	bool probe_done;    /* a probe that is proven by now and would be opened again in full */
	bool funding_known; /* of both legs, and young enough */
	i128 spread_per_8h_e18; /* > 0: received */
	i128 remaining_e18;	/* expected over the horizon, fraction of notional */
	/* The best other pair that closing this one would let in. */
	bool better_known;
	char better_name[FIGURE_TEXT_MAX];
	i128 better_net_e18;
	i128 exit_cost_e18;
	/* Executable price P&L after exit fees as a fraction of notional. */
	bool pnl_known;
	i128 pnl_e18;
	/* Net funding is received at a settlement within hold_for_settlement. */
	bool receives_soon;
};

struct exit_decision {
	enum exit_reason reason; /* EXIT_NONE: hold */
	char number[SENTENCE_MAX];
	char limit[SENTENCE_MAX];
};

/*
 * confirmations[reason] counts consecutive checks in which that economic rule held; it advances
 * only when `count` is set (a timer tick, not an event) and starts again when the rule does not
 * hold.
 */
struct exit_decision exit_rules_decide(const struct strategy_options *options,
				       const struct position *position,
				       const struct exit_view *view, bool count,
				       unsigned confirmations[EXIT_REASONS]);

#endif
