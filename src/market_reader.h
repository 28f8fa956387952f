/*
 * With `streams = off` the trading side learns funding and marks by reads alone: this asks every
 * venue in turn and hands the answers on as ordinary market events.
 */
#ifndef FUNDARB_SRC_MARKET_READER_H
#define FUNDARB_SRC_MARKET_READER_H

#include "core/base/scheduler.h"
#include "exchanges/exchange_client.h"

struct market_reader;
typedef void (*market_reader_deliver)(void *user, const struct market_event *event);

/* Reads every instrument that pays funding once per interval. */
struct market_reader *market_reader_create(struct scheduler *scheduler,
					   const struct instrument_table *instruments,
					   const struct exchange_clients *clients,
					   int64_t interval_ns, market_reader_deliver deliver,
					   void *user);
void market_reader_free(struct market_reader *reader);

#endif
