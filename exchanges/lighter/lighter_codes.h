/*
 * What Lighter's error codes mean for a transaction (venues/lighter.md §1.3). A code is a definite
 * refusal only where the transaction cannot have been taken: the matching engine's own checks
 * (216xx and 217xx, except the duplicate client index 21728, which says that another one exists),
 * the transaction's form, signature, owner, margin and nonce, and the request budget. Everything
 * else leaves the outcome unknown.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CODES_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CODES_H

#include "core/market/account_event.h"

#define LIGHTER_CODE_OK		   200
#define LIGHTER_CODE_INVALID_NONCE 21104
#define LIGHTER_CODE_NOT_FOUND_TX  21500
#define LIGHTER_CODE_DUPLICATE_ID  21728
#define LIGHTER_CODE_TOO_MANY	   23000
#define LIGHTER_CODE_NOT_FOUND	   29404

struct lighter_verdict {
	bool definite;		   /* the transaction was refused and will never act */
	enum reject_reason reason; /* when definite */
	const char *meaning;	   /* static; "" for a code that is not in the table */
	bool refresh_markets;	   /* our metadata is out of date */
};
struct lighter_verdict lighter_verdict_of(int64_t code);

/* What the venue does not document as an error of a transaction but as its own trouble. */
bool lighter_code_is_rate_limit(int64_t code);

#endif
