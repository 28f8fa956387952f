#include "strategy/exit_rules.h"

#include <string.h>

struct exit_question {
	const struct strategy_options *options;
	const struct position *position;
	const struct exit_view *view;
	struct exit_decision *decision;
};

static bool says_risk(const struct exit_question *question)
{
	const struct risk_finding *risk = question->view->risk;
	if (!risk || risk->reason != question->decision->reason)
		return false;
	memcpy(question->decision->number, risk->number, SENTENCE_MAX);
	memcpy(question->decision->limit, risk->limit, SENTENCE_MAX);
	return true;
}

static bool says_requested(const struct exit_question *question)
{
	if (!question->view->close_requested)
		return false;
	sentence_print(question->decision->number, "asked for");
	sentence_print(question->decision->limit, "a person's word");
	return true;
}

static bool says_probe_done(const struct exit_question *question)
{
	if (!question->view->probe_done)
		return false;
	sentence_print(question->decision->number, "a probe whose funding is proven");
	sentence_print(question->decision->limit, "the full size");
	return true;
}

static bool says_flip(const struct exit_question *question)
{
	i128 limit = -(question->options->flip_margin_bp * BASIS_POINT_E18);
	if (!question->view->funding_known || question->view->spread_per_8h_e18 >= limit)
		return false;
	sentence_print(question->decision->number, "%s per 8 h expected",
		       figure_text_bp(question->view->spread_per_8h_e18, 2).text);
	sentence_print(question->decision->limit, "%s per 8 h in %u checks",
		       figure_text_bp(limit, 2).text, question->options->exit_confirmations);
	return true;
}

static bool says_edge_gone(const struct exit_question *question)
{
	i128 limit = question->options->exit_edge_bp * BASIS_POINT_E18;
	if (!question->view->funding_known || question->view->remaining_e18 >= limit)
		return false;
	sentence_print(question->decision->number, "%s expected in the next %s",
		       figure_text_bp(question->view->remaining_e18, 2).text,
		       figure_text_duration(question->options->horizon_ns).text);
	sentence_print(question->decision->limit, "%s in %u checks", figure_text_bp(limit, 2).text,
		       question->options->exit_confirmations);
	return true;
}

static bool says_age(const struct exit_question *question)
{
	int64_t age = question->view->now_ns - question->position->opened_ns;
	if (question->options->maximum_age_ns <= 0 || age < question->options->maximum_age_ns)
		return false;
	sentence_print(question->decision->number, "open for %s", figure_text_duration(age).text);
	sentence_print(question->decision->limit, "%s",
		       figure_text_duration(question->options->maximum_age_ns).text);
	return true;
}

static bool says_take_profit(const struct exit_question *question)
{
	i128 limit = question->options->basis_take_profit_bp * BASIS_POINT_E18;
	if (limit <= 0 || !question->view->pnl_known || question->view->pnl_e18 < limit)
		return false;
	sentence_print(question->decision->number, "%s price P&L after exit fees",
		       figure_text_bp(question->view->pnl_e18, 1).text);
	sentence_print(question->decision->limit, "%s", figure_text_bp(limit, 1).text);
	return true;
}

static bool says_better_pair(const struct exit_question *question)
{
	const struct exit_view *view = question->view;
	i128 limit = question->options->switch_margin_bp * BASIS_POINT_E18;
	i128 gain = view->better_net_e18 - view->remaining_e18 - view->exit_cost_e18;
	if (!view->better_known || !view->funding_known || gain <= limit)
		return false;
	sentence_print(question->decision->number, "%s: %s better after costs", view->better_name,
		       figure_text_bp(gain, 1).text);
	sentence_print(question->decision->limit, "%s", figure_text_bp(limit, 1).text);
	return true;
}

/* In order of precedence. */
static const struct {
	enum exit_reason reason;
	bool (*says)(const struct exit_question *question);
	bool economic;		   /* waits for minimum_hold and exit_confirmations */
	bool lets_settlement_pass; /* waits while money is about to be received */
} RULES[] = {
	{EXIT_RISK, says_risk, false, false},
	{EXIT_LIQUIDATION_DISTANCE, says_risk, false, false},
	{EXIT_REQUESTED, says_requested, false, false},
	{EXIT_PROBE_DONE, says_probe_done, false, true},
	{EXIT_FUNDING_FLIP, says_flip, true, true},
	{EXIT_EDGE_GONE, says_edge_gone, true, true},
	{EXIT_MAXIMUM_AGE, says_age, false, true},
	{EXIT_BASIS_TAKE_PROFIT, says_take_profit, true, true},
	{EXIT_BETTER_PAIR, says_better_pair, true, true},
};

struct exit_decision exit_rules_decide(const struct strategy_options *options,
				       const struct position *position,
				       const struct exit_view *view, bool count,
				       unsigned confirmations[EXIT_REASONS])
{
	struct exit_decision chosen = {.reason = EXIT_NONE};
	bool young = view->now_ns - position->opened_ns < options->minimum_hold_ns;
	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
		struct exit_decision decision = {.reason = RULES[i].reason};
		struct exit_question question = {options, position, view, &decision};
		bool holds = RULES[i].says(&question);
		if (RULES[i].economic) {
			unsigned *confirmed = &confirmations[RULES[i].reason];
			if (!holds)
				*confirmed = 0;
			else if (count && *confirmed < options->exit_confirmations)
				++*confirmed;
			holds = holds && !young && *confirmed >= options->exit_confirmations;
		}
		if (RULES[i].lets_settlement_pass && view->receives_soon)
			holds = false;
		if (holds && chosen.reason == EXIT_NONE)
			chosen = decision;
	}
	return chosen;
}
