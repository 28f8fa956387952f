/*
 * The testnet's own endpoint, for people and tests (docs/testnet.md): GET /state, GET /faults, POST
 * /fault, POST /faults/clear, POST /price, POST /premium. Bodies are plain text, answers JSON with
 * all figures as text.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_ADMIN_SERVICE_H
#define FUNDARB_EXCHANGES_TESTNET_ADMIN_SERVICE_H

#include "core/net/service.h"
#include "exchanges/testnet/market_feed.h"

struct admin_service;
/* floors in the order in which they were added to the feed; all borrowed. */
struct admin_service *admin_service_create(struct scheduler *scheduler, struct market_feed *feed,
					   struct fault_plan *faults,
					   struct trading_floor *const *floors, size_t floor_count);
void admin_service_free(struct admin_service *service);
const struct service *admin_service_face(struct admin_service *service);

#endif
