/*
 * Lighter's side of the wire, written from venues/lighter.md alone: REST and WebSocket over a
 * trading floor, strict. A wrong signature, nonce, tick, lot, minimum, margin, field type or order
 * of keys gets the venue's own error body. Pure: bytes in, bytes out, time from the scheduler.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_H
#define FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_H

#include "core/net/service.h"
#include "exchanges/testnet/trading_floor.h"

struct lighter_service_account {
	int64_t account_index;
	char l1_address[43]; /* "0x..." lower case */
	struct {
		int32_t api_key_index;
		uint8_t public_key[40];
	} keys[4];
	unsigned key_count;
	bool premium;
};
struct lighter_service_options {
	uint32_t chain_id;				/* 300 */
	const struct lighter_service_account *accounts; /* by floor_account; copied */
	size_t account_count;
	int64_t book_interval_ns; /* 50 ms between book frames */
	bool rate_limits;	  /* off: for load tests */
};
struct lighter_service;
struct lighter_service *lighter_service_create(const struct lighter_service_options *options,
					       struct scheduler *scheduler,
					       struct trading_floor *floor,
					       struct fault_plan *faults);
void lighter_service_free(struct lighter_service *service);
const struct service *lighter_service_face(struct lighter_service *service);

#endif
