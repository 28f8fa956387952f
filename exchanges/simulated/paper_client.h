/*
 * Paper trading: a real venue's client for everything that is public, a simulated venue for
 * everything that is an account. Orders fill against the live books as they would in a backtest;
 * nothing that could change the real venue is ever sent to it.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_PAPER_CLIENT_H
#define FUNDARB_EXCHANGES_SIMULATED_PAPER_CLIENT_H

#include "exchanges/exchange_client.h"

/* Owns both from then on. Both are of the same venue. NULL: out of memory (both are freed). */
struct exchange_client *paper_client_create(struct exchange_client *market,
					    struct exchange_client *account);
/* Which of the two answers: the simulated account, or the venue's public side. */
bool paper_reads_account(enum read_kind kind);

#endif
