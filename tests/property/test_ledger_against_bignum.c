/*
 * Random fills of random instruments, booked by the ledger and, beside it, by a model in big
 * numbers that knows only the rules of docs/architecture.md "Numbers".
 * Seed: FUNDARB_SEED in the environment, else a fixed one.
 */
#include "core/base/random.h"
#include "core/market/ledger.h"
#include "tests/support/bignum.h"
#include "tests/support/effort.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILLS	    40
#define SEED	    20240808
#define MONEY_SCALE 18

struct run {
	struct random random;
	struct market_terms m;
	struct ledger *ledger;
	const struct instrument *instrument;
	struct fee_terms fees;
	unsigned base_decimals, settle_decimals;
	unsigned trades;
	/* The model. All figures count 10^-18. */
	i128 position; /* quantity units; spot: base owned at scale 18 */
	const BIGNUM *cost;
	const BIGNUM *base_balance;
	const BIGNUM *settle_balance;
	struct fraction cash; /* what price moves earned so far plus what is still invested */
	unsigned roundings;   /* of values that went into `cash`'s counterpart */
	const BIGNUM *realised;
};

static unsigned rounds;

static uint64_t seed_of_run(void)
{
	const char *given = getenv("FUNDARB_SEED");
	return given != NULL ? strtoull(given, NULL, 10) : SEED;
}

static void draw_instrument(struct run *run, enum instrument_kind kind)
{
	struct random *random = &run->random;
	struct instrument terms = market_terms_linear(&run->m, "RANDOM");
	terms.kind = kind;
	terms.settle = kind == INSTRUMENT_INVERSE ? terms.base : terms.quote;
	terms.price_decimals = (unsigned)random_below(random, 7);
	terms.quantity_decimals = (unsigned)random_below(random, 7);
	terms.contract_size.e18 = MONEY_ONE;
	if (kind != INSTRUMENT_SPOT)
		terms.contract_size.e18 =
			random_below(random, 2) != 0
				? MONEY_ONE * (i128)random_between(random, 1, 1000)
				: (i128)random_between(random, 1, 2 * RATE_ONE);
	struct instrument_revision revision = market_terms_revision();
	revision.fees.maker.e18 = random_between(random, -RATE_ONE / 5000, RATE_ONE / 1000);
	revision.fees.taker.e18 = random_between(random, 0, RATE_ONE / 500);
	revision.fees.buy_fee_in_base = kind == INSTRUMENT_SPOT && random_below(random, 2) != 0;
	revision.funding.pays = kind != INSTRUMENT_SPOT;
	struct error err;
	instrument_id id = instrument_table_add(run->m.table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	run->instrument = instrument_get(run->m.table, id);
	run->fees = revision.fees;
	run->base_decimals = (unsigned)random_between(random, 6, 18);
	run->settle_decimals = kind == INSTRUMENT_INVERSE ? run->base_decimals
							  : (unsigned)random_between(random, 0, 18);
	instrument_table_set_posting_decimals(run->m.table, terms.base, run->base_decimals);
	instrument_table_set_posting_decimals(run->m.table, terms.settle, run->settle_decimals);
}

static const BIGNUM *posting_of(const BIGNUM *exact, unsigned decimals)
{
	const BIGNUM *unit = bignum_power_of_ten(MONEY_SCALE - decimals);
	return bignum_mul(bignum_div_half_even(exact, unit), unit);
}

/* quantity x size x price, or x size / price, as a fraction of 10^-18; rate_e18 may be 10^18. */
static struct fraction worth(const struct run *run, i128 quantity, int64_t price, int64_t rate_e18)
{
	const BIGNUM *amount = bignum_mul(bignum_mul(bignum_of(quantity), bignum_of(rate_e18)),
					  bignum_of(run->instrument->contract_size.e18));
	const BIGNUM *scale = bignum_mul(bignum_power_of_ten(run->instrument->quantity_decimals),
					 bignum_of(RATE_ONE));
	const BIGNUM *price_scale = bignum_power_of_ten(run->instrument->price_decimals);
	if (run->instrument->kind == INSTRUMENT_INVERSE)
		return fraction_of(bignum_mul(amount, price_scale),
				   bignum_mul(scale, bignum_of(price)));
	return fraction_of(bignum_mul(amount, bignum_of(price)), bignum_mul(scale, price_scale));
}

static const BIGNUM *rounded(struct fraction fraction)
{
	return bignum_div_half_even(fraction.numerator, fraction.denominator);
}

/* Checks one line against the model and adds its posting to the model's balance. */
static void expect_line(struct run *run, size_t *index, enum ledger_kind kind, bool in_base,
			const BIGNUM *exact)
{
	assert_true(*index < ledger_line_count(run->ledger));
	const struct ledger_line *line = ledger_line_at(run->ledger, (*index)++);
	assert_int_equal(line->kind, kind);
	assert_int_equal(line->asset, in_base ? run->instrument->base : run->instrument->settle);
	const BIGNUM *posting =
		posting_of(exact, in_base ? run->base_decimals : run->settle_decimals);
	assert_true(line->exact.e18 == bignum_i128(exact));
	assert_true(line->posting.e18 == bignum_i128(posting));
	assert_true(line->rounding.e18 == line->posting.e18 - line->exact.e18);
	if (in_base && run->instrument->kind == INSTRUMENT_SPOT)
		run->base_balance = bignum_add(run->base_balance, posting);
	else
		run->settle_balance = bignum_add(run->settle_balance, posting);
}

static void expect_fee(struct run *run, size_t *index, const struct account_event *fill)
{
	const struct rate rate = fill->u.fill.maker ? run->fees.maker : run->fees.taker;
	bool in_base = run->fees.buy_fee_in_base && fill->u.fill.side == SIDE_BUY;
	struct fraction fee =
		in_base ? fraction_of(bignum_mul(bignum_of(fill->u.fill.quantity.units),
						 bignum_of(rate.e18)),
				      bignum_power_of_ten(run->instrument->quantity_decimals))
			: worth(run, fill->u.fill.quantity.units, fill->u.fill.price.units,
				rate.e18);
	const BIGNUM *exact = bignum_sub(bignum_of(0), rounded(fee));
	const BIGNUM *posted = bignum_of(0);
	if (!BN_is_zero(exact)) {
		expect_line(run, index, LEDGER_FEE, in_base, exact);
		posted = posting_of(exact, in_base ? run->base_decimals : run->settle_decimals);
	}
	if (fill->u.fill.fee_estimated)
		return;
	const BIGNUM *difference =
		bignum_sub(bignum_sub(bignum_of(0), bignum_of(fill->u.fill.fee.e18)), posted);
	if (!BN_is_zero(difference))
		expect_line(run, index, LEDGER_FEE_CORRECTION, in_base, difference);
}

static i128 magnitude(i128 value)
{
	return value < 0 ? -value : value;
}

/* The model's side of a contract fill. */
static void expect_contract_fill(struct run *run, size_t *index, const struct account_event *fill)
{
	i128 traded = fill->u.fill.quantity.units;
	if (fill->u.fill.side == SIDE_SELL)
		traded = -traded;
	int64_t price = fill->u.fill.price.units;
	bool inverse = run->instrument->kind == INSTRUMENT_INVERSE;
	struct fraction flow = worth(run, inverse ? traded : -traded, price, RATE_ONE);
	run->cash = fraction_add(run->cash, flow);
	bool opposite = (run->position > 0 && traded < 0) || (run->position < 0 && traded > 0);
	i128 closed = 0; /* signed like the position */
	if (opposite)
		closed = magnitude(traded) < magnitude(run->position) ? -traded : run->position;
	if (closed != 0) {
		const BIGNUM *released =
			closed == run->position
				? run->cost
				: bignum_div_half_even(bignum_mul(run->cost, bignum_of(closed)),
						       bignum_of(run->position));
		const BIGNUM *exit = rounded(worth(run, closed, price, RATE_ONE));
		const BIGNUM *pnl =
			inverse ? bignum_sub(released, exit) : bignum_sub(exit, released);
		run->cost = bignum_sub(run->cost, released);
		run->position -= closed;
		run->realised = bignum_add(run->realised, pnl);
		run->roundings++;
		expect_line(run, index, LEDGER_PRICE_PNL, inverse, pnl);
	}
	i128 opened = traded + closed;
	if (opened != 0) {
		run->cost = bignum_add(run->cost, rounded(worth(run, opened, price, RATE_ONE)));
		run->position += opened;
		run->roundings++;
	}
	expect_fee(run, index, fill);
}

static void expect_spot_fill(struct run *run, size_t *index, const struct account_event *fill)
{
	bool buys = fill->u.fill.side == SIDE_BUY;
	i128 unit =
		bignum_i128(bignum_power_of_ten(MONEY_SCALE - run->instrument->quantity_decimals));
	i128 coins = fill->u.fill.quantity.units * unit;
	struct fraction value =
		worth(run, fill->u.fill.quantity.units, fill->u.fill.price.units, RATE_ONE);
	const BIGNUM *quote = rounded(value);
	struct fraction flow = value;
	if (buys)
		flow.numerator = bignum_sub(bignum_of(0), flow.numerator);
	run->cash = fraction_add(run->cash, flow);
	run->roundings++;
	const BIGNUM *quote_flow = buys ? bignum_sub(bignum_of(0), quote) : quote;
	run->realised = bignum_add(run->realised, quote_flow);
	i128 owned_before = bignum_i128(run->base_balance);
	expect_line(run, index, LEDGER_EXCHANGE, true, bignum_of(buys ? coins : -coins));
	expect_line(run, index, LEDGER_EXCHANGE, false, quote_flow);
	i128 moved = bignum_i128(run->base_balance) - owned_before;
	if (buys)
		run->cost = bignum_add(run->cost, quote);
	else if (-moved == owned_before)
		run->cost = bignum_of(0);
	else
		run->cost = bignum_sub(
			run->cost, bignum_div_half_even(bignum_mul(run->cost, bignum_of(-moved)),
							bignum_of(owned_before)));
	expect_fee(run, index, fill);
	run->position = bignum_i128(run->base_balance);
}

static void check_position(const struct run *run)
{
	struct ledger_position position = ledger_position(run->ledger, run->instrument->id);
	assert_true(position.cost.e18 == bignum_i128(run->cost));
	if (run->instrument->kind == INSTRUMENT_SPOT) {
		i128 unit = bignum_i128(
			bignum_power_of_ten(MONEY_SCALE - run->instrument->quantity_decimals));
		assert_true(position.owned.e18 == run->position);
		assert_true(position.quantity.units * unit <= run->position);
		assert_true((position.quantity.units + (i128)1) * unit > run->position);
		assert_true(ledger_balance_change(run->ledger, run->instrument->venue,
						  run->instrument->base)
				    .e18 == bignum_i128(run->base_balance));
	} else {
		assert_true(position.quantity.units == run->position);
		assert_true(position.owned.e18 == 0);
	}
	assert_true(
		ledger_balance_change(run->ledger, run->instrument->venue, run->instrument->settle)
			.e18 == bignum_i128(run->settle_balance));
}

static void book_and_check(struct run *run, struct account_event *fill)
{
	size_t index = ledger_line_count(run->ledger);
	snprintf(fill->u.fill.trade_id, sizeof(fill->u.fill.trade_id), "%u", ++run->trades);
	struct error err;
	if (!ledger_book_fill(run->ledger, fill, 1, &err))
		fail_msg("%s", err.text);
	if (run->instrument->kind == INSTRUMENT_SPOT)
		expect_spot_fill(run, &index, fill);
	else
		expect_contract_fill(run, &index, fill);
	assert_int_equal(index, ledger_line_count(run->ledger));
	check_position(run);
	if (random_below(&run->random, 4) == 0) {
		assert_true(ledger_book_fill(run->ledger, fill, 1, &err));
		assert_int_equal(index, ledger_line_count(run->ledger));
		check_position(run);
	}
}

static struct account_event draw_fill(struct run *run, enum side side, int64_t quantity)
{
	struct random *random = &run->random;
	struct account_event fill = {.kind = ACCOUNT_FILL,
				     .venue = run->instrument->venue,
				     .instrument = run->instrument->id};
	fill.u.fill.side = side;
	fill.u.fill.quantity.units = quantity;
	fill.u.fill.price.units = random_between(random, 1, 100000000);
	fill.u.fill.maker = random_below(random, 2) != 0;
	fill.u.fill.fee_estimated = random_below(random, 2) != 0;
	bool in_base = run->fees.buy_fee_in_base && side == SIDE_BUY;
	fill.u.fill.fee_asset = in_base ? run->instrument->base : run->instrument->settle;
	/* In whole units of the asset, small beside what a spot buy brings in. */
	unsigned decimals = in_base ? run->base_decimals : run->settle_decimals;
	i128 unit = bignum_i128(bignum_power_of_ten(MONEY_SCALE - decimals));
	fill.u.fill.fee.e18 = in_base ? 0 : unit * random_between(random, -5, 1000);
	return fill;
}

static struct account_event draw_any_fill(struct run *run)
{
	struct random *random = &run->random;
	enum side side = random_below(random, 2) != 0 ? SIDE_BUY : SIDE_SELL;
	int64_t quantity = random_between(random, 1, 1000000);
	int64_t available = ledger_position(run->ledger, run->instrument->id).quantity.units;
	/* One in four goes exactly to flat; a spot sell stays within what is held. */
	if (random_below(random, 4) == 0 && available != 0) {
		side = available > 0 ? SIDE_SELL : SIDE_BUY;
		quantity = available > 0 ? available : -available;
	} else if (run->instrument->kind == INSTRUMENT_SPOT && side == SIDE_SELL) {
		if (available == 0)
			side = SIDE_BUY;
		else
			quantity = random_between(random, 1, available);
	}
	return draw_fill(run, side, quantity);
}

static void close_position(struct run *run)
{
	int64_t open = ledger_position(run->ledger, run->instrument->id).quantity.units;
	if (open == 0)
		return;
	struct account_event fill =
		draw_fill(run, open > 0 ? SIDE_SELL : SIDE_BUY, open > 0 ? open : -open);
	book_and_check(run, &fill);
}

/* Flat again: nothing invested, and what was earned is the cash flow but for named roundings. */
static void check_round_trip(struct run *run)
{
	if (run->position != 0)
		return; /* spot dust */
	assert_true(BN_is_zero(run->cost));
	assert_true(ledger_position(run->ledger, run->instrument->id).cost.e18 == 0);
	struct fraction booked = fraction_of(bignum_sub(bignum_of(0), run->realised), bignum_of(1));
	assert_true(fraction_within_halves(fraction_add(run->cash, booked), run->roundings));
}

/* sum(exact) + sum(rounding) = sum(postings) = balance change, by the ledger's own lines. */
static void check_identity(const struct run *run)
{
	asset_id assets[] = {run->instrument->base, run->instrument->settle};
	for (int a = 0; a < 2; a++) {
		i128 exact = 0, rounding = 0, posting = 0;
		for (size_t i = 0; i < ledger_line_count(run->ledger); i++) {
			const struct ledger_line *line = ledger_line_at(run->ledger, i);
			if (line->asset != assets[a])
				continue;
			exact += line->exact.e18;
			rounding += line->rounding.e18;
			posting += line->posting.e18;
		}
		assert_true(exact + rounding == posting);
		assert_true(
			ledger_balance_change(run->ledger, run->instrument->venue, assets[a]).e18 ==
			posting);
	}
}

static unsigned flat_ends;

static void run_round(uint64_t seed, enum instrument_kind kind)
{
	struct run run = {.m = market_terms_create()};
	random_seed(&run.random, seed);
	run.ledger = ledger_create(run.m.table);
	assert_non_null(run.ledger);
	run.cost = run.base_balance = run.settle_balance = run.realised = bignum_of(0);
	run.cash = fraction_of(bignum_of(0), bignum_of(1));
	draw_instrument(&run, kind);
	for (int i = 0; i < FILLS; i++) {
		struct account_event fill = draw_any_fill(&run);
		book_and_check(&run, &fill);
		check_round_trip(&run);
	}
	close_position(&run);
	check_round_trip(&run);
	flat_ends += run.position == 0;
	check_identity(&run);
	ledger_free(run.ledger);
	market_terms_free(&run.m);
	bignum_release();
}

static void run_rounds(enum instrument_kind kind)
{
	uint64_t seed = seed_of_run();
	print_message("seed %llu, %u rounds of %d fills\n", (unsigned long long)seed, rounds,
		      FILLS);
	flat_ends = 0;
	for (uint64_t i = 0; i < rounds; i++)
		run_round(seed + i, kind);
	assert_true(flat_ends >= rounds / 4);
}

static void linear_books_agree_with_big_numbers(void **state)
{
	(void)state;
	run_rounds(INSTRUMENT_LINEAR);
	assert_int_equal(flat_ends, rounds);
}

static void inverse_books_agree_with_big_numbers(void **state)
{
	(void)state;
	run_rounds(INSTRUMENT_INVERSE);
	assert_int_equal(flat_ends, rounds);
}

static void spot_books_agree_with_big_numbers(void **state)
{
	(void)state;
	run_rounds(INSTRUMENT_SPOT);
}

static unsigned overflows;

/* The figure the fraction rounds to, or a refusal if no money holds it. */
static void expect_figure(bool ok, struct money out, struct fraction exact)
{
	const BIGNUM *figure = rounded(exact);
	if (BN_num_bits(figure) > 127) {
		assert_false(ok);
		overflows++;
		return;
	}
	assert_true(ok);
	assert_true(out.e18 == bignum_i128(figure));
}

static void check_formulas(struct run *run, const struct instrument *terms)
{
	struct quantity quantity = {
		random_between(&run->random, -INT64_C(1000000000000), INT64_C(1000000000000))};
	struct price price = {random_between(&run->random, 1, INT64_C(1000000000000000))};
	struct rate rate = {random_between(&run->random, -RATE_ONE, RATE_ONE)};
	struct money at18 = price_e18(terms, price);
	struct fraction value = worth(run, quantity.units, price.units, RATE_ONE);
	struct money out = {0};
	bool ok = contract_value(terms, quantity, price, &out);
	expect_figure(ok, out, value);
	ok = contract_value_e18(terms, quantity, at18, &out);
	expect_figure(ok, out, value);
	ok = contract_value_times_rate(terms, quantity, at18, rate, &out);
	expect_figure(ok, out, worth(run, quantity.units, price.units, rate.e18));

	struct fraction sized = fraction_of(
		bignum_mul(bignum_of(quantity.units), bignum_of(terms->contract_size.e18)),
		bignum_power_of_ten(terms->quantity_decimals));
	bool inverse = terms->kind == INSTRUMENT_INVERSE;
	struct fraction tokens = inverse ? value : sized;
	tokens.numerator = bignum_mul(tokens.numerator, bignum_of(terms->multiplier));
	ok = contract_notional(terms, quantity, price, &out);
	expect_figure(ok, out, inverse ? sized : value);
	ok = contract_tokens(terms, quantity, price, &out);
	expect_figure(ok, out, tokens);
	ok = price_per_base(terms, price, &out);
	expect_figure(
		ok, out,
		fraction_of(bignum_mul(bignum_of(price.units),
				       bignum_power_of_ten(MONEY_SCALE - terms->price_decimals)),
			    bignum_of(terms->multiplier)));
}

/* Every formula of contract.h, on random terms, against the plain fraction it stands for. */
static void formulas_round_the_exact_fraction_once_or_refuse(void **state)
{
	(void)state;
	struct run run = {.m = market_terms_create()};
	uint64_t seed = seed_of_run();
	print_message("seed %llu\n", (unsigned long long)seed);
	random_seed(&run.random, seed);
	struct instrument terms = *instrument_get(run.m.table, run.m.usdm);
	run.instrument = &terms;
	overflows = 0;
	for (int i = 0; i < 5000; i++) {
		terms.kind = (enum instrument_kind)random_below(&run.random, 3);
		terms.price_decimals = (unsigned)random_below(&run.random, 13);
		terms.quantity_decimals = (unsigned)random_below(&run.random, 13);
		terms.contract_size.e18 = random_between(&run.random, 1, INT64_MAX);
		if (random_below(&run.random, 2) != 0)
			terms.contract_size.e18 *= 1000;
		terms.multiplier = random_between(&run.random, 1, 1000000);
		check_formulas(&run, &terms);
		bignum_release();
	}
	/* Both outcomes were met. */
	assert_in_range(overflows, 10, 5000);
	market_terms_free(&run.m);
}

int main(void)
{
	rounds = effort(400, "rounds of each kind of instrument");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_round_the_exact_fraction_once_or_refuse),
		cmocka_unit_test(linear_books_agree_with_big_numbers),
		cmocka_unit_test(inverse_books_agree_with_big_numbers),
		cmocka_unit_test(spot_books_agree_with_big_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
