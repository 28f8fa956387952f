#include "core/market/market_state.h"

#include "core/base/utc.h"
#include "core/market/settlement_tracker.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A mark stamped older than the one known is out of order; much older, the venue's clock was set
 * back (or one stamp was nonsense), and what came last counts. */
#define MARK_DISORDER_NS (10 * NS_PER_SECOND)

struct known_instrument {
	struct book_state book;
	struct bbo_state bbo;
	struct order_book *levels; /* owned; book.book points at it */
	venue_id venue;		   /* 0: no event yet */
	uint16_t connection;	   /* of the last event of any kind */
	uint16_t book_connection;
	uint16_t bbo_connection;
	bool snapshot_applied; /* since the last gap */
	struct mark_state mark;
	struct settlement_tracker settlements;
};

struct venue_connections {
	int64_t *last_frame_ns; /* by connection number; 0 = none, or down */
	size_t capacity;
};

struct market_state {
	const struct instrument_table *instruments;
	/* Indexed by handle; full-size from the start, so that readers may keep pointers. */
	struct known_instrument *known;
	struct venue_connections connections[VENUES_MAX + 1];
	struct clock_state clocks[VENUES_MAX + 1];
};

static void abort_without_memory(void)
{
	fputs("market_state: out of memory\n", stderr);
	abort();
}

struct market_state *market_state_create(const struct instrument_table *instruments)
{
	struct market_state *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	state->instruments = instruments;
	state->known = calloc(INSTRUMENTS_MAX + 1, sizeof(*state->known));
	if (state->known == NULL) {
		free(state);
		return NULL;
	}
	return state;
}

void market_state_free(struct market_state *state)
{
	if (state == NULL)
		return;
	size_t count = instrument_count(state->instruments);
	for (size_t id = 1; id <= count; id++)
		order_book_free(state->known[id].levels);
	for (size_t venue = 0; venue <= VENUES_MAX; venue++)
		free(state->connections[venue].last_frame_ns);
	free(state->known);
	free(state);
}

/* The slot of a connection; memory is asked for only when a venue opens a new connection. */
static int64_t *last_frame_of(struct market_state *state, venue_id venue, uint16_t connection)
{
	struct venue_connections *connections = &state->connections[venue];
	if (__builtin_expect(connection >= connections->capacity, 0)) {
		size_t capacity = connections->capacity == 0 ? 8 : connections->capacity;
		while (capacity <= connection)
			capacity *= 2;
		int64_t *grown = realloc(connections->last_frame_ns, capacity * sizeof(*grown));
		if (grown == NULL)
			abort_without_memory();
		memset(grown + connections->capacity, 0,
		       (capacity - connections->capacity) * sizeof(*grown));
		connections->last_frame_ns = grown;
		connections->capacity = capacity;
	}
	return &connections->last_frame_ns[connection];
}

static int64_t confirmed_by(const struct market_state *state, venue_id venue, uint16_t connection)
{
	const struct venue_connections *connections = &state->connections[venue];
	return connection < connections->capacity ? connections->last_frame_ns[connection] : 0;
}

static int64_t event_venue_ns(const struct market_state *state, const struct market_event *event)
{
	return event->exch_ns != 0 ? event->exch_ns
				   : market_state_venue_time(state, event->venue, event->local_ns);
}

static void create_book(struct market_state *state, struct known_instrument *known,
			instrument_id id)
{
	known->levels =
		order_book_create(instrument_latest(state->instruments, id)->rules.tick.units);
	if (known->levels == NULL)
		abort_without_memory();
	known->book.book = known->levels;
}

static void apply_book(struct market_state *state, struct known_instrument *known,
		       const struct market_event *event)
{
	if (known->levels == NULL)
		create_book(state, known, event->instrument);
	if (event->flags & EVENT_FLAG_SNAPSHOT) {
		order_book_clear(known->levels);
		known->snapshot_applied = true;
		/* A keyframe is the recorder's word that the book was whole; no SYNCED follows. */
		if (event->flags & EVENT_FLAG_KEYFRAME)
			known->book.synced = true;
	}
	order_book_apply(known->levels, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
	known->book.changed_ns = event->local_ns;
	known->book.exch_ns = event->exch_ns;
	known->book.last_id = event->last_id;
	known->book_connection = event->connection;
}

static void apply_bbo(struct known_instrument *known, const struct market_event *event)
{
	struct bbo_state *bbo = &known->bbo;
	/* Ids may start anew after a reconnect: only a frame still valid outranks an older id. */
	if (bbo->known && event->last_id != 0 && event->last_id < bbo->id)
		return;
	if (event->last_id != 0 || !bbo->known)
		bbo->id = event->last_id;
	bbo->known = true;
	bbo->bid = event->u.bbo.bid;
	bbo->ask = event->u.bbo.ask;
	bbo->changed_ns = event->local_ns;
	bbo->exch_ns = event->exch_ns;
	known->bbo_connection = event->connection;
}

static void apply_mark(struct market_state *state, struct known_instrument *known,
		       const struct market_event *event)
{
	struct mark_state *mark = &known->mark;
	settlement_tracker_mark(&known->settlements, state->instruments, event,
				event_venue_ns(state, event));
	if (event->exch_ns != 0 && event->exch_ns < mark->exch_ns &&
	    mark->exch_ns - event->exch_ns < MARK_DISORDER_NS)
		return;
	if (event->u.mark.fields & MARK_HAS_MARK)
		mark->mark = event->u.mark.mark;
	if (event->u.mark.fields & MARK_HAS_INDEX)
		mark->index = event->u.mark.index;
	if (event->u.mark.fields & MARK_HAS_ORACLE)
		mark->oracle = event->u.mark.oracle;
	mark->fields |= event->u.mark.fields;
	mark->exch_ns = event->exch_ns;
	mark->local_ns = event->local_ns;
}

static void set_connection_state(struct known_instrument *known, enum connection_state connection,
				 bool of_book, bool of_bbo)
{
	switch (connection) {
	case CONNECTION_UP:
		break;
	case CONNECTION_DOWN:
	case CONNECTION_GAP:
		if (of_book) {
			known->book.synced = false;
			known->snapshot_applied = false;
		}
		if (of_bbo)
			known->bbo.known = false;
		break;
	case CONNECTION_SYNCED:
		if (of_book)
			known->book.synced = known->snapshot_applied;
		break;
	}
}

static void apply_connection(struct market_state *state, const struct market_event *event)
{
	int64_t *last_frame = last_frame_of(state, event->venue, event->connection);
	enum connection_state connection = event->u.connection.state;
	/* A gap is a conclusion, not a frame: it confirms nothing. */
	if (connection == CONNECTION_DOWN)
		*last_frame = 0;
	else if (connection != CONNECTION_GAP)
		*last_frame = event->local_ns;
	if (event->instrument != 0) {
		set_connection_state(&state->known[event->instrument], connection, true, true);
		return;
	}
	size_t count = instrument_count(state->instruments);
	for (size_t id = 1; id <= count; id++) {
		struct known_instrument *known = &state->known[id];
		if (known->venue == event->venue)
			set_connection_state(known, connection,
					     known->book_connection == event->connection,
					     known->bbo_connection == event->connection);
	}
}

void market_state_apply(struct market_state *state, const struct market_event *event)
{
	assert(event->venue <= VENUES_MAX && event->instrument <= INSTRUMENTS_MAX);
	struct known_instrument *known = &state->known[event->instrument];
	enum market_event_kind kind = (enum market_event_kind)event->kind;
	switch (kind) {
	case EVENT_CONNECTION:
		apply_connection(state, event);
		return;
	case EVENT_CLOCK:
		state->clocks[event->venue] =
			(struct clock_state){.known = true,
					     .offset_ns = event->u.clock.offset_ns,
					     .uncertainty_ns = event->u.clock.uncertainty_ns};
		return;
	case EVENT_INSTRUMENT:
		return; /* told by the table, not by a frame */
	case EVENT_BOOK:
		assert(event->instrument != 0);
		if ((event->flags & EVENT_FLAG_KEYFRAME) && known->book.synced)
			return;
		apply_book(state, known, event);
		break;
	case EVENT_BBO:
		assert(event->instrument != 0);
		apply_bbo(known, event);
		break;
	case EVENT_MARK:
		assert(event->instrument != 0);
		apply_mark(state, known, event);
		break;
	case EVENT_FUNDING:
		assert(event->instrument != 0);
		settlement_tracker_funding(&known->settlements, state->instruments, event,
					   event_venue_ns(state, event));
		break;
	case EVENT_TRADE:
	case EVENT_OPEN_INTEREST:
	case EVENT_CANDLE:
	case EVENT_FRAME:
		break;
	}
	*last_frame_of(state, event->venue, event->connection) = event->local_ns;
	known->venue = event->venue;
	known->connection = event->connection;
}

static const struct known_instrument *known_of(const struct market_state *state, instrument_id id)
{
	assert(id >= 1 && id <= INSTRUMENTS_MAX);
	return &state->known[id];
}

const struct book_state *market_state_book(const struct market_state *state, instrument_id id)
{
	return &known_of(state, id)->book;
}

const struct bbo_state *market_state_bbo(const struct market_state *state, instrument_id id)
{
	return &known_of(state, id)->bbo;
}

int64_t market_state_confirmed_ns(const struct market_state *state, instrument_id id)
{
	const struct known_instrument *known = known_of(state, id);
	if (known->venue == 0)
		return 0;
	/* Book and BBO may come over two connections: the quieter one says how fresh both are. */
	int64_t confirmed = INT64_MAX;
	if (known->book.synced)
		confirmed = confirmed_by(state, known->venue, known->book_connection);
	if (known->bbo.known) {
		int64_t bbo = confirmed_by(state, known->venue, known->bbo_connection);
		if (bbo < confirmed)
			confirmed = bbo;
	}
	if (confirmed == INT64_MAX)
		confirmed = confirmed_by(state, known->venue, known->connection);
	return confirmed;
}

const struct mark_state *market_state_mark(const struct market_state *state, instrument_id id)
{
	return &known_of(state, id)->mark;
}

const struct funding_state *market_state_funding(const struct market_state *state, instrument_id id)
{
	return &known_of(state, id)->settlements.statement;
}

struct settlement market_state_settlement(const struct market_state *state, instrument_id id,
					  int64_t boundary_ns)
{
	return settlement_tracker_read(&known_of(state, id)->settlements, state->instruments, id,
				       boundary_ns);
}

struct clock_state market_state_clock(const struct market_state *state, venue_id venue)
{
	assert(venue <= VENUES_MAX);
	return state->clocks[venue];
}

int64_t market_state_venue_time(const struct market_state *state, venue_id venue, int64_t local_ns)
{
	assert(venue <= VENUES_MAX);
	return local_ns + state->clocks[venue].offset_ns;
}

int64_t market_state_local_time(const struct market_state *state, venue_id venue, int64_t venue_ns)
{
	assert(venue <= VENUES_MAX);
	return venue_ns - state->clocks[venue].offset_ns;
}
