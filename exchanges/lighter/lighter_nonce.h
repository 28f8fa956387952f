/*
 * The nonces of one API key (venues/lighter.md §3.8, A15 of the fault catalogue). Counted forward:
 * the venue takes last + 1. A refusal does not consume a nonce: it is given out again, to exactly
 * one other transaction. While a transaction's outcome is unknown its nonce belongs to its bytes
 * alone. After "invalid nonce" nothing more is given out until every transaction that could still
 * land is past its end and the venue has named its next nonce. Pure: time is an argument.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_NONCE_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sequencer takes nonces so far ahead of the last executed one: never more unanswered. */
#define LIGHTER_NONCES_AHEAD 16

struct lighter_nonces {
	bool known;	     /* `next` is the venue's word, counted on from there */
	bool doubtful;	     /* a transaction may or may not have consumed its nonce */
	int64_t next;	     /* never given out yet */
	int64_t all_dead_ns; /* when the last transaction given out can no longer land */
	unsigned waiting_count;
	/* Given out, not answered; ascending. */
	struct {
		int64_t nonce;
		uint64_t turn; /* grows with every one given out */
	} waiting[LIGHTER_NONCES_AHEAD];
	uint64_t turn;
	unsigned free_count;
	int64_t free[LIGHTER_NONCES_AHEAD]; /* below next, refused: ascending */
};

void lighter_nonces_init(struct lighter_nonces *nonces);
/*
 * Gives out the nonce for a transaction that cannot land after dead_ns (our clock, its error
 * included). False: none now (not known, or LIGHTER_NONCES_AHEAD unanswered).
 */
bool lighter_nonces_take(struct lighter_nonces *nonces, int64_t dead_ns, int64_t *nonce);
/* How many it would give out now that follow each other without a gap; at most `most`. */
size_t lighter_nonces_run(const struct lighter_nonces *nonces, size_t most);
/* The venue took it (200). */
void lighter_nonces_accepted(struct lighter_nonces *nonces, int64_t nonce);
/* The venue refused it for another reason than its nonce, or it was never sent. */
void lighter_nonces_refused(struct lighter_nonces *nonces, int64_t nonce);
/*
 * The venue says "invalid nonce" to its first copy. True: no wonder, a lower one had been refused
 * when this one arrived, and is still to be used; then it is simply refused, too. False: we and the
 * venue count differently, and nothing is given out before a resync.
 */
bool lighter_nonces_invalid(struct lighter_nonces *nonces, int64_t nonce);
/* Nothing certain came, and nothing more is expected. */
void lighter_nonces_unknown(struct lighter_nonces *nonces, int64_t nonce);

/* When the venue may be asked for its next nonce; INT64_MAX: no need. */
int64_t lighter_nonces_resync_at(const struct lighter_nonces *nonces);
/* Its answer to a question asked at asked_ns; ignored if something was given out meanwhile that
 * could still land. */
void lighter_nonces_resync(struct lighter_nonces *nonces, int64_t asked_ns, int64_t next);

#endif
