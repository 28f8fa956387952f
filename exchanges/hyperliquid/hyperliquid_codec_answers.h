/*
 * What /exchange (or a WebSocket post) answers to an action, and what its error texts prove
 * (venues/hyperliquid.md §2.7, §2.8). Only a text of the table is definite; every other text, form
 * or absence proves nothing.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ANSWERS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ANSWERS_H

#include "core/market/account_event.h"
#include "exchanges/hyperliquid/hyperliquid_json.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"

enum hyperliquid_status_kind {
	HYPERLIQUID_STATUS_MISSING, /* the answer does not speak of this member */
	HYPERLIQUID_STATUS_RESTING,
	HYPERLIQUID_STATUS_FILLED,
	HYPERLIQUID_STATUS_WAITING, /* waitingForFill, waitingForTrigger */
	HYPERLIQUID_STATUS_SUCCESS, /* of a cancel */
	HYPERLIQUID_STATUS_ERROR,
	HYPERLIQUID_STATUS_STRANGE,
};

#define HYPERLIQUID_TEXT_MAX 191
struct hyperliquid_status {
	enum hyperliquid_status_kind kind;
	bool has_order_id;
	uint64_t order_id;
	struct hyperliquid_value cloid;	     /* absent where the venue leaves it out */
	struct money total;		     /* FILLED: totalSz */
	char text[HYPERLIQUID_TEXT_MAX + 1]; /* ERROR */
};

enum hyperliquid_answer_kind {
	HYPERLIQUID_ANSWER_OK,
	HYPERLIQUID_ANSWER_REFUSED, /* status "err": nothing of the action was done, says `text` */
	HYPERLIQUID_ANSWER_STRANGE, /* no such answer: proves nothing */
};
struct hyperliquid_answer {
	enum hyperliquid_answer_kind kind;
	char text[HYPERLIQUID_TEXT_MAX + 1];
	size_t count; /* of statuses, as sent; > HYPERLIQUID_BATCH_MAX is STRANGE */
	struct hyperliquid_status statuses[HYPERLIQUID_BATCH_MAX];
};
void hyperliquid_decode_answer(const struct hyperliquid_value *value,
			       struct hyperliquid_answer *answer);
/*
 * The status of member `index` of a batch of `size`: one error that stands for the batch is
 * everybody's who has no other (parser rule 2); more statuses than members fit nobody.
 */
struct hyperliquid_status hyperliquid_status_of(const struct hyperliquid_answer *answer,
						size_t index, size_t size);

enum hyperliquid_scope {
	HYPERLIQUID_SCOPE_ORDER = 1,  /* a status of an order */
	HYPERLIQUID_SCOPE_CANCEL = 2, /* a status of a cancel */
	HYPERLIQUID_SCOPE_ACTION = 4, /* status "err" of any action */
};
/* True: this text, found by substring in any case, proves that nothing was done. */
bool hyperliquid_refusal(const char *text, enum hyperliquid_scope scope,
			 enum reject_reason *reason);

/* The texts that the client reacts to beyond the outcome. */
enum hyperliquid_notice {
	HYPERLIQUID_NOTICE_NONE,
	HYPERLIQUID_NOTICE_DUPLICATE_NONCE, /* an action with this nonce was processed */
	HYPERLIQUID_NOTICE_NONCE_TOO_LOW,
	HYPERLIQUID_NOTICE_EXPIRED,
	HYPERLIQUID_NOTICE_BUDGET_USED_UP,
	HYPERLIQUID_NOTICE_NO_SCHEDULED_CANCEL,
	HYPERLIQUID_NOTICE_UNKNOWN_SIGNER,
	HYPERLIQUID_NOTICE_UPGRADE,	    /* only post-only orders for some minutes */
	HYPERLIQUID_NOTICE_NOTHING_MATCHED, /* an IOC found nothing within its limit */
};
enum hyperliquid_notice hyperliquid_notice_of(const char *text);
/* The number behind the last '<' of "nonce too low N < M"; 0 if there is none. */
int64_t hyperliquid_lowest_nonce(const char *text);

#endif
