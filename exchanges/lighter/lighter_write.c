#include "exchanges/lighter/lighter_write.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* After what snprintf says it needed; a cut text would be a bug of the sizes above. */
static size_t whole(int length, size_t size)
{
	assert(length > 0 && (size_t)length < size);
	return (size_t)length;
}

static void name_channel(char name[64], enum lighter_channel channel, int64_t number)
{
	if (channel == LIGHTER_STATS)
		snprintf(name, 64, "%s/all", lighter_channel_name(channel));
	else
		snprintf(name, 64, "%s/%" PRId64, lighter_channel_name(channel), number);
}

size_t lighter_write_subscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
			       int64_t number, const char *auth)
{
	char name[64];
	name_channel(name, channel, number);
	if (auth)
		return whole(snprintf(buffer, LIGHTER_SUBSCRIBE_MAX,
				      "{\"type\":\"subscribe\",\"channel\":\"%s\",\"auth\":\"%s\"}",
				      name, auth),
			     LIGHTER_SUBSCRIBE_MAX);
	return whole(snprintf(buffer, LIGHTER_SUBSCRIBE_MAX,
			      "{\"type\":\"subscribe\",\"channel\":\"%s\"}", name),
		     LIGHTER_SUBSCRIBE_MAX);
}

size_t lighter_write_unsubscribe(char buffer[LIGHTER_SUBSCRIBE_MAX], enum lighter_channel channel,
				 int64_t number)
{
	char name[64];
	name_channel(name, channel, number);
	return whole(snprintf(buffer, LIGHTER_SUBSCRIBE_MAX,
			      "{\"type\":\"unsubscribe\",\"channel\":\"%s\"}", name),
		     LIGHTER_SUBSCRIBE_MAX);
}

size_t lighter_write_send_frame(char buffer[LIGHTER_SEND_MAX], uint64_t id,
				const struct lighter_signed *transaction)
{
	return whole(snprintf(buffer, LIGHTER_SEND_MAX,
			      "{\"type\":\"jsonapi/sendtx\",\"data\":{\"id\":\"%" PRIu64
			      "\",\"tx_type\":%d,\"tx_info\":%s}}",
			      id, (int)transaction->type, transaction->tx_info),
		     LIGHTER_SEND_MAX);
}

#define DELIMITER "------------------------fundarb-transaction"

size_t lighter_write_send_form(char buffer[LIGHTER_SEND_MAX],
			       const struct lighter_signed *transaction)
{
	/* tx_info is compact JSON and base64: the delimiter cannot occur in it. */
	return whole(snprintf(buffer, LIGHTER_SEND_MAX,
			      DELIMITER "\r\nContent-Disposition: form-data; name=\"tx_type\"\r\n"
					"\r\n%d\r\n" DELIMITER
					"\r\nContent-Disposition: form-data; name=\"tx_info\"\r\n"
					"\r\n%s\r\n" DELIMITER "--\r\n",
			      (int)transaction->type, transaction->tx_info),
		     LIGHTER_SEND_MAX);
}
