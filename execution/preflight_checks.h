/*
 * The checks of preflight, one function each; preflight.c holds the table that orders them.
 * Internal to execution/preflight*.c.
 */
#ifndef FUNDARB_EXECUTION_PREFLIGHT_CHECKS_H
#define FUNDARB_EXECUTION_PREFLIGHT_CHECKS_H

#include "execution/preflight.h"

/* Fills item's number and limit and returns its verdict. */
typedef enum verdict (*preflight_function)(const struct preflight_input *input,
					   struct preflight_item *item);

/* preflight_market.c: what the market shows */
enum verdict check_price_age(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_book_valid(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_liquidity_leg(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_liquidity_pair(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_spread(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_entry_basis(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_loss_budget(const struct preflight_input *input, struct preflight_item *item);

/* preflight_account.c: what rules, account and we allow */
enum verdict check_market_status(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_rules(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_equal_exposure(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_leverage(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_margin(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_exposure_caps(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_open_orders(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_existing_position(const struct preflight_input *input,
				     struct preflight_item *item);
enum verdict check_clock(const struct preflight_input *input, struct preflight_item *item);
enum verdict check_request_budget(const struct preflight_input *input, struct preflight_item *item);

/* Text for a person, cut at the field's size. */
void item_number(struct preflight_item *item, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void item_limit(struct preflight_item *item, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "0.35" of 350,000,000 ns; "12.34" of a fraction at scale 18 in bp; both in static-size buffers.
 */
#define FIGURE_MAX 48
const char *figure_seconds(int64_t ns, char buffer[FIGURE_MAX]);
const char *figure_bp(i128 fraction_e18, char buffer[FIGURE_MAX]);
const char *figure_money(struct money amount, char buffer[FIGURE_MAX]);
/* The worst of two verdicts: fail before unknown before pass. */
enum verdict verdict_worst(enum verdict a, enum verdict b);

#endif
