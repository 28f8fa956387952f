/* The table of checks: order, names and evaluation. */
#include "execution/preflight_checks.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text;
	preflight_function evaluate;
} checks[PREFLIGHT_CHECKS] = {
	[PREFLIGHT_PRICE_AGE] = {"price_age", check_price_age},
	[PREFLIGHT_BOOK_VALID] = {"book_valid", check_book_valid},
	[PREFLIGHT_MARKET_STATUS] = {"market_status", check_market_status},
	[PREFLIGHT_RULES] = {"rules", check_rules},
	[PREFLIGHT_EQUAL_EXPOSURE] = {"equal_exposure", check_equal_exposure},
	[PREFLIGHT_LEVERAGE] = {"leverage", check_leverage},
	[PREFLIGHT_MARGIN] = {"margin", check_margin},
	[PREFLIGHT_LIQUIDITY_LEG] = {"liquidity_leg", check_liquidity_leg},
	[PREFLIGHT_LIQUIDITY_PAIR] = {"liquidity_pair", check_liquidity_pair},
	[PREFLIGHT_SPREAD] = {"spread", check_spread},
	[PREFLIGHT_ENTRY_BASIS] = {"entry_basis", check_entry_basis},
	[PREFLIGHT_EXPOSURE_CAPS] = {"exposure_caps", check_exposure_caps},
	[PREFLIGHT_LOSS_BUDGET] = {"loss_budget", check_loss_budget},
	[PREFLIGHT_OPEN_ORDERS] = {"open_orders", check_open_orders},
	[PREFLIGHT_EXISTING_POSITION] = {"existing_position", check_existing_position},
	[PREFLIGHT_CLOCK] = {"clock", check_clock},
	[PREFLIGHT_REQUEST_BUDGET] = {"request_budget", check_request_budget},
};

const char *preflight_check_text(enum preflight_check check)
{
	return checks[check].text;
}

struct preflight_limits preflight_defaults(void)
{
	return (struct preflight_limits){
		.maximum_price_age_ns = NS_PER_SECOND,
		.maximum_spread_bp = 20,
		.maximum_round_trip_bp = 60,
		.maximum_adverse_basis_bp = 20,
		.margin_buffer = {RATE_ONE / 20},
		.leverage = 3,
		.loss_budget = {RATE_ONE / 500},
		.maximum_exposure_difference = {RATE_ONE / 1000},
		.maximum_clock_uncertainty_ns = NS_PER_SECOND,
	};
}

void preflight_evaluate(const struct preflight_input *input, struct preflight_report *report)
{
	memset(report, 0, sizeof(*report));
	report->may_open = true;
	for (int i = 0; i < PREFLIGHT_CHECKS; i++) {
		struct preflight_item *item = &report->items[report->count++];
		item->check = (enum preflight_check)i;
		item->verdict = checks[i].evaluate(input, item);
		if (item->verdict != VERDICT_PASS)
			report->may_open = false;
	}
}

const struct preflight_item *preflight_first_refusal(const struct preflight_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->items[i].verdict != VERDICT_PASS)
			return &report->items[i];
	return NULL;
}

asset_id preflight_fund_asset(const struct instrument *instrument)
{
	return instrument->kind == INSTRUMENT_SPOT ? instrument->quote : instrument->settle;
}

void item_number(struct preflight_item *item, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(item->number, sizeof(item->number), format, arguments);
	va_end(arguments);
}

void item_limit(struct preflight_item *item, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(item->limit, sizeof(item->limit), format, arguments);
	va_end(arguments);
}

const char *figure_seconds(int64_t ns, char buffer[FIGURE_MAX])
{
	decimal_format_short(ns / NS_PER_MS, 3, buffer, FIGURE_MAX);
	return buffer;
}

const char *figure_bp(i128 fraction_e18, char buffer[FIGURE_MAX])
{
	/* 1 bp is 10^14; two decimals of a bp are enough for a person. */
	i128 hundredths;
	if (!i128_div_round(fraction_e18, i128_power_of_ten(12), ROUND_HALF_EVEN, &hundredths))
		hundredths = 0;
	decimal_format_short(hundredths, 2, buffer, FIGURE_MAX);
	return buffer;
}

const char *figure_money(struct money amount, char buffer[FIGURE_MAX])
{
	struct money cut, rest;
	if (!money_posting(amount, 8, &cut, &rest))
		cut = amount;
	money_format(cut, buffer, FIGURE_MAX);
	return buffer;
}

enum verdict verdict_worst(enum verdict a, enum verdict b)
{
	if (a == VERDICT_FAIL || b == VERDICT_FAIL)
		return VERDICT_FAIL;
	return a == VERDICT_PASS ? b : a;
}
