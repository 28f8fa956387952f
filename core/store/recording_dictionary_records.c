#include "core/store/recording_dictionary_records.h"

#define DECIMALS_MAX 37

uint8_t *dictionary_write_instrument(uint8_t *at, const struct instrument *terms,
				     const struct instrument_numbers *numbers)
{
	at = write_varint(at, numbers->venue);
	at = write_text(at, terms->symbol);
	at = write_varint(at, terms->kind);
	at = write_varint(at, numbers->base);
	at = write_varint(at, numbers->canonical);
	at = write_varint(at, numbers->quote);
	at = write_varint(at, numbers->settle);
	at = write_zigzag(at, terms->multiplier);
	at = write_i128(at, terms->contract_size.e18);
	at = write_varint(at, terms->price_decimals);
	return write_varint(at, terms->quantity_decimals);
}

void dictionary_read_instrument(struct cursor *cursor, struct instrument *terms,
				struct instrument_numbers *numbers)
{
	memset(terms, 0, sizeof *terms);
	numbers->venue = read_below(cursor, VENUES_MAX + 1);
	read_text(cursor, terms->symbol, sizeof terms->symbol);
	terms->kind = (enum instrument_kind)read_below(cursor, INSTRUMENT_SPOT + 1);
	numbers->base = read_below(cursor, ASSETS_MAX + 1);
	numbers->canonical = read_below(cursor, ASSETS_MAX + 1);
	numbers->quote = read_below(cursor, ASSETS_MAX + 1);
	numbers->settle = read_below(cursor, ASSETS_MAX + 1);
	terms->multiplier = read_zigzag(cursor);
	terms->contract_size.e18 = read_i128(cursor);
	terms->price_decimals = read_below(cursor, DECIMALS_MAX);
	terms->quantity_decimals = read_below(cursor, DECIMALS_MAX);
}

uint8_t *dictionary_write_revision(uint8_t *at, const struct instrument_revision *revision)
{
	const struct order_rules *rules = &revision->rules;
	at = write_zigzag(at, revision->effective_from_ns);
	at = write_varint(at, rules->status);
	at = write_zigzag(at, rules->tick.units);
	at = write_varint(at, rules->significant_figures);
	at = write_varint(at, rules->integer_prices_always);
	at = write_zigzag(at, rules->lot.units);
	at = write_zigzag(at, rules->minimum_quantity.units);
	at = write_zigzag(at, rules->maximum_quantity.units);
	at = write_i128(at, rules->minimum_notional.e18);
	at = write_zigzag(at, rules->price_band.e18);
	at = write_zigzag(at, rules->maintenance_margin.e18);
	at = write_zigzag(at, rules->maximum_leverage);
	at = write_zigzag(at, revision->fees.maker.e18);
	at = write_zigzag(at, revision->fees.taker.e18);
	at = write_varint(at, revision->fees.buy_fee_in_base);
	at = write_varint(at, revision->funding.pays);
	at = write_zigzag(at, revision->funding.interval_ns);
	at = write_zigzag(at, revision->funding.phase_ns);
	at = write_varint(at, revision->funding.settle_mode);
	at = write_varint(at, revision->funding.paid_on);
	return write_zigzag(at, revision->funding.cap.e18);
}

void dictionary_read_revision(struct cursor *cursor, struct instrument_revision *revision)
{
	struct order_rules *rules = &revision->rules;
	memset(revision, 0, sizeof *revision);
	revision->effective_from_ns = read_zigzag(cursor);
	rules->status = (enum market_status)read_below(cursor, MARKET_DELISTED + 1);
	rules->tick.units = read_zigzag(cursor);
	rules->significant_figures = read_below(cursor, UINT32_MAX);
	rules->integer_prices_always = read_below(cursor, 2) != 0;
	rules->lot.units = read_zigzag(cursor);
	rules->minimum_quantity.units = read_zigzag(cursor);
	rules->maximum_quantity.units = read_zigzag(cursor);
	rules->minimum_notional.e18 = read_i128(cursor);
	rules->price_band.e18 = read_zigzag(cursor);
	rules->maintenance_margin.e18 = read_zigzag(cursor);
	int64_t leverage = read_zigzag(cursor);
	if (leverage < INT32_MIN || leverage > INT32_MAX)
		cursor->bad = true;
	else
		rules->maximum_leverage = (int32_t)leverage;
	revision->fees.maker.e18 = read_zigzag(cursor);
	revision->fees.taker.e18 = read_zigzag(cursor);
	revision->fees.buy_fee_in_base = read_below(cursor, 2) != 0;
	revision->funding.pays = read_below(cursor, 2) != 0;
	revision->funding.interval_ns = read_zigzag(cursor);
	revision->funding.phase_ns = read_zigzag(cursor);
	revision->funding.settle_mode =
		(enum settle_mode)read_below(cursor, SETTLE_FIXED_ONE_PERIOD_AHEAD + 1);
	revision->funding.paid_on =
		(enum funding_price)read_below(cursor, FUNDING_PAID_ON_INDEX + 1);
	revision->funding.cap.e18 = read_zigzag(cursor);
}

bool instrument_same_identity(const struct instrument *a, const struct instrument *b)
{
	return a->venue == b->venue && strcmp(a->symbol, b->symbol) == 0 && a->kind == b->kind &&
	       a->base == b->base && a->canonical == b->canonical && a->quote == b->quote &&
	       a->settle == b->settle && a->multiplier == b->multiplier &&
	       a->contract_size.e18 == b->contract_size.e18 &&
	       a->price_decimals == b->price_decimals &&
	       a->quantity_decimals == b->quantity_decimals;
}

bool instrument_same_terms(const struct instrument_revision *a, const struct instrument_revision *b)
{
	const struct order_rules *p = &a->rules;
	const struct order_rules *q = &b->rules;
	return p->status == q->status && p->tick.units == q->tick.units &&
	       p->significant_figures == q->significant_figures &&
	       p->integer_prices_always == q->integer_prices_always &&
	       p->lot.units == q->lot.units &&
	       p->minimum_quantity.units == q->minimum_quantity.units &&
	       p->maximum_quantity.units == q->maximum_quantity.units &&
	       p->minimum_notional.e18 == q->minimum_notional.e18 &&
	       p->price_band.e18 == q->price_band.e18 &&
	       p->maintenance_margin.e18 == q->maintenance_margin.e18 &&
	       p->maximum_leverage == q->maximum_leverage &&
	       a->fees.maker.e18 == b->fees.maker.e18 && a->fees.taker.e18 == b->fees.taker.e18 &&
	       a->fees.buy_fee_in_base == b->fees.buy_fee_in_base &&
	       a->funding.pays == b->funding.pays &&
	       a->funding.interval_ns == b->funding.interval_ns &&
	       a->funding.phase_ns == b->funding.phase_ns &&
	       a->funding.settle_mode == b->funding.settle_mode &&
	       a->funding.paid_on == b->funding.paid_on && a->funding.cap.e18 == b->funding.cap.e18;
}
