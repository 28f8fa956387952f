/*
 * Typed amounts. Each is a struct of its own, so that the compiler refuses to add a price to a
 * quantity. Prices and quantities count units of 10^-decimals of their instrument
 * (core/market/instrument.h); money counts 10^-18 of its asset; a rate counts 10^-18 per its own
 * interval; a rate over time says so in its name. Arithmetic that can overflow returns false.
 */
#ifndef FUNDARB_CORE_BASE_MONEY_H
#define FUNDARB_CORE_BASE_MONEY_H

#include "core/base/exact_ratio.h"

#define MONEY_DECIMALS 18
#define MONEY_ONE      ((i128)1000000000000000000)
#define RATE_ONE       INT64_C(1000000000000000000)

struct price {
	int64_t units; /* 10^-price_decimals of quote per base (inverse: USD per base) */
};

struct quantity {
	int64_t units; /* 10^-quantity_decimals of base coins or contracts; signed for positions */
};

struct money {
	i128 e18; /* 10^-18 of one asset, named beside it */
};

struct rate {
	int64_t e18; /* 10^-18; per funding interval, or a fee as a fraction of notional */
};

struct rate_per_hour {
	i128 e18; /* 10^-18 per hour */
};

bool money_add(struct money a, struct money b, struct money *out);
bool money_sub(struct money a, struct money b, struct money *out);
struct money money_negate(struct money a); /* aborts on I128_MIN, which no ledger reaches */
/* amount * rate, half-even. */
bool money_times_rate(struct money amount, struct rate rate, struct money *out);
/*
 * What a venue really books: amount rounded half-even to asset_decimals (0..18).
 * Exactly amount = posting - rounding.
 */
bool money_posting(struct money amount, unsigned asset_decimals, struct money *posting,
		   struct money *rounding);
/* Text with all 18 decimals cut to the short form; size >= DECIMAL_TEXT_MAX. Returns the length. */
size_t money_format(struct money amount, char *buffer, size_t size);

/*
 * The one place that converts a funding rate between clocks. interval_ns > 0.
 * per_hour = rate * 1 h / interval, half-even; from there x 8 and x 8,760 are exact.
 */
bool rate_to_per_hour(struct rate rate, int64_t interval_ns, struct rate_per_hour *out);
bool rate_per_hour_to_interval(struct rate_per_hour rate, int64_t interval_ns, struct rate *out);
i128 rate_per_hour_as_per_8h_e18(struct rate_per_hour rate);
i128 rate_per_hour_as_per_year_e18(struct rate_per_hour rate); /* 8,760 h */

#endif
