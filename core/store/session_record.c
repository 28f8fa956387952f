#include "core/store/session_record.h"

#include <assert.h>
#include <stdlib.h>

/*
 * record = type (1 byte) | length (varint) | local time (zigzag) | body. Market events inside are
 * whole records of their own (recording_record.h) over a coder that begins at zero with each.
 */
#define HEAD_BYTES	  (1 + VARINT_BYTES_MAX)
#define SMALL_BYTES_MAX	  128 /* fixed fields of any session record */
#define TEXT_BYTES_MAX	  (RECORDED_TEXT_MAX + 2)
#define ACCOUNT_BYTES_MAX 320
#define ROW_BYTES_MAX	  (NAME_MAX_LENGTH + 16 + RECORDED_VALUES_MAX * VARINT_I128_MAX)
#define ACCOUNT_KINDS	  (ACCOUNT_LIQUIDATION + 1)
#define REJECT_REASONS	  (REJECT_OTHER + 1)

static const char *const PRICE_LABELS[] = {"", "mark", "oracle", "index", "mark=mid"};
#define PRICE_LABELS_COUNT (sizeof PRICE_LABELS / sizeof PRICE_LABELS[0])

/* --- writing ------------------------------------------------------------------------------- */

int64_t session_entry_ns(const struct recording_entry *entry)
{
	switch (entry->kind) {
	case RECORDED_EVENT:
		return entry->u.event.local_ns;
	case RECORDED_ANSWER:
		return entry->u.answer.received_ns;
	case RECORDED_COMMAND:
		return entry->u.command.received_ns;
	case RECORDED_ACCOUNT:
		return entry->u.account.local_ns;
	case RECORDED_SESSION:
		return entry->u.session.local_ns;
	}
	abort();
}

static uint32_t stream_number(struct dictionary_writer *dictionary,
			      const struct instrument_table *instruments, venue_id venue,
			      instrument_id instrument, uint16_t connection)
{
	if (instrument != 0)
		venue = instrument_get(instruments, instrument)->venue;
	return dictionary_writer_stream(dictionary, venue, instrument, connection);
}

static bool enter_answer(struct dictionary_writer *dictionary,
			 const struct instrument_table *instruments,
			 const struct recorded_answer *answer)
{
	uint32_t last =
		stream_number(dictionary, instruments, answer->venue, answer->instrument, 0);
	for (uint32_t i = 0; i < answer->event_count && last != DICTIONARY_STREAMS_MAX; i++)
		last = stream_number(dictionary, instruments, answer->events[i].venue,
				     answer->events[i].instrument, answer->events[i].connection);
	for (uint32_t i = 0; i < answer->account_count && last != DICTIONARY_STREAMS_MAX; i++)
		last = stream_number(dictionary, instruments, answer->account[i].venue,
				     answer->account[i].instrument, 0);
	for (uint32_t i = 0; i < answer->row_count && last != DICTIONARY_STREAMS_MAX; i++)
		last = stream_number(dictionary, instruments, answer->venue,
				     answer->rows[i].instrument, 0);
	return last != DICTIONARY_STREAMS_MAX;
}

bool session_record_enter(struct dictionary_writer *dictionary,
			  const struct instrument_table *instruments,
			  const struct recording_entry *entry)
{
	switch (entry->kind) {
	case RECORDED_ANSWER:
		return enter_answer(dictionary, instruments, &entry->u.answer);
	case RECORDED_COMMAND:
		return stream_number(dictionary, instruments, entry->u.command.venue,
				     entry->u.command.instrument, 0) != DICTIONARY_STREAMS_MAX;
	case RECORDED_ACCOUNT:
		return stream_number(dictionary, instruments, entry->u.account.venue,
				     entry->u.account.instrument, 0) != DICTIONARY_STREAMS_MAX;
	case RECORDED_EVENT:
	case RECORDED_SESSION:
		return true;
	}
	return false;
}

size_t session_record_bound(const struct recording_entry *entry)
{
	size_t bound =
		HEAD_BYTES + SMALL_BYTES_MAX + RECORDED_TEXTS * TEXT_BYTES_MAX + ACCOUNT_BYTES_MAX;
	if (entry->kind != RECORDED_ANSWER)
		return bound;
	const struct recorded_answer *answer = &entry->u.answer;
	for (uint32_t i = 0; i < answer->event_count; i++)
		bound += VARINT_BYTES_MAX + record_bound(&answer->events[i]);
	return bound + (size_t)answer->account_count * ACCOUNT_BYTES_MAX +
	       (size_t)answer->row_count * ROW_BYTES_MAX;
}

static uint8_t *write_cut_text(uint8_t *at, const char *text)
{
	size_t length = text == NULL ? 0 : strnlen(text, RECORDED_TEXT_MAX);
	at = write_varint(at, length);
	if (length > 0)
		memcpy(at, text, length);
	return at + length;
}

static uint8_t *write_texts(uint8_t *at, const char *const *texts)
{
	for (size_t i = 0; i < RECORDED_TEXTS; i++)
		at = write_cut_text(at, texts[i]);
	return at;
}

static uint8_t *write_asset(uint8_t *at, const struct instrument_table *instruments, asset_id asset)
{
	return write_text(at, asset == 0 ? "" : asset_name(instruments, asset));
}

static uint8_t price_label_number(const char *label)
{
	for (uint8_t i = 1; label != NULL && i < PRICE_LABELS_COUNT; i++)
		if (strcmp(PRICE_LABELS[i], label) == 0)
			return i;
	return 0;
}

static uint8_t *write_account_payload(uint8_t *at, const struct instrument_table *instruments,
				      const struct account_event *event)
{
	switch (event->kind) {
	case ACCOUNT_ORDER:
		at = write_varint(at, event->u.order.client_id);
		at = write_text(at, event->u.order.venue_order_id);
		at = write_varint(at, event->u.order.state);
		at = write_varint(at, event->u.order.reason);
		return write_zigzag(at, event->u.order.executed.units);
	case ACCOUNT_FILL:
		at = write_varint(at, event->u.fill.client_id);
		at = write_text(at, event->u.fill.trade_id);
		at = write_varint(at, event->u.fill.side);
		at = write_zigzag(at, event->u.fill.price.units);
		at = write_zigzag(at, event->u.fill.quantity.units);
		at = write_varint(at, event->u.fill.maker);
		at = write_i128(at, event->u.fill.fee.e18);
		at = write_asset(at, instruments, event->u.fill.fee_asset);
		return write_varint(at, event->u.fill.fee_estimated);
	case ACCOUNT_POSITION:
		return write_zigzag(at, event->u.position.quantity.units);
	case ACCOUNT_BALANCE:
		at = write_asset(at, instruments, event->u.balance.asset);
		return write_i128(at, event->u.balance.total.e18);
	case ACCOUNT_FUNDING:
		at = write_zigzag(at, event->u.funding.boundary_ns);
		at = write_zigzag(at, event->u.funding.position.units);
		at = write_i128(at, event->u.funding.price.e18);
		at = write_varint(at, price_label_number(event->u.funding.price_label));
		at = write_zigzag(at, event->u.funding.rate.e18);
		at = write_i128(at, event->u.funding.amount.e18);
		return write_asset(at, instruments, event->u.funding.asset);
	case ACCOUNT_LIQUIDATION:
		at = write_zigzag(at, event->u.liquidation.quantity.units);
		return write_i128(at, event->u.liquidation.mark.e18);
	}
	abort(); /* an event of no kind is a bug of whoever made it */
}

static uint8_t *write_account(struct dictionary_writer *dictionary,
			      const struct instrument_table *instruments,
			      const struct account_event *event, uint8_t *at)
{
	at = write_varint(
		at, stream_number(dictionary, instruments, event->venue, event->instrument, 0));
	at = write_varint(at, event->kind);
	at = write_zigzag(at, event->exch_ns);
	return write_account_payload(at, instruments, event);
}

static uint8_t *write_row(struct dictionary_writer *dictionary,
			  const struct instrument_table *instruments, venue_id venue,
			  const struct recorded_row *row, uint8_t *at)
{
	size_t count = RECORDED_VALUES_MAX;
	at = write_varint(at, stream_number(dictionary, instruments, venue, row->instrument, 0));
	at = write_asset(at, instruments, row->asset);
	while (count > 0 && row->values[count - 1] == 0)
		count--;
	at = write_varint(at, count);
	for (size_t i = 0; i < count; i++)
		at = write_i128(at, row->values[i]);
	return at;
}

static uint8_t *write_answer(struct dictionary_writer *dictionary,
			     const struct instrument_table *instruments,
			     const struct recorded_answer *answer, uint8_t *at)
{
	at = write_varint(
		at, stream_number(dictionary, instruments, answer->venue, answer->instrument, 0));
	at = write_varint(at, answer->kind);
	at = write_varint(at, answer->outcome);
	at = write_zigzag(at, wrapping_sub(answer->requested_ns, answer->received_ns));
	at = write_varint(at, answer->event_count);
	for (uint32_t i = 0; i < answer->event_count; i++) {
		const struct market_event *event = &answer->events[i];
		struct record_stream stream = {.generation = 1};
		struct record_coder scratch = {
			.streams = &stream, .stream_count = 1, .generation = 1};
		assert(event->kind != EVENT_BOOK || answer->event_count == 1);
		at = write_varint(at, stream_number(dictionary, instruments, event->venue,
						    event->instrument, event->connection));
		at = record_encode(&scratch, 0, event, at);
	}
	at = write_varint(at, answer->account_count);
	for (uint32_t i = 0; i < answer->account_count; i++) {
		at = write_zigzag(at, answer->account[i].local_ns);
		at = write_account(dictionary, instruments, &answer->account[i], at);
	}
	at = write_varint(at, answer->row_count);
	for (uint32_t i = 0; i < answer->row_count; i++)
		at = write_row(dictionary, instruments, answer->venue, &answer->rows[i], at);
	return write_texts(at, answer->texts);
}

static uint8_t *write_command(struct dictionary_writer *dictionary,
			      const struct instrument_table *instruments,
			      const struct recorded_command *command, uint8_t *at)
{
	at = write_varint(
		at, stream_number(dictionary, instruments, command->venue, command->instrument, 0));
	at = write_varint(at, command->kind);
	at = write_varint(at, command->outcome);
	at = write_varint(at, command->reason);
	at = write_varint(at, command->client_id);
	at = write_zigzag(at, wrapping_sub(command->requested_ns, command->received_ns));
	return write_texts(at, command->texts);
}

static uint8_t *write_mark(const struct recorded_session *session, uint8_t *at)
{
	at = write_varint(at, session->phase);
	at = write_varint(at, session->seed);
	at = write_varint(at, session->next_client_id);
	at = write_cut_text(at, session->mode);
	return write_cut_text(at, session->program);
}

uint8_t *session_record_encode(struct dictionary_writer *dictionary,
			       const struct instrument_table *instruments,
			       const struct recording_entry *entry, uint8_t *out)
{
	uint8_t *start = out + HEAD_BYTES;
	uint8_t *at = write_zigzag(start, session_entry_ns(entry));
	uint8_t type = SESSION_RECORD_MARK;
	switch (entry->kind) {
	case RECORDED_EVENT:
		abort(); /* has a record of its own kind */
	case RECORDED_ANSWER:
		type = SESSION_RECORD_ANSWER;
		at = write_answer(dictionary, instruments, &entry->u.answer, at);
		break;
	case RECORDED_COMMAND:
		type = SESSION_RECORD_COMMAND;
		at = write_command(dictionary, instruments, &entry->u.command, at);
		break;
	case RECORDED_ACCOUNT:
		type = SESSION_RECORD_ACCOUNT;
		at = write_account(dictionary, instruments, &entry->u.account, at);
		break;
	case RECORDED_SESSION:
		at = write_mark(&entry->u.session, at);
		break;
	}
	size_t length = (size_t)(at - start);
	*out = type;
	uint8_t *body = write_varint(out + 1, length);
	memmove(body, start, length);
	return body + length;
}

/* --- reading ------------------------------------------------------------------------------- */

void session_record_room_free(struct session_record_room *room)
{
	free(room->levels.at);
	free(room->events);
	free(room->account);
	free(room->rows);
	*room = (struct session_record_room){0};
}

/* Room for `count` elements, each of which takes at least a byte of the rest of the record. */
static void *reserve(struct cursor *cursor, void *array, size_t *capacity, uint64_t count,
		     size_t element)
{
	if (!cursor_sound(cursor) || count > (uint64_t)(cursor->end - cursor->at)) {
		cursor->bad = true;
		return array;
	}
	if (count <= *capacity)
		return array;
	void *grown = realloc(array, count * element);
	if (grown == NULL)
		abort();
	*capacity = count;
	return grown;
}

/* NULL: no such stream. */
static const struct record_stream *read_stream(const struct record_coder *coder,
					       struct cursor *cursor)
{
	uint64_t number = read_varint(cursor);
	if (cursor_sound(cursor) && number < coder->stream_count)
		return &coder->streams[number];
	cursor->bad = true;
	return NULL;
}

static asset_id read_asset(struct instrument_table *instruments, struct cursor *cursor)
{
	char name[NAME_MAX_LENGTH + 1];
	read_text(cursor, name, sizeof name);
	if (!cursor_sound(cursor) || name[0] == '\0')
		return 0;
	asset_id asset = instrument_table_asset(instruments, name);
	if (asset == 0)
		cursor->bad = true;
	return asset;
}

static void read_texts(struct cursor *cursor, struct session_record_room *room, const char **texts)
{
	for (size_t i = 0; i < RECORDED_TEXTS; i++) {
		read_text(cursor, room->texts[i], sizeof room->texts[i]);
		texts[i] = room->texts[i];
	}
}

static void read_account_payload(struct instrument_table *instruments, struct cursor *cursor,
				 struct account_event *event)
{
	switch (event->kind) {
	case ACCOUNT_ORDER:
		event->u.order.client_id = read_below(cursor, UINT32_MAX);
		read_text(cursor, event->u.order.venue_order_id,
			  sizeof event->u.order.venue_order_id);
		event->u.order.state =
			(enum order_state)read_below(cursor, ORDER_STATE_REJECTED + 1);
		event->u.order.reason = (enum reject_reason)read_below(cursor, REJECT_REASONS);
		event->u.order.executed.units = read_zigzag(cursor);
		return;
	case ACCOUNT_FILL:
		event->u.fill.client_id = read_below(cursor, UINT32_MAX);
		read_text(cursor, event->u.fill.trade_id, sizeof event->u.fill.trade_id);
		event->u.fill.side = (enum side)read_below(cursor, SIDE_SELL + 1);
		event->u.fill.price.units = read_zigzag(cursor);
		event->u.fill.quantity.units = read_zigzag(cursor);
		event->u.fill.maker = read_below(cursor, 2) != 0;
		event->u.fill.fee.e18 = read_i128(cursor);
		event->u.fill.fee_asset = read_asset(instruments, cursor);
		event->u.fill.fee_estimated = read_below(cursor, 2) != 0;
		return;
	case ACCOUNT_POSITION:
		event->u.position.quantity.units = read_zigzag(cursor);
		return;
	case ACCOUNT_BALANCE:
		event->u.balance.asset = read_asset(instruments, cursor);
		event->u.balance.total.e18 = read_i128(cursor);
		return;
	case ACCOUNT_FUNDING:
		event->u.funding.boundary_ns = read_zigzag(cursor);
		event->u.funding.position.units = read_zigzag(cursor);
		event->u.funding.price.e18 = read_i128(cursor);
		event->u.funding.price_label = PRICE_LABELS[read_below(cursor, PRICE_LABELS_COUNT)];
		event->u.funding.rate.e18 = read_zigzag(cursor);
		event->u.funding.amount.e18 = read_i128(cursor);
		event->u.funding.asset = read_asset(instruments, cursor);
		return;
	case ACCOUNT_LIQUIDATION:
		event->u.liquidation.quantity.units = read_zigzag(cursor);
		event->u.liquidation.mark.e18 = read_i128(cursor);
		return;
	}
}

static void read_account(const struct record_coder *coder, struct instrument_table *instruments,
			 struct cursor *cursor, int64_t local_ns, struct account_event *event)
{
	memset(event, 0, sizeof *event);
	const struct record_stream *stream = read_stream(coder, cursor);
	event->kind = (enum account_event_kind)read_below(cursor, ACCOUNT_KINDS);
	event->exch_ns = read_zigzag(cursor);
	event->local_ns = local_ns;
	if (cursor->bad || stream == NULL)
		return;
	event->venue = stream->venue;
	event->instrument = stream->instrument;
	/* All other kinds are about a market: consumers index by it. */
	if (event->instrument == 0 && event->kind != ACCOUNT_BALANCE)
		cursor->bad = true;
	else
		read_account_payload(instruments, cursor, event);
}

static void read_events(const struct record_coder *coder, struct cursor *cursor,
			struct session_record_room *room, struct recorded_answer *answer)
{
	uint64_t count = read_varint(cursor);
	room->events =
		reserve(cursor, room->events, &room->events_capacity, count, sizeof *room->events);
	for (uint64_t i = 0; i < count && cursor_sound(cursor); i++) {
		const struct record_stream *named = read_stream(coder, cursor);
		if (named == NULL)
			return;
		struct record_stream stream = {.instrument = named->instrument,
					       .venue = named->venue,
					       .connection = named->connection,
					       .generation = 1};
		struct record_coder scratch = {
			.streams = &stream, .stream_count = 1, .generation = 1};
		struct market_event *event = &room->events[i];
		memset(event, 0, sizeof *event);
		if (record_decode(&scratch, cursor, &room->levels, event) != RECORD_EVENT ||
		    (event->kind == EVENT_BOOK && count > 1))
			cursor->bad = true;
	}
	answer->events = room->events;
	answer->event_count = (uint32_t)count;
}

static void read_rows(const struct record_coder *coder, struct instrument_table *instruments,
		      struct cursor *cursor, struct session_record_room *room,
		      struct recorded_answer *answer)
{
	uint64_t count = read_varint(cursor);
	room->rows = reserve(cursor, room->rows, &room->rows_capacity, count, sizeof *room->rows);
	for (uint64_t i = 0; i < count && cursor_sound(cursor); i++) {
		struct recorded_row *row = &room->rows[i];
		memset(row, 0, sizeof *row);
		const struct record_stream *stream = read_stream(coder, cursor);
		row->instrument = stream == NULL ? 0 : stream->instrument;
		row->asset = read_asset(instruments, cursor);
		uint32_t values = read_below(cursor, RECORDED_VALUES_MAX + 1);
		for (uint32_t k = 0; k < values && !cursor->bad; k++)
			row->values[k] = read_i128(cursor);
	}
	answer->rows = room->rows;
	answer->row_count = (uint32_t)count;
}

static void read_answer(const struct record_coder *coder, struct instrument_table *instruments,
			struct cursor *cursor, int64_t local_ns, struct session_record_room *room,
			struct recorded_answer *answer)
{
	const struct record_stream *stream = read_stream(coder, cursor);
	if (stream != NULL) {
		answer->venue = stream->venue;
		answer->instrument = stream->instrument;
	}
	answer->kind = (uint8_t)read_below(cursor, UINT8_MAX);
	answer->outcome = (uint8_t)read_below(cursor, UINT8_MAX);
	answer->received_ns = local_ns;
	answer->requested_ns = wrapping_add(read_zigzag(cursor), local_ns);
	read_events(coder, cursor, room, answer);
	uint64_t count = read_varint(cursor);
	room->account = reserve(cursor, room->account, &room->account_capacity, count,
				sizeof *room->account);
	for (uint64_t i = 0; i < count && cursor_sound(cursor); i++) {
		int64_t event_ns = read_zigzag(cursor);
		read_account(coder, instruments, cursor, event_ns, &room->account[i]);
	}
	answer->account = room->account;
	answer->account_count = (uint32_t)count;
	read_rows(coder, instruments, cursor, room, answer);
	read_texts(cursor, room, answer->texts);
}

static void read_command(const struct record_coder *coder, struct cursor *cursor, int64_t local_ns,
			 struct session_record_room *room, struct recorded_command *command)
{
	const struct record_stream *stream = read_stream(coder, cursor);
	if (stream != NULL) {
		command->venue = stream->venue;
		command->instrument = stream->instrument;
	}
	command->kind = (uint8_t)read_below(cursor, UINT8_MAX);
	command->outcome = (uint8_t)read_below(cursor, UINT8_MAX);
	command->reason = (uint8_t)read_below(cursor, REJECT_REASONS);
	command->client_id = read_below(cursor, UINT32_MAX);
	command->received_ns = local_ns;
	command->requested_ns = wrapping_add(read_zigzag(cursor), local_ns);
	read_texts(cursor, room, command->texts);
}

static void read_mark(struct cursor *cursor, int64_t local_ns, struct session_record_room *room,
		      struct recorded_session *session)
{
	session->local_ns = local_ns;
	session->phase = (enum session_phase)read_below(cursor, SESSION_ENDED + 1);
	session->seed = read_varint(cursor);
	session->next_client_id = read_below(cursor, UINT32_MAX);
	read_text(cursor, room->texts[0], sizeof room->texts[0]);
	read_text(cursor, room->texts[1], sizeof room->texts[1]);
	session->mode = room->texts[0];
	session->program = room->texts[1];
}

/* Type and length passed; false if the record is not whole. */
static bool open_record(struct cursor *cursor, uint8_t *type, struct cursor *record)
{
	if (cursor->at >= cursor->end)
		return false;
	*type = *cursor->at++;
	uint64_t length = read_varint(cursor);
	if (!cursor_sound(cursor) || length > (uint64_t)(cursor->end - cursor->at))
		return false;
	*record = (struct cursor){.at = cursor->at, .end = cursor->at + length};
	cursor->at = record->end;
	return true;
}

bool session_record_time(const struct cursor *record, int64_t *local_ns)
{
	struct cursor cursor = *record, body;
	uint8_t type;
	if (!open_record(&cursor, &type, &body))
		return false;
	*local_ns = read_zigzag(&body);
	return cursor_sound(&body);
}

bool session_record_decode(const struct record_coder *coder, struct instrument_table *instruments,
			   struct cursor *cursor, struct session_record_room *room,
			   struct recording_entry *entry)
{
	struct cursor record;
	uint8_t type;
	if (!open_record(cursor, &type, &record))
		return false;
	int64_t local_ns = read_zigzag(&record);
	memset(entry, 0, sizeof *entry);
	switch (type) {
	case SESSION_RECORD_ANSWER:
		entry->kind = RECORDED_ANSWER;
		read_answer(coder, instruments, &record, local_ns, room, &entry->u.answer);
		break;
	case SESSION_RECORD_COMMAND:
		entry->kind = RECORDED_COMMAND;
		read_command(coder, &record, local_ns, room, &entry->u.command);
		break;
	case SESSION_RECORD_ACCOUNT:
		entry->kind = RECORDED_ACCOUNT;
		read_account(coder, instruments, &record, local_ns, &entry->u.account);
		break;
	case SESSION_RECORD_MARK:
		entry->kind = RECORDED_SESSION;
		read_mark(&record, local_ns, room, &entry->u.session);
		break;
	default: /* a byte of a file */
		return false;
	}
	return cursor_sound(&record);
}
