/*
 * Nonces of one signing key (venues/hyperliquid.md §4.6): milliseconds of venue time, each larger
 * than all before it, however many fall into one millisecond. One counter per key: the venue keeps
 * its memory of nonces per signer, whatever account is traded for.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_NONCE_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_NONCE_H

#include <assert.h>
#include <stdint.h>

struct hyperliquid_nonce {
	int64_t last; /* 0: none was given out */
};

/* max(last + 1, now_ms); a clock that steps back cannot repeat one. */
static inline int64_t hyperliquid_nonce_next(struct hyperliquid_nonce *nonce, int64_t now_ms)
{
	assert(nonce->last < INT64_MAX);
	nonce->last = now_ms > nonce->last ? now_ms : nonce->last + 1;
	return nonce->last;
}

#endif
