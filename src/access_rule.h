/*
 * What a venue says of our key and account, judged: the one rule of `fundarb check` and of the
 * program's start. Where the venue does not tell, nothing is refused.
 */
#ifndef FUNDARB_SRC_ACCESS_RULE_H
#define FUNDARB_SRC_ACCESS_RULE_H

#include "exchanges/exchange_client.h"

/* True: with this key or account nothing is traded; `why` says so and what to do. */
bool access_refused(const struct access_value *access, char *why, size_t size);

#endif
