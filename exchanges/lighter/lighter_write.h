/* What is sent to Lighter: subscriptions and transactions as text. Pure. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_WRITE_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_WRITE_H

#include "exchanges/exchange_client.h"
#include "exchanges/lighter/lighter_frame.h"
#include "exchanges/lighter/lighter_sign.h"

#define LIGHTER_SUBSCRIBE_MAX 512
/* number: market or account; ignored for STATS, which is of all markets. auth NULL: none. Returns
 * the length. */
size_t lighter_write_subscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
			       int64_t number, const char *auth);
size_t lighter_write_unsubscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
				 int64_t number);

_Static_assert(BATCH_ORDERS_MAX <= 15, "the venue takes no larger batch (§1.10)");
/* An order's tx_info is less than half of the longest, so that its escapes have room, too. */
#define LIGHTER_SEND_MAX (BATCH_ORDERS_MAX * LIGHTER_TX_INFO_MAX + 512)
/*
 * 1..BATCH_ORDERS_MAX transactions as one message (§2.6); one:
 *	{"type":"jsonapi/sendtx","data":{"id":"..","tx_type":..,"tx_info":{..}}}
 * several, which must be orders:
 *	{"type":"jsonapi/sendtxbatch","data":{"id":"..","tx_types":"[..]","tx_infos":"[\"{..}\",..]"}}
 */
size_t lighter_write_send_frame(char buffer[LIGHTER_SEND_MAX], uint64_t id,
				const struct lighter_signed *const *transactions, size_t count);
/* Body of POST sendTx, of several sendTxBatch, as multipart/form-data (§1.10), and its content
 * type. */
#define LIGHTER_FORM_TYPE "multipart/form-data; boundary=----------------------fundarb-transaction"
size_t lighter_write_send_form(char buffer[LIGHTER_SEND_MAX],
			       const struct lighter_signed *const *transactions, size_t count);

#endif
