/* What is sent to Lighter: subscriptions and transactions as text. Pure. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_WRITE_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_WRITE_H

#include "exchanges/lighter/lighter_frame.h"
#include "exchanges/lighter/lighter_sign.h"

#define LIGHTER_SUBSCRIBE_MAX 512
/* number: market or account; ignored for STATS, which is of all markets. auth NULL: none. Returns
 * the length. */
size_t lighter_write_subscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
			       int64_t number, const char *auth);
size_t lighter_write_unsubscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
				 int64_t number);

#define LIGHTER_SEND_MAX (LIGHTER_TX_INFO_MAX + 512)
/* {"type":"jsonapi/sendtx","data":{"id":"..","tx_type":..,"tx_info":{..}}} (§2.6) */
size_t lighter_write_send_frame(char buffer[LIGHTER_SEND_MAX], uint64_t id,
				const struct lighter_signed *transaction);
/* Body of POST sendTx as multipart/form-data (§1.10), and its content type. */
#define LIGHTER_FORM_TYPE "multipart/form-data; boundary=----------------------fundarb-transaction"
size_t lighter_write_send_form(char buffer[LIGHTER_SEND_MAX],
			       const struct lighter_signed *transaction);

#endif
