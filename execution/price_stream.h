/*
 * What the live stream says about one instrument: the newer of the last BBO frame and the depth
 * book's touch. Internal to the PriceProvider.
 */
#ifndef FUNDARB_EXECUTION_PRICE_STREAM_H
#define FUNDARB_EXECUTION_PRICE_STREAM_H

#include "execution/price_provider.h"

enum price_stream_state {
	PRICE_STREAM_NOT_READY, /* never synced, in a gap, or the connection is down */
	PRICE_STREAM_UNSOUND,	/* crossed or one-sided: quote holds it, without a mid */
	PRICE_STREAM_READY,
};

/*
 * Newer is judged by update id when both have one, else by exchange time, else by arrival.
 * confirmed_ns is the last frame of the connection that carries the stream.
 */
enum price_stream_state price_stream_read(const struct market_state *market,
					  const struct instrument_table *instruments,
					  instrument_id instrument, struct price_quote *quote);

#endif
