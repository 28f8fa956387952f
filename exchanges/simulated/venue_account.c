#include "exchanges/simulated/venue_account.h"

#include <assert.h>
#include <stdlib.h>

#define POSTINGS_MAX 4

/* The postings of one fact, applied together or not at all. */
struct postings {
	struct {
		asset_id asset;
		struct money amount;
	} lines[POSTINGS_MAX];
	size_t count;
};

bool venue_account_init(struct venue_account *account, const struct instrument_table *instruments)
{
	account->instruments = instruments;
	account->balances = calloc(ASSETS_MAX + 1, sizeof(*account->balances));
	account->known = calloc(ASSETS_MAX + 1, sizeof(*account->known));
	if (account->balances != NULL && account->known != NULL)
		return true;
	venue_account_clear(account);
	return false;
}

void venue_account_clear(struct venue_account *account)
{
	free(account->balances);
	free(account->known);
	account->balances = NULL;
	account->known = NULL;
}

struct money venue_price_e18(const struct instrument *instrument, struct price price)
{
	return (struct money){price.units *
			      i128_power_of_ten(MONEY_DECIMALS - instrument->price_decimals)};
}

bool venue_value(const struct instrument *instrument, struct quantity quantity, struct money price,
		 struct money *out)
{
	i128 one = i128_power_of_ten(instrument->quantity_decimals);
	i128 size = instrument->contract_size.e18;
	if (price.e18 <= 0)
		return false;
	if (instrument->kind == INSTRUMENT_INVERSE)
		return exact_ratio((i128[]){quantity.units, size, MONEY_ONE}, 3,
				   (i128[]){one, price.e18}, 2, ROUND_HALF_EVEN, &out->e18);
	return exact_ratio((i128[]){quantity.units, size, price.e18}, 3, (i128[]){one, MONEY_ONE},
			   2, ROUND_HALF_EVEN, &out->e18);
}

bool venue_value_times_rate(const struct instrument *instrument, struct quantity quantity,
			    struct money price, struct rate rate, struct money *out)
{
	i128 one = i128_power_of_ten(instrument->quantity_decimals);
	i128 size = instrument->contract_size.e18;
	if (price.e18 <= 0)
		return false;
	if (instrument->kind == INSTRUMENT_INVERSE)
		return exact_ratio((i128[]){quantity.units, size, rate.e18}, 3,
				   (i128[]){one, price.e18}, 2, ROUND_HALF_EVEN, &out->e18);
	return exact_ratio((i128[]){quantity.units, size, price.e18, rate.e18}, 4,
			   (i128[]){one, MONEY_ONE, MONEY_ONE}, 3, ROUND_HALF_EVEN, &out->e18);
}

/* What leaving at `worth` earns on `cost`: an inverse contract is worth less coin as price rises.
 */
static bool gain(const struct instrument *instrument, struct money cost, struct money worth,
		 struct money *out)
{
	return instrument->kind == INSTRUMENT_INVERSE ? money_sub(cost, worth, out)
						      : money_sub(worth, cost, out);
}

bool venue_unrealised(const struct instrument *instrument, const struct venue_position *position,
		      struct money price, struct money *out)
{
	struct money worth;
	if (position->quantity.units == 0) {
		*out = (struct money){0};
		return true;
	}
	return venue_value(instrument, position->quantity, price, &worth) &&
	       gain(instrument, position->cost, worth, out);
}

static bool add_posting(const struct venue_account *account, struct postings *postings,
			asset_id asset, struct money line, struct money *posted)
{
	struct money rounding;
	assert(postings->count < POSTINGS_MAX);
	if (!money_posting(line, asset_posting_decimals(account->instruments, asset), posted,
			   &rounding))
		return false;
	postings->lines[postings->count].asset = asset;
	postings->lines[postings->count].amount = *posted;
	postings->count++;
	return true;
}

static bool apply(struct venue_account *account, const struct postings *postings)
{
	for (size_t done = 0; done < postings->count; done++) {
		struct money *balance = &account->balances[postings->lines[done].asset];
		if (money_add(*balance, postings->lines[done].amount, balance)) {
			account->known[postings->lines[done].asset] = true;
			continue;
		}
		/* Taking back what was just added cannot overflow. */
		while (done-- > 0) {
			struct money *undone = &account->balances[postings->lines[done].asset];
			undone->e18 -= postings->lines[done].amount.e18;
		}
		return false;
	}
	return true;
}

/* Closes `closed` (signed like the position) at price; *realised is the P&L line. */
static bool close_part(const struct instrument *instrument, struct venue_position *position,
		       struct quantity closed, struct money price, struct money *realised)
{
	struct money released = position->cost;
	struct money worth;
	if (closed.units != position->quantity.units &&
	    !mul_div(position->cost.e18, closed.units, position->quantity.units, ROUND_HALF_EVEN,
		     &released.e18))
		return false;
	if (!venue_value(instrument, closed, price, &worth) ||
	    !gain(instrument, released, worth, realised) ||
	    !money_sub(position->cost, released, &position->cost))
		return false;
	position->quantity.units -= closed.units;
	return true;
}

static bool open_part(const struct instrument *instrument, struct venue_position *position,
		      struct quantity opened, struct money price)
{
	struct money worth;
	return venue_value(instrument, opened, price, &worth) &&
	       money_add(position->cost, worth, &position->cost) &&
	       !__builtin_add_overflow(position->quantity.units, opened.units,
				       &position->quantity.units);
}

static bool contract_fill(const struct venue_account *account, const struct instrument *instrument,
			  struct venue_position *position, const struct venue_execution *execution,
			  struct postings *postings)
{
	struct money price = venue_price_e18(instrument, execution->price);
	int64_t left = execution->side == SIDE_BUY ? execution->quantity.units
						   : -execution->quantity.units;
	int64_t held = position->quantity.units;
	if (held != 0 && (held > 0) != (left > 0)) {
		int64_t closed = -left;
		if (held > 0 ? closed > held : closed < held)
			closed = held;
		struct money realised, posted;
		if (!close_part(instrument, position, (struct quantity){closed}, price,
				&realised) ||
		    !add_posting(account, postings, instrument->settle, realised, &posted))
			return false;
		left += closed;
	}
	return left == 0 || open_part(instrument, position, (struct quantity){left}, price);
}

static bool base_coins(const struct instrument *instrument, struct quantity quantity,
		       struct money *out)
{
	return mul_div(quantity.units, instrument->contract_size.e18,
		       i128_power_of_ten(instrument->quantity_decimals), ROUND_HALF_EVEN,
		       &out->e18);
}

/* Bought coins carry their cost; sold coins release it in proportion to what is owned. */
static bool move_owned(struct venue_position *position, struct money coins, struct money value)
{
	if (coins.e18 >= 0)
		return money_add(position->cost, value, &position->cost) &&
		       money_add(position->owned, coins, &position->owned);
	struct money released = position->cost;
	if (-coins.e18 >= position->owned.e18) {
		/* The rest comes from a deposit, which never had a cost here. */
		position->cost = (struct money){0};
		position->owned = (struct money){0};
		return true;
	}
	return mul_div(position->cost.e18, -coins.e18, position->owned.e18, ROUND_HALF_EVEN,
		       &released.e18) &&
	       money_sub(position->cost, released, &position->cost) &&
	       money_add(position->owned, coins, &position->owned);
}

static bool floor_owned(const struct instrument *instrument, struct venue_position *position)
{
	i128 units;
	if (!mul_div(position->owned.e18, i128_power_of_ten(instrument->quantity_decimals),
		     instrument->contract_size.e18, ROUND_FLOOR, &units) ||
	    units > INT64_MAX)
		return false;
	position->quantity.units = units > 0 ? (int64_t)units : 0;
	return true;
}

static bool spot_fill(const struct venue_account *account, const struct instrument *instrument,
		      struct venue_position *position, const struct venue_execution *execution,
		      struct postings *postings)
{
	struct money coins, value, posted_coins, posted_value;
	if (!base_coins(instrument, execution->quantity, &coins) ||
	    !venue_value(instrument, execution->quantity,
			 venue_price_e18(instrument, execution->price), &value))
		return false;
	bool buys = execution->side == SIDE_BUY;
	return add_posting(account, postings, instrument->base, buys ? coins : money_negate(coins),
			   &posted_coins) &&
	       add_posting(account, postings, instrument->quote, buys ? money_negate(value) : value,
			   &posted_value) &&
	       move_owned(position, posted_coins, value);
}

static bool charge_fee(const struct venue_account *account, const struct instrument *instrument,
		       const struct fee_terms *fees, struct venue_position *position,
		       struct venue_execution *execution, struct postings *postings)
{
	struct rate rate = execution->maker ? fees->maker : fees->taker;
	bool in_base = instrument->kind == INSTRUMENT_SPOT && fees->buy_fee_in_base &&
		       execution->side == SIDE_BUY;
	struct money line, posted;
	bool fits;
	if (in_base)
		fits = exact_ratio(
			(i128[]){execution->quantity.units, instrument->contract_size.e18,
				 rate.e18},
			3, (i128[]){i128_power_of_ten(instrument->quantity_decimals), MONEY_ONE}, 2,
			ROUND_HALF_EVEN, &line.e18);
	else
		fits = venue_value_times_rate(instrument, execution->quantity,
					      venue_price_e18(instrument, execution->price), rate,
					      &line);
	execution->fee_asset = in_base ? instrument->base : instrument->settle;
	if (!fits ||
	    !add_posting(account, postings, execution->fee_asset, money_negate(line), &posted))
		return false;
	execution->fee = money_negate(posted);
	return !in_base || money_add(position->owned, posted, &position->owned);
}

bool venue_account_fill(struct venue_account *account, const struct instrument *instrument,
			const struct fee_terms *fees, struct venue_position *position,
			struct venue_execution *execution)
{
	struct venue_position after = *position;
	struct postings postings = {.count = 0};
	bool spot = instrument->kind == INSTRUMENT_SPOT;
	bool fits = spot ? spot_fill(account, instrument, &after, execution, &postings)
			 : contract_fill(account, instrument, &after, execution, &postings);
	if (!fits || !charge_fee(account, instrument, fees, &after, execution, &postings) ||
	    (spot && !floor_owned(instrument, &after)) || !apply(account, &postings))
		return false;
	*position = after;
	return true;
}

bool venue_account_funding(struct venue_account *account, const struct instrument *instrument,
			   struct quantity position, struct money price, struct rate rate,
			   struct money *posted)
{
	struct money paid;
	struct postings postings = {.count = 0};
	return venue_value_times_rate(instrument, position, price, rate, &paid) &&
	       add_posting(account, &postings, instrument->settle, money_negate(paid), posted) &&
	       apply(account, &postings);
}

bool venue_account_transfer(struct venue_account *account, asset_id asset, struct money amount)
{
	struct money posted;
	struct postings postings = {.count = 0};
	return add_posting(account, &postings, asset, amount, &posted) && apply(account, &postings);
}
