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

/* ---- transactions ---------------------------------------------------------------------------- */

/* As inside a JSON text. What is sent is compact JSON and base64: nothing else needs an escape. */
static size_t escape(char *to, size_t size, const char *text)
{
	size_t length = 0;
	for (; *text != '\0'; text++) {
		assert(length + 2 < size);
		if (*text == '"' || *text == '\\')
			to[length++] = '\\';
		to[length++] = *text;
	}
	to[length] = '\0';
	return length;
}

/* A batch's two values (§1.10): a JSON array of types, and one of texts. */
struct batch_texts {
	char types[BATCH_ORDERS_MAX * 4 + 2];
	char infos[LIGHTER_SEND_MAX];
};

static void write_batch(struct batch_texts *texts, const struct lighter_signed *const *transactions,
			size_t count)
{
	size_t types = 0, infos = 0;
	assert(count <= BATCH_ORDERS_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *before = i == 0 ? "[" : ",";
		size_t left = sizeof(texts->types) - types;
		types += whole(snprintf(texts->types + types, left, "%s%d", before,
					(int)transactions[i]->type),
			       left);
		left = sizeof(texts->infos) - infos;
		infos += whole(snprintf(texts->infos + infos, left, "%s\"", before), left);
		infos += escape(texts->infos + infos, sizeof(texts->infos) - infos - 2,
				transactions[i]->tx_info);
		texts->infos[infos++] = '"';
	}
	memcpy(texts->types + types, "]", 2);
	memcpy(texts->infos + infos, "]", 2);
}

size_t lighter_write_send_frame(char buffer[LIGHTER_SEND_MAX], uint64_t id,
				const struct lighter_signed *const *transactions, size_t count)
{
	struct batch_texts batch;
	char infos[LIGHTER_SEND_MAX];
	if (count == 1)
		return whole(snprintf(buffer, LIGHTER_SEND_MAX,
				      "{\"type\":\"jsonapi/sendtx\",\"data\":{\"id\":\"%" PRIu64
				      "\",\"tx_type\":%d,\"tx_info\":%s}}",
				      id, (int)transactions[0]->type, transactions[0]->tx_info),
			     LIGHTER_SEND_MAX);
	write_batch(&batch, transactions, count);
	escape(infos, sizeof(infos), batch.infos);
	return whole(snprintf(buffer, LIGHTER_SEND_MAX,
			      "{\"type\":\"jsonapi/sendtxbatch\",\"data\":{\"id\":\"%" PRIu64
			      "\",\"tx_types\":\"%s\",\"tx_infos\":\"%s\"}}",
			      id, batch.types, infos),
		     LIGHTER_SEND_MAX);
}

#define DELIMITER   "------------------------fundarb-transaction"
#define PART(field) DELIMITER "\r\nContent-Disposition: form-data; name=\"" field "\"\r\n\r\n"

size_t lighter_write_send_form(char buffer[LIGHTER_SEND_MAX],
			       const struct lighter_signed *const *transactions, size_t count)
{
	struct batch_texts batch;
	/* The delimiter cannot occur in what is sent. */
	if (count == 1)
		return whole(snprintf(buffer, LIGHTER_SEND_MAX,
				      PART("tx_type") "%d\r\n" PART("tx_info") "%s\r\n" DELIMITER
									       "--\r\n",
				      (int)transactions[0]->type, transactions[0]->tx_info),
			     LIGHTER_SEND_MAX);
	write_batch(&batch, transactions, count);
	return whole(snprintf(buffer, LIGHTER_SEND_MAX,
			      PART("tx_types") "%s\r\n" PART("tx_infos") "%s\r\n" DELIMITER
									 "--\r\n",
			      batch.types, batch.infos),
		     LIGHTER_SEND_MAX);
}
