/* Transactions of Lighter that are valid, for tests to break. */
#ifndef FUNDARB_TESTS_SUPPORT_LIGHTER_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_LIGHTER_FIXTURE_H

#include "exchanges/lighter/lighter_sign.h"

/* A key of the official vectors. */
#define LIGHTER_FIXTURE_SECRET                                                                     \
	"4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62f"
#define LIGHTER_FIXTURE_PUBLIC                                                                     \
	"0de689375d918babd5d9b4c126b3854099008fdadd28548b0db70ba87a2c2180c686c2158f0f7eaa"

/* The common fields; the body is zeros. */
struct lighter_transaction lighter_fixture_new(enum lighter_transaction_type type);
/* A limit order that rests. */
struct lighter_transaction lighter_fixture_limit(void);
/* An entry by limit, a stop-loss and a take-profit. */
struct lighter_transaction lighter_fixture_bracket(void);

#endif
