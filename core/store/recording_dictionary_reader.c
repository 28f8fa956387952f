#include "core/store/recording_dictionary.h"
#include "core/store/recording_dictionary_records.h"
#include <stdlib.h>

/* A revision that was read ahead of its time. */
struct held_revision {
	instrument_id instrument; /* 0: entered */
	struct instrument_revision revision;
};

struct dictionary_reader {
	struct instrument_table *table;
	bool holds;
	struct held_revision *held;
	uint64_t held_count, held_capacity, waiting;
	uint32_t depth_cap;
	venue_id venues[VENUES_MAX];
	uint32_t venue_count;
	asset_id assets[ASSETS_MAX];
	uint32_t asset_count;
	instrument_id instruments[INSTRUMENTS_MAX];
	uint32_t instrument_count;
	uint32_t terms_count;	/* INSTRUMENT and REVISION records passed since the tables began */
	uint32_t terms_applied; /* of this run: repeated dictionaries do not revise again */
	bool claimed[INSTRUMENTS_MAX + 1]; /* handles that a number of this dictionary stands for */
	struct record_coder coder;
	uint32_t stream_capacity;
	bool seen[INSTRUMENTS_MAX + 1];
	struct recorded_instrument recorded[INSTRUMENTS_MAX];
	size_t recorded_count;
	size_t recorded_index[INSTRUMENTS_MAX + 1];
};

struct dictionary_reader *dictionary_reader_create(struct instrument_table *instruments)
{
	struct dictionary_reader *dictionary = calloc(1, sizeof *dictionary);
	if (dictionary != NULL)
		dictionary->table = instruments;
	return dictionary;
}

void dictionary_reader_free(struct dictionary_reader *dictionary)
{
	if (dictionary == NULL)
		return;
	free(dictionary->coder.streams);
	free(dictionary->held);
	free(dictionary);
}

static void forget_tables(struct dictionary_reader *dictionary)
{
	dictionary->venue_count = 0;
	dictionary->asset_count = 0;
	dictionary->instrument_count = 0;
	dictionary->terms_count = 0;
	dictionary->coder.stream_count = 0;
	memset(dictionary->claimed, 0, sizeof dictionary->claimed);
}

void dictionary_reader_segment(struct dictionary_reader *dictionary, bool continues)
{
	forget_tables(dictionary);
	if (!continues)
		dictionary->terms_applied = 0;
}

static bool read_venue(struct dictionary_reader *dictionary, struct cursor *cursor)
{
	char name[NAME_MAX_LENGTH + 1];
	read_text(cursor, name, sizeof name);
	if (!cursor_sound(cursor) || dictionary->venue_count == VENUES_MAX)
		return false;
	venue_id venue = instrument_table_venue(dictionary->table, name);
	dictionary->venues[dictionary->venue_count++] = venue;
	return venue != 0;
}

static bool read_asset(struct dictionary_reader *dictionary, struct cursor *cursor)
{
	char name[NAME_MAX_LENGTH + 1];
	read_text(cursor, name, sizeof name);
	uint32_t decimals = read_below(cursor, MONEY_DECIMALS + 1);
	if (!cursor_sound(cursor) || dictionary->asset_count == ASSETS_MAX)
		return false;
	bool known = instrument_table_find_asset(dictionary->table, name) != 0;
	asset_id asset = instrument_table_asset(dictionary->table, name);
	dictionary->assets[dictionary->asset_count++] = asset;
	if (asset == 0)
		return false;
	/* Who knew the asset before may have set its decimals: that stands. */
	return known || instrument_table_set_posting_decimals(dictionary->table, asset, decimals);
}

static bool asset_of_number(const struct dictionary_reader *dictionary, uint32_t number,
			    asset_id *out)
{
	if (number > dictionary->asset_count)
		return false;
	*out = number == 0 ? 0 : dictionary->assets[number - 1];
	return true;
}

/*
 * The handle an instrument record stands for. A number keeps its handle when the dictionary is
 * repeated; a symbol recorded twice with different (or re-listed with equal) terms gets a handle
 * for each, in the order of the numbers.
 */
static instrument_id find_handle(const struct dictionary_reader *dictionary,
				 const struct instrument *terms, instrument_id previous)
{
	const struct instrument_table *table = dictionary->table;
	if (previous != 0 && !dictionary->claimed[previous] &&
	    instrument_same_identity(instrument_get(table, previous), terms))
		return previous;
	size_t count = instrument_count(table);
	for (instrument_id id = 1; id <= count; id++)
		if (!dictionary->claimed[id] &&
		    instrument_same_identity(instrument_get(table, id), terms))
			return id;
	return 0;
}

static enum dictionary_result conflict(const struct dictionary_reader *dictionary,
				       const struct instrument *terms, const char *what,
				       struct error *err)
{
	error_set(err, ERROR_INPUT,
		  "%s:%s: the recording's %s differ from those already loaded for it",
		  venue_name(dictionary->table, terms->venue), terms->symbol, what);
	return DICTIONARY_CONFLICT;
}

/* The recording's terms for an instrument that the table already has. */
static enum dictionary_result enter_revision(struct dictionary_reader *dictionary, instrument_id id,
					     const struct instrument_revision *recorded,
					     struct error *err)
{
	const struct instrument_revision *latest = instrument_latest(dictionary->table, id);
	const struct instrument_revision *in_force =
		instrument_revision_at(dictionary->table, id, recorded->effective_from_ns);
	if (instrument_same_terms(in_force, recorded) ||
	    instrument_is_retired(dictionary->table, id))
		return DICTIONARY_OK;
	struct instrument_revision next = *recorded;
	if (next.effective_from_ns < latest->effective_from_ns) {
		/* A later run states its terms with an early beginning: they hold from now on. */
		if (!dictionary->seen[id])
			return conflict(dictionary, instrument_get(dictionary->table, id), "terms",
					err);
		if (instrument_same_terms(latest, recorded))
			return DICTIONARY_OK;
		next.effective_from_ns = latest->effective_from_ns;
	}
	return instrument_table_revise(dictionary->table, id, &next, err) ? DICTIONARY_OK
									  : DICTIONARY_CONFLICT;
}

/* Enters a revision now, or keeps it until its time. */
static enum dictionary_result revise(struct dictionary_reader *dictionary, instrument_id id,
				     const struct instrument_revision *recorded, struct error *err)
{
	if (!dictionary->holds)
		return enter_revision(dictionary, id, recorded, err);
	if (dictionary->held_count == dictionary->held_capacity) {
		uint64_t capacity = dictionary->held_capacity ? dictionary->held_capacity * 2 : 16;
		struct held_revision *grown =
			realloc(dictionary->held, capacity * sizeof *dictionary->held);
		if (grown == NULL) {
			error_set(err, ERROR_LIMIT, "recording: out of memory");
			return DICTIONARY_CONFLICT;
		}
		dictionary->held = grown;
		dictionary->held_capacity = capacity;
	}
	dictionary->held[dictionary->held_count++] = (struct held_revision){id, *recorded};
	dictionary->waiting++;
	return DICTIONARY_OK;
}

void dictionary_reader_hold(struct dictionary_reader *dictionary)
{
	dictionary->holds = true;
}

uint64_t dictionary_reader_held(const struct dictionary_reader *dictionary)
{
	return dictionary->held_count;
}

bool dictionary_reader_release(struct dictionary_reader *dictionary, instrument_id instrument,
			       uint64_t count, struct error *err)
{
	if (dictionary->waiting == 0)
		return true;
	for (uint64_t i = 0; i < count && i < dictionary->held_count; i++) {
		struct held_revision *held = &dictionary->held[i];
		if (held->instrument == 0 || held->instrument != instrument)
			continue;
		held->instrument = 0;
		dictionary->waiting--;
		if (enter_revision(dictionary, instrument, &held->revision, err) != DICTIONARY_OK)
			return false;
	}
	return true;
}

static enum dictionary_result read_instrument(struct dictionary_reader *dictionary,
					      struct cursor *cursor, instrument_id previous,
					      struct error *err)
{
	struct instrument terms;
	struct instrument_numbers numbers;
	struct instrument_revision first;
	dictionary_read_instrument(cursor, &terms, &numbers);
	dictionary_read_revision(cursor, &first);
	if (!cursor_sound(cursor) || dictionary->instrument_count == INSTRUMENTS_MAX ||
	    numbers.venue == 0 || numbers.venue > dictionary->venue_count ||
	    !asset_of_number(dictionary, numbers.base, &terms.base) ||
	    !asset_of_number(dictionary, numbers.canonical, &terms.canonical) ||
	    !asset_of_number(dictionary, numbers.quote, &terms.quote) ||
	    !asset_of_number(dictionary, numbers.settle, &terms.settle))
		return DICTIONARY_DAMAGED;
	terms.venue = dictionary->venues[numbers.venue - 1];

	bool apply = dictionary->terms_count++ >= dictionary->terms_applied;
	instrument_id id = find_handle(dictionary, &terms, previous);
	if (id == 0) {
		instrument_id live = instrument_find(dictionary->table, terms.venue, terms.symbol);
		if (live != 0 && !dictionary->seen[live])
			return conflict(dictionary, &terms, "decimals, assets or contract size",
					err);
		if (live != 0)
			instrument_table_retire(dictionary->table, live);
		id = instrument_table_add(dictionary->table, &terms, &first, err);
		if (id == 0)
			return DICTIONARY_CONFLICT;
	} else if (apply) {
		enum dictionary_result result = revise(dictionary, id, &first, err);
		if (result != DICTIONARY_OK)
			return result;
	}
	if (apply)
		dictionary->terms_applied = dictionary->terms_count;
	dictionary->claimed[id] = true;
	dictionary->instruments[dictionary->instrument_count++] = id;
	if (!dictionary->seen[id]) {
		dictionary->seen[id] = true;
		dictionary->recorded_index[id] = dictionary->recorded_count;
		dictionary->recorded[dictionary->recorded_count++] = (struct recorded_instrument){
			.instrument = id,
			.venue = terms.venue,
		};
	}
	return DICTIONARY_OK;
}

static enum dictionary_result read_revision(struct dictionary_reader *dictionary,
					    struct cursor *cursor, struct error *err)
{
	uint32_t number = read_below(cursor, dictionary->instrument_count + 1);
	struct instrument_revision revision;
	dictionary_read_revision(cursor, &revision);
	if (!cursor_sound(cursor) || number == 0)
		return DICTIONARY_DAMAGED;
	if (dictionary->terms_count++ < dictionary->terms_applied)
		return DICTIONARY_OK;
	dictionary->terms_applied = dictionary->terms_count;
	return revise(dictionary, dictionary->instruments[number - 1], &revision, err);
}

static bool read_stream(struct dictionary_reader *dictionary, struct cursor *cursor)
{
	uint32_t venue = read_below(cursor, dictionary->venue_count + 1);
	uint32_t instrument = read_below(cursor, dictionary->instrument_count + 1);
	uint32_t connection = read_below(cursor, UINT16_MAX + 1);
	struct record_coder *coder = &dictionary->coder;
	if (!cursor_sound(cursor) || coder->stream_count == DICTIONARY_STREAMS_MAX)
		return false;
	if (coder->stream_count == dictionary->stream_capacity) {
		uint32_t capacity = coder->stream_count == 0 ? 64 : coder->stream_count * 2;
		struct record_stream *grown =
			realloc(coder->streams, capacity * sizeof *coder->streams);
		if (grown == NULL)
			return false;
		coder->streams = grown;
		dictionary->stream_capacity = capacity;
	}
	struct record_stream *stream = &coder->streams[coder->stream_count++];
	*stream = (struct record_stream){
		.instrument = instrument == 0 ? 0 : dictionary->instruments[instrument - 1],
		.venue = venue == 0 ? 0 : dictionary->venues[venue - 1],
		.connection = (uint16_t)connection,
	};
	if (stream->instrument != 0) {
		/* Whoever reads events finds an instrument under its own venue only. */
		if (stream->venue != instrument_get(dictionary->table, stream->instrument)->venue)
			return false;
		size_t index = dictionary->recorded_index[stream->instrument];
		dictionary->recorded[index].connection = stream->connection;
	}
	return true;
}

static enum dictionary_result read_record(struct dictionary_reader *dictionary, uint8_t type,
					  struct cursor *cursor, instrument_id previous,
					  uint64_t *unknown_records, struct error *err)
{
	bool sound = true;
	switch (type) {
	case DICTIONARY_SETTINGS:
		dictionary->depth_cap = (uint32_t)read_varint(cursor);
		sound = cursor_sound(cursor);
		break;
	case DICTIONARY_VENUE:
		sound = read_venue(dictionary, cursor);
		break;
	case DICTIONARY_ASSET:
		sound = read_asset(dictionary, cursor);
		break;
	case DICTIONARY_INSTRUMENT:
		return read_instrument(dictionary, cursor, previous, err);
	case DICTIONARY_REVISION:
		return read_revision(dictionary, cursor, err);
	case DICTIONARY_STREAM:
		sound = read_stream(dictionary, cursor);
		break;
	default: /* a byte of a file, not an enum: newer writers may know more */
		++*unknown_records;
		break;
	}
	return sound ? DICTIONARY_OK : DICTIONARY_DAMAGED;
}

enum dictionary_result dictionary_reader_read(struct dictionary_reader *dictionary, bool whole,
					      const uint8_t *bytes, size_t length, uint32_t records,
					      uint64_t *unknown_records, struct error *err)
{
	instrument_id *previous = NULL;
	uint32_t previous_count = dictionary->instrument_count;
	if (whole) {
		if (previous_count > 0) {
			previous = malloc(previous_count * sizeof *previous);
			if (previous == NULL) {
				error_set(err, ERROR_LIMIT, "out of memory");
				return DICTIONARY_CONFLICT;
			}
			memcpy(previous, dictionary->instruments,
			       previous_count * sizeof *previous);
		}
		forget_tables(dictionary);
	}
	struct cursor block = {.at = bytes, .end = bytes + length};
	enum dictionary_result result = DICTIONARY_OK;
	for (uint32_t i = 0; i < records && result == DICTIONARY_OK; i++) {
		if (block.at >= block.end) {
			result = DICTIONARY_DAMAGED;
			break;
		}
		uint8_t type = *block.at++;
		uint64_t body = read_varint(&block);
		if (!cursor_sound(&block) || body > (uint64_t)(block.end - block.at)) {
			result = DICTIONARY_DAMAGED;
			break;
		}
		struct cursor record = {.at = block.at, .end = block.at + body};
		block.at = record.end;
		uint32_t index = dictionary->instrument_count;
		result = read_record(dictionary, type, &record,
				     previous != NULL && index < previous_count ? previous[index]
										: 0,
				     unknown_records, err);
	}
	free(previous);
	if (result == DICTIONARY_OK && block.at != block.end)
		result = DICTIONARY_DAMAGED;
	if (result != DICTIONARY_OK)
		forget_tables(dictionary);
	return result;
}

struct record_coder *dictionary_reader_coder(struct dictionary_reader *dictionary)
{
	return &dictionary->coder;
}

uint32_t dictionary_reader_depth_cap(const struct dictionary_reader *dictionary)
{
	return dictionary->depth_cap;
}

size_t dictionary_reader_instruments(const struct dictionary_reader *dictionary,
				     const struct recorded_instrument **out)
{
	*out = dictionary->recorded;
	return dictionary->recorded_count;
}
