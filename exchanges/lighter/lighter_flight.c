/*
 * Signed transactions between their sending and the moment they can no longer land. An answer
 * belongs to the transaction whose id and hash it names; anything else is unknown. Bytes whose
 * answer was lost with the connection are sent once more, unchanged: the nonce lets at most one
 * copy act (§3.8). A batch is never sent again: a part of the first copy may have acted. Its answer
 * names a hash for each transaction, its refusal none: unless it is about the message itself, the
 * outcome of all is unknown.
 */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A copy must have time to arrive. */
#define RESEND_MARGIN_NS (100 * NS_PER_MS)

static void on_end(void *user);
static void on_posted(void *user, const struct lighter_answer *answer);

static struct lighter_flight *free_flight(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++)
		if (!client->flights[i].used)
			return &client->flights[i];
	return NULL;
}

size_t lighter_launch_room(const struct lighter_client *client, size_t most)
{
	size_t places = 0;
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX && places < most; i++)
		places += !client->flights[i].used;
	return lighter_nonces_run(&client->nonces, places);
}

static void release(struct lighter_flight *first)
{
	scheduler_cancel(first->client->scheduler, first->end);
	for (struct lighter_flight *flight = first; flight; flight = flight->next) {
		if (flight->command)
			flight->command->flight = NULL;
		flight->command = NULL;
		flight->used = false;
	}
	first->next = NULL;
	first->end = 0;
	/* A REST call still holds the pointer until it ends: only then is the place free. */
	first->used = first->awaiting && !first->by_socket;
	if (!first->used)
		first->awaiting = false;
}

static void decide(struct lighter_flight *flight, enum command_outcome outcome,
		   enum reject_reason reason, int64_t code, const char *text)
{
	if (flight->command)
		lighter_decide(flight->command, outcome, reason, code, text);
}

/* Nothing certain came and nothing more will. */
static void give_up(struct lighter_flight *first, int64_t code, const char *text)
{
	struct lighter_client *client = first->client;
	for (struct lighter_flight *flight = first; flight; flight = flight->next) {
		decide(flight, COMMAND_UNKNOWN, REJECT_NONE, code, text);
		lighter_nonces_unknown(&client->nonces, flight->nonce);
	}
	release(first);
	lighter_resync_when_due(client);
}

/* None of them acted: their nonces are free again. */
static void reject(struct lighter_flight *first, enum reject_reason reason, int64_t code,
		   const char *text)
{
	for (struct lighter_flight *flight = first; flight; flight = flight->next) {
		decide(flight, COMMAND_REJECTED, reason, code, text);
		lighter_nonces_refused(&first->client->nonces, flight->nonce);
	}
	release(first);
}

static void never_sent(struct lighter_flight *first, const char *why)
{
	reject(first, REJECT_NEVER_SENT, 0, why);
}

/* ---- sending --------------------------------------------------------------------------------- */

static size_t bytes_of(const struct lighter_flight *first,
		       const struct lighter_signed *bytes[BATCH_ORDERS_MAX])
{
	size_t count = 0;
	for (const struct lighter_flight *flight = first; flight; flight = flight->next)
		bytes[count++] = &flight->bytes;
	return count;
}

static bool send_by_socket(struct lighter_flight *flight)
{
	struct lighter_client *client = flight->client;
	const struct lighter_signed *bytes[BATCH_ORDERS_MAX];
	char frame[LIGHTER_SEND_MAX];
	if (client->link == NULL || !stream_link_is_up(client->link))
		return false;
	flight->id = ++client->flight_id;
	size_t count = bytes_of(flight, bytes);
	size_t length = lighter_write_send_frame(frame, flight->id, bytes, count);
	return stream_link_send(client->link, frame, length);
}

/* False: proven that nothing left. */
static bool send(struct lighter_flight *flight)
{
	struct lighter_client *client = flight->client;
	const struct lighter_signed *bytes[BATCH_ORDERS_MAX];
	flight->by_socket = send_by_socket(flight);
	flight->awaiting = true;
	if (flight->by_socket)
		return true;
	int64_t give_up_ns =
		flight->give_up_ns < flight->dead_ns ? flight->give_up_ns : flight->dead_ns;
	if (give_up_ns <= lighter_now(client))
		give_up_ns = lighter_now(client) + NS_PER_SECOND;
	size_t count = bytes_of(flight, bytes);
	if (lighter_post(client, bytes, count, give_up_ns, on_posted, flight))
		return true;
	flight->awaiting = false;
	return false;
}

/* Numbers and signs; NULL: it was decided. */
static struct lighter_flight *prepare(struct lighter_command *command,
				      struct lighter_transaction *transaction)
{
	struct lighter_client *client = command->client;
	struct lighter_flight *flight = free_flight(client);
	struct error err = {0};
	uint8_t extra[32];
	int64_t error_ns = lighter_clock_error(client);
	int64_t expired_ns = lighter_local_of(client, transaction->expired_at_ms * NS_PER_MS);
	int64_t dead_ns = expired_ns + error_ns + LIGHTER_LANDING_NS;
	if (flight == NULL || !lighter_nonces_take(&client->nonces, dead_ns, &transaction->nonce)) {
		/* lighter_launch_room said otherwise */
		lighter_decide(command, COMMAND_REJECTED, REJECT_NEVER_SENT, 0, "no nonce is free");
		return NULL;
	}
	memset(flight, 0, offsetof(struct lighter_flight, bytes));
	flight->used = true;
	flight->client = client;
	flight->nonce = transaction->nonce;
	flight->expired_ns = expired_ns - error_ns;
	flight->dead_ns = dead_ns;
	flight->give_up_ns = command->give_up_ns;
	flight->priority = command->priority;
	flight->leverage = transaction->type == LIGHTER_UPDATE_LEVERAGE;
	flight->command = command;
	command->flight = flight;
	for (size_t i = 0; i < sizeof(extra); i += 8) {
		uint64_t word = random_u64(&client->random);
		memcpy(extra + i, &word, 8);
	}
	transaction->account_index = client->options.account_index;
	transaction->api_key_index = client->options.api_key_index;
	if (!lighter_sign(&client->options.key, client->options.chain_id, transaction, extra,
			  &flight->bytes, &err)) {
		/* Its nonce is the next one's, also in its batch. */
		reject(flight, REJECT_OTHER, 0, err.text);
		return NULL;
	}
	return flight;
}

static void note_sent(const struct lighter_flight *flight)
{
	struct lighter_client *client = flight->client;
	client->statistics.transactions++;
	if (flight->bytes.type != LIGHTER_CREATE_ORDER)
		return;
	size_t place = flight->command->client_id % LIGHTER_SENT_MAX;
	client->sent[place].client_id = flight->command->client_id;
	memcpy(client->sent[place].hash, flight->bytes.hash_hex, LIGHTER_HASH_TEXT);
	client->sent[place].dead_ns = flight->dead_ns;
}

void lighter_flight_launch(struct lighter_command *const *commands,
			   struct lighter_transaction *transactions, size_t count)
{
	struct lighter_flight *first = NULL, **end = &first;
	for (size_t i = 0; i < count; i++) {
		*end = prepare(commands[i], &transactions[i]);
		if (*end == NULL)
			continue;
		if ((*end)->dead_ns > first->dead_ns)
			first->dead_ns = (*end)->dead_ns;
		end = &(*end)->next;
	}
	if (first == NULL)
		return;
	if (!send(first)) {
		never_sent(first, "too many requests are in flight");
		return;
	}
	for (const struct lighter_flight *flight = first; flight; flight = flight->next)
		note_sent(flight);
	struct lighter_client *client = first->client;
	if (!first->leverage)
		client->account.ordered_ns = lighter_now(client);
	first->end = scheduler_at(client->scheduler, first->dead_ns, SCHEDULE_TIMER, on_end, first);
}

const char *lighter_sent_hash(const struct lighter_client *client, uint32_t client_id)
{
	size_t place = client_id % LIGHTER_SENT_MAX;
	return client->sent[place].client_id == client_id ? client->sent[place].hash : "";
}

bool lighter_sent_is_dead(const struct lighter_client *client, uint32_t client_id)
{
	size_t place = client_id % LIGHTER_SENT_MAX;
	return client->sent[place].client_id == client_id &&
	       lighter_now(client) > client->sent[place].dead_ns;
}

/* The same bytes once more. False: they must not or cannot go out again. */
static bool resend(struct lighter_flight *flight)
{
	struct lighter_client *client = flight->client;
	if (flight->resent || flight->next || flight->command == NULL || !client->started ||
	    lighter_now(client) + RESEND_MARGIN_NS >= flight->expired_ns ||
	    lighter_take_transaction(client, flight->priority, flight->leverage) != 0)
		return false;
	flight->resent = true;
	if (!send(flight))
		return false;
	client->statistics.resends++;
	log_write(LOG_INFO, LIGHTER_AREA,
		  "transaction %" PRId64 " is sent again: its answer was lost", flight->nonce);
	return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void taken(struct lighter_flight *first, const struct lighter_slot *hash)
{
	struct lighter_client *client = first->client;
	const struct lighter_signed *bytes[BATCH_ORDERS_MAX];
	char hashes[BATCH_ORDERS_MAX][LIGHTER_HASH_TEXT] = {""};
	/* Too few or too many: which ones is not known. */
	bool each = lighter_hashes_read(hash, hashes, BATCH_ORDERS_MAX) == bytes_of(first, bytes);
	size_t i = 0;
	for (struct lighter_flight *flight = first; flight; flight = flight->next, i++) {
		lighter_nonces_accepted(&client->nonces, flight->nonce);
		if (each && strcmp(hashes[i], flight->bytes.hash_hex) == 0) {
			decide(flight, COMMAND_ACKNOWLEDGED, REJECT_NONE, 0, "");
			continue;
		}
		client->statistics.mismatches++;
		client->nonces.doubtful = true;
		log_write(LOG_ALARM, LIGHTER_AREA,
			  "transaction %" PRId64 " was answered with the hash \"%s\", not ours",
			  flight->nonce, hashes[i]);
		decide(flight, COMMAND_UNKNOWN, REJECT_NONE, 0,
		       "the answer does not name the hash of the transaction");
	}
	release(first);
	lighter_resync_when_due(client);
}

/* True: it is explained, as lighter_nonces_invalid says; for one of a message as for all. */
static bool nonces_invalid(struct lighter_flight *first)
{
	bool explained = true;
	for (struct lighter_flight *flight = first; flight; flight = flight->next)
		explained =
			lighter_nonces_invalid(&flight->client->nonces, flight->nonce) && explained;
	return explained;
}

/* Back among those that wait, in their order. */
static void again(struct lighter_flight *first)
{
	struct lighter_command *commands[BATCH_ORDERS_MAX];
	size_t count = 0;
	for (struct lighter_flight *flight = first; flight; flight = flight->next)
		if (flight->command)
			commands[count++] = flight->command;
	while (count-- > 0)
		lighter_command_again(commands[count]);
}

static void refused(struct lighter_flight *flight, int64_t code, const char *message)
{
	struct lighter_client *client = flight->client;
	struct lighter_verdict verdict = lighter_verdict_of(code);
	const char *text = message[0] ? message : verdict.meaning;
	if (verdict.refresh_markets)
		lighter_markets_refresh_soon(client);
	bool invalid = code == LIGHTER_CODE_INVALID_NONCE && !flight->resent;
	bool behind_refused = invalid && nonces_invalid(flight);
	if (!verdict.definite || flight->resent ||
	    (flight->next && !behind_refused && !lighter_code_is_rate_limit(code))) {
		/*
		 * A refused second copy says nothing of the first; "invalid nonce" most likely that
		 * it was taken. A batch's refusal names neither the order that it is about nor what
		 * became of those before it.
		 */
		give_up(flight, code, text);
		return;
	}
	if (behind_refused) {
		/* Sent behind one that was refused: it never acted and is signed anew. */
		again(flight);
	} else if (invalid) {
		log_write(LOG_WARNING, LIGHTER_AREA,
			  "nonce %" PRId64 " is invalid; asking for the next one once nothing can "
			  "land any more",
			  flight->nonce);
	}
	reject(flight, verdict.reason, code, text);
	lighter_resync_when_due(client);
}

static void on_posted(void *user, const struct lighter_answer *answer)
{
	struct lighter_flight *flight = user;
	struct lighter_client *client = flight->client;
	bool waiting = flight->end != 0;
	flight->awaiting = false;
	if (!waiting) { /* it was given up long ago; only its place was held */
		flight->used = false;
		return;
	}
	switch (answer->kind) {
	case ANSWER_VALUE:
		taken(flight, &answer->reply.slots[REPLY_TX_HASH]);
		break;
	case ANSWER_ERROR:
		refused(flight, answer->code, answer->message);
		break;
	case ANSWER_NEVER_SENT:
		if (flight->resent)
			give_up(flight, 0, answer->message);
		else
			never_sent(flight, answer->message);
		break;
	case ANSWER_FAILED:
		if (answer->status != 0 || !resend(flight))
			give_up(flight, answer->status, answer->message);
		break;
	}
	lighter_pump(client);
}

static struct lighter_flight *flight_of_id(struct lighter_client *client, uint64_t id)
{
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++) {
		struct lighter_flight *flight = &client->flights[i];
		if (flight->used && flight->awaiting && flight->by_socket && flight->id == id)
			return flight;
	}
	return NULL;
}

static struct lighter_flight *flight_of_hash(struct lighter_client *client, const char *hash)
{
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++) {
		struct lighter_flight *flight = &client->flights[i];
		if (flight->used && flight->awaiting && flight->by_socket &&
		    strcmp(flight->bytes.hash_hex, hash) == 0)
			return flight;
	}
	return NULL;
}

/* The one that was sent first; *alone: there is no other. */
static struct lighter_flight *oldest_flight(struct lighter_client *client, bool *alone)
{
	struct lighter_flight *found = NULL;
	*alone = true;
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++) {
		struct lighter_flight *flight = &client->flights[i];
		if (!flight->used || !flight->awaiting || !flight->by_socket)
			continue;
		*alone = found == NULL;
		if (found == NULL || flight->id < found->id)
			found = flight;
	}
	return found;
}

static void mismatch(struct lighter_flight *flight, const char *what)
{
	flight->client->statistics.mismatches++;
	log_write(LOG_ALARM, LIGHTER_AREA, "transaction %" PRId64 ": %s", flight->nonce, what);
	give_up(flight, 0, what);
}

void lighter_flight_frame(struct lighter_client *client, const struct lighter_frame *frame)
{
	char hashes[1][LIGHTER_HASH_TEXT];
	bool has_hash = lighter_hashes_read(&frame->tx_hash, hashes, 1) > 0;
	struct lighter_flight *flight = NULL;
	if (frame->has_id)
		flight = flight_of_id(client, frame->id);
	else if (has_hash)
		flight = flight_of_hash(client, hashes[0]);
	if (frame->has_id && flight && has_hash && strcmp(flight->bytes.hash_hex, hashes[0]) != 0) {
		mismatch(flight, "the answer names another transaction");
	} else if (flight && frame->has_code && frame->code == LIGHTER_CODE_OK) {
		flight->awaiting = false;
		taken(flight, &frame->tx_hash);
	} else if (flight && frame->has_code) {
		if (lighter_code_is_rate_limit(frame->code))
			lighter_rate_limited(client, -1, 0);
		flight->awaiting = false;
		refused(flight, frame->code, frame->message);
	} else if (flight) {
		flight->awaiting = false;
		give_up(flight, 0, "an answer without a code");
	} else if (!frame->has_id && !has_hash) {
		bool alone;
		flight = oldest_flight(client, &alone);
		if (frame->has_code && lighter_code_is_rate_limit(frame->code))
			lighter_rate_limited(client, -1, 0);
		if (flight == NULL) {
			log_write(LOG_WARNING, LIGHTER_AREA,
				  "an error of no transaction: %" PRId64 " %s", frame->code,
				  frame->message);
		} else {
			flight->awaiting = false;
			/* By order of sending it is the oldest's; with others about it may be
			 * theirs. */
			if (alone && frame->has_code)
				refused(flight, frame->code, frame->message);
			else
				mismatch(flight, "an error that names no transaction");
		}
	}
	lighter_pump(client);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void on_end(void *user)
{
	struct lighter_flight *flight = user;
	struct lighter_client *client = flight->client;
	flight->end = 0;
	if (!lighter_enter(client))
		return;
	give_up(flight, 0, "no answer before its end");
	lighter_pump(client);
	lighter_leave(client);
}

void lighter_flights_disconnected(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++) {
		struct lighter_flight *flight = &client->flights[i];
		if (!flight->used || !flight->awaiting || !flight->by_socket)
			continue;
		flight->awaiting = false;
		if (!resend(flight))
			give_up(flight, 0, "the connection was lost before the answer");
	}
	lighter_pump(client);
}

void lighter_flights_end(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_FLIGHTS_MAX; i++)
		scheduler_cancel(client->scheduler, client->flights[i].end);
}

/* ---- nonces ---------------------------------------------------------------------------------- */

static void on_resync_due(void *user)
{
	struct lighter_client *client = user;
	client->resync.entry = 0;
	if (!lighter_enter(client))
		return;
	lighter_resync_when_due(client);
	lighter_leave(client);
}

static void on_nonce(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	int64_t nonce;
	client->resyncing = false;
	if (answer->kind == ANSWER_VALUE &&
	    lighter_i64(&answer->reply.slots[REPLY_NONCE], &nonce) && nonce >= 0) {
		client->statistics.nonce_resyncs++;
		lighter_nonces_resync(&client->nonces, answer->sent_ns, nonce);
		lighter_pump(client);
		lighter_resync_when_due(client);
		return;
	}
	log_write(LOG_WARNING, LIGHTER_AREA, "the next nonce cannot be read: %s", answer->message);
	lighter_arm(client, &client->resync, lighter_now(client) + NS_PER_SECOND, on_resync_due);
}

void lighter_resync_when_due(struct lighter_client *client)
{
	int64_t at_ns = lighter_nonces_resync_at(&client->nonces);
	int64_t now_ns = lighter_now(client);
	if (client->resyncing || !client->started || at_ns == INT64_MAX)
		return;
	if (at_ns > now_ns || client->nonces.waiting_count > 0) {
		/* What still waits for its answer ends by itself at its own end. */
		if (at_ns <= now_ns)
			at_ns = now_ns + NS_PER_SECOND;
		lighter_arm(client, &client->resync, at_ns, on_resync_due);
		return;
	}
	client->resyncing = lighter_get(
		client, PRIORITY_CANCEL, WEIGHT_NONCE, now_ns + 5 * NS_PER_SECOND, on_nonce, client,
		"/api/v1/nextNonce?account_index=%" PRId64 "&api_key_index=%" PRId32,
		client->options.account_index, client->options.api_key_index);
	if (!client->resyncing)
		lighter_arm(client, &client->resync, now_ns + NS_PER_SECOND, on_resync_due);
}
