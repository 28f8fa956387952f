#include "execution/price_stream.h"

#include "execution/price_entry.h"

#include <string.h>

static bool bbo_is_newer(const struct bbo_state *bbo, const struct book_state *book)
{
	if (bbo->id != 0 && book->last_id != 0)
		return bbo->id > book->last_id;
	if (bbo->exch_ns != 0 && book->exch_ns != 0)
		return bbo->exch_ns > book->exch_ns;
	return bbo->changed_ns > book->changed_ns;
}

enum price_stream_state price_stream_read(const struct market_state *market,
					  const struct instrument_table *instruments,
					  instrument_id instrument, struct price_quote *quote)
{
	int64_t confirmed_ns = market_state_confirmed_ns(market, instrument);
	if (confirmed_ns == 0)
		return PRICE_STREAM_NOT_READY;
	const struct book_state *book = market_state_book(market, instrument);
	const struct bbo_state *bbo = market_state_bbo(market, instrument);
	bool has_book = book->synced && book->book != NULL;
	if (!has_book && !bbo->known)
		return PRICE_STREAM_NOT_READY;

	memset(quote, 0, sizeof *quote);
	quote->instrument = instrument;
	quote->source = PRICE_SOURCE_WEBSOCKET;
	quote->confirmed_ns = confirmed_ns;
	if (bbo->known && (!has_book || bbo_is_newer(bbo, book))) {
		quote->bid = bbo->bid;
		quote->ask = bbo->ask;
		quote->exch_ns = bbo->exch_ns;
		quote->changed_ns = bbo->changed_ns;
		quote->sequence = bbo->id;
	} else {
		/* A side that is empty leaves its level at zero: unsound below. */
		order_book_best(book->book, SIDE_BUY, &quote->bid);
		order_book_best(book->book, SIDE_SELL, &quote->ask);
		quote->exch_ns = book->exch_ns;
		quote->changed_ns = book->changed_ns;
		quote->sequence = book->last_id;
	}
	if (price_touch_fault(quote->bid, quote->ask) != NULL)
		return PRICE_STREAM_UNSOUND;
	quote->mid = mid_e18(instrument_get(instruments, instrument), quote->bid.price,
			     quote->ask.price);
	return PRICE_STREAM_READY;
}
