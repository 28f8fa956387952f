#include "execution/price_entry.h"

#include <string.h>

const char *price_touch_fault(struct book_level bid, struct book_level ask)
{
	if (bid.quantity.units <= 0)
		return "the order book has no bids";
	if (ask.quantity.units <= 0)
		return "the order book has no asks";
	if (bid.price.units <= 0 || ask.price.units <= 0)
		return "a price of the order book is not positive";
	if (bid.price.units >= ask.price.units)
		return "the order book is crossed";
	return NULL;
}

static i128 touch_sum(const struct price_quote *quote)
{
	return (i128)quote->bid.price.units + quote->ask.price.units;
}

/* Twice the mid in price units on both sides: one instrument, so the same decimals. */
static bool apart(i128 from, i128 to, int32_t limit_bp)
{
	i128 distance = to > from ? to - from : from - to;
	return distance * 10000 > from * limit_bp;
}

bool price_entry_jumps(const struct price_entry *entry,
		       const struct price_provider_options *options,
		       const struct price_quote *quote)
{
	return options->price_jump_limit_bp > 0 && entry->reference > 0 &&
	       apart(entry->reference, touch_sum(quote), options->price_jump_limit_bp);
}

static bool agree(const struct price_quote *first, const struct price_quote *second,
		  const struct price_provider_options *options)
{
	return !apart(touch_sum(first), touch_sum(second), options->price_jump_limit_bp);
}

/* The same frame or the same answer offered twice confirms nothing. */
static bool independent(const struct price_quote *first, const struct price_quote *second)
{
	if (first->source != second->source)
		return true;
	if (first->source == PRICE_SOURCE_WEBSOCKET)
		return first->changed_ns != second->changed_ns ||
		       first->sequence != second->sequence;
	return first->confirmed_ns != second->confirmed_ns;
}

static bool confirmed(const struct price_entry *entry, const struct price_provider_options *options,
		      const struct price_quote *quote, const struct price_quote *stream)
{
	if (entry->is_held && quote->confirmed_ns - entry->held_ns <= options->jump_confirm_ns &&
	    independent(&entry->held, quote) && agree(&entry->held, quote, options))
		return true;
	return stream != NULL && independent(stream, quote) && agree(stream, quote, options);
}

static void store(struct price_entry *entry, const struct price_quote *quote)
{
	entry->cached = *quote;
	entry->reference = touch_sum(quote);
	entry->traded.e18 = 0;
}

enum price_offer price_entry_offer(struct price_entry *entry,
				   const struct price_provider_options *options,
				   const struct price_quote *quote,
				   const struct price_quote *stream, int64_t now_ns,
				   struct price_counters *counters)
{
	assert(price_touch_fault(quote->bid, quote->ask) == NULL);
	if (quote->confirmed_ns < entry->not_before_ns)
		return PRICE_OFFER_OLDER;
	if (entry->cached.source != PRICE_SOURCE_NONE &&
	    quote->confirmed_ns < entry->cached.confirmed_ns)
		return PRICE_OFFER_OLDER;
	if (price_entry_jumps(entry, options, quote)) {
		if (!confirmed(entry, options, quote, stream)) {
			if (entry->is_held) {
				if (!independent(&entry->held, quote))
					return PRICE_OFFER_HELD;
				counters->jumps_dropped++;
			}
			entry->is_held = true;
			entry->held = *quote;
			entry->held_ns = now_ns;
			counters->jumps_held++;
			return PRICE_OFFER_HELD;
		}
		entry->is_held = false;
		entry->is_refused = false;
	} else if (entry->is_held) {
		price_entry_drop_held(entry, counters);
	}
	store(entry, quote);
	counters->stored[quote->source]++;
	return PRICE_OFFER_STORED;
}

void price_entry_drop_held(struct price_entry *entry, struct price_counters *counters)
{
	if (!entry->is_held)
		return;
	entry->is_held = false;
	counters->jumps_dropped++;
	if (entry->held.source == PRICE_SOURCE_WEBSOCKET)
		price_entry_refuse(entry, &entry->held);
}

void price_entry_invalidate(struct price_entry *entry, int64_t now_ns)
{
	entry->cached.source = PRICE_SOURCE_NONE;
	entry->not_before_ns = now_ns;
}

void price_entry_refuse(struct price_entry *entry, const struct price_quote *stream)
{
	entry->is_refused = true;
	entry->refused_changed_ns = stream->changed_ns;
	entry->refused_sequence = stream->sequence;
}

bool price_entry_refuses(const struct price_entry *entry, const struct price_quote *stream)
{
	return entry->is_refused && entry->refused_changed_ns == stream->changed_ns &&
	       entry->refused_sequence == stream->sequence;
}
