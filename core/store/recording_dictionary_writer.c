#include "core/store/recording_dictionary.h"
#include "core/store/recording_dictionary_records.h"
#include <assert.h>
#include <stdlib.h>

#define ENTRY_BYTES_MAX 768	   /* bound of one dictionary record */
#define STREAM_SLOTS	(1u << 17) /* power of two, twice the streams at least */

/* One instrument as first written, or a later revision of one already written. */
struct terms_entry {
	uint32_t instrument_number; /* 0: a new instrument */
	instrument_id instrument;
	struct instrument_revision revision;
};

struct dictionary_writer {
	const struct instrument_table *instruments;
	uint32_t depth_cap;

	uint16_t venue_numbers[VENUES_MAX + 1]; /* by venue_id; 0 = not entered */
	venue_id venues[VENUES_MAX];
	uint32_t venue_count;
	uint16_t asset_numbers[ASSETS_MAX + 1];
	asset_id assets[ASSETS_MAX];
	uint32_t asset_count;
	uint32_t instrument_numbers[INSTRUMENTS_MAX + 1];
	uint32_t revision_numbers[INSTRUMENTS_MAX + 1]; /* newest one entered */
	uint32_t instrument_count;
	struct terms_entry *terms;
	uint32_t terms_count, terms_capacity;
	struct record_coder coder;
	uint32_t stream_capacity;
	uint32_t *stream_slots; /* open addressing over coder.streams: number + 1 */

	uint32_t written_venues, written_assets, written_terms, written_streams;
	uint8_t *bytes;
	size_t capacity;
};

struct dictionary_writer *dictionary_writer_create(const struct instrument_table *instruments,
						   uint32_t depth_cap)
{
	struct dictionary_writer *dictionary = calloc(1, sizeof *dictionary);
	if (dictionary == NULL)
		return NULL;
	dictionary->instruments = instruments;
	dictionary->depth_cap = depth_cap;
	dictionary->stream_slots = calloc(STREAM_SLOTS, sizeof *dictionary->stream_slots);
	if (dictionary->stream_slots == NULL) {
		free(dictionary);
		return NULL;
	}
	return dictionary;
}

void dictionary_writer_free(struct dictionary_writer *dictionary)
{
	if (dictionary == NULL)
		return;
	free(dictionary->terms);
	free(dictionary->coder.streams);
	free(dictionary->stream_slots);
	free(dictionary->bytes);
	free(dictionary);
}

/* A recorder without memory for its bookkeeping cannot go on: the process is out of memory. */
static void *grow(void *array, uint32_t *capacity, size_t element)
{
	uint32_t wanted = *capacity == 0 ? 64 : *capacity * 2;
	void *grown = realloc(array, wanted * element);
	if (grown == NULL)
		abort();
	*capacity = wanted;
	return grown;
}

static uint32_t enter_venue(struct dictionary_writer *dictionary, venue_id venue)
{
	if (venue == 0)
		return 0;
	if (dictionary->venue_numbers[venue] == 0) {
		dictionary->venues[dictionary->venue_count++] = venue;
		dictionary->venue_numbers[venue] = (uint16_t)dictionary->venue_count;
	}
	return dictionary->venue_numbers[venue];
}

static void enter_asset(struct dictionary_writer *dictionary, asset_id asset)
{
	if (asset == 0 || dictionary->asset_numbers[asset] != 0)
		return;
	dictionary->assets[dictionary->asset_count++] = asset;
	dictionary->asset_numbers[asset] = (uint16_t)dictionary->asset_count;
}

static void enter_terms(struct dictionary_writer *dictionary, uint32_t instrument_number,
			instrument_id instrument, const struct instrument_revision *revision)
{
	if (dictionary->terms_count == dictionary->terms_capacity)
		dictionary->terms = grow(dictionary->terms, &dictionary->terms_capacity,
					 sizeof *dictionary->terms);
	dictionary->terms[dictionary->terms_count++] = (struct terms_entry){
		.instrument_number = instrument_number,
		.instrument = instrument,
		.revision = *revision,
	};
}

static void enter_instrument(struct dictionary_writer *dictionary, instrument_id id)
{
	const struct instrument_revision *latest = instrument_latest(dictionary->instruments, id);
	if (dictionary->revision_numbers[id] == latest->number)
		return;
	if (dictionary->instrument_numbers[id] == 0) {
		const struct instrument *terms = instrument_get(dictionary->instruments, id);
		enter_venue(dictionary, terms->venue);
		enter_asset(dictionary, terms->base);
		enter_asset(dictionary, terms->canonical);
		enter_asset(dictionary, terms->quote);
		enter_asset(dictionary, terms->settle);
	}
	while (dictionary->revision_numbers[id] < latest->number) {
		uint32_t number = ++dictionary->revision_numbers[id];
		enter_terms(dictionary, dictionary->instrument_numbers[id], id,
			    instrument_revision_numbered(dictionary->instruments, id, number));
		if (dictionary->instrument_numbers[id] == 0)
			dictionary->instrument_numbers[id] = ++dictionary->instrument_count;
	}
}

void dictionary_writer_declare_venue(struct dictionary_writer *dictionary, venue_id venue)
{
	enter_venue(dictionary, venue);
}

void dictionary_writer_declare(struct dictionary_writer *dictionary, instrument_id instrument)
{
	enter_instrument(dictionary, instrument);
}

uint32_t dictionary_writer_stream(struct dictionary_writer *dictionary, venue_id venue,
				  instrument_id instrument, uint16_t connection)
{
	if (instrument != 0)
		enter_instrument(dictionary, instrument);
	uint64_t key = (uint64_t)instrument << 32 | (uint64_t)venue << 16 | connection;
	uint32_t slot = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 47) % STREAM_SLOTS;
	struct record_coder *coder = &dictionary->coder;
	while (dictionary->stream_slots[slot] != 0) {
		uint32_t number = dictionary->stream_slots[slot] - 1;
		const struct record_stream *stream = &coder->streams[number];
		if (stream->instrument == instrument && stream->venue == venue &&
		    stream->connection == connection)
			return number;
		slot = (slot + 1) % STREAM_SLOTS;
	}
	if (coder->stream_count == DICTIONARY_STREAMS_MAX)
		return DICTIONARY_STREAMS_MAX;
	enter_venue(dictionary, venue);
	if (coder->stream_count == dictionary->stream_capacity)
		coder->streams =
			grow(coder->streams, &dictionary->stream_capacity, sizeof *coder->streams);
	coder->streams[coder->stream_count] = (struct record_stream){
		.instrument = instrument,
		.venue = venue,
		.connection = connection,
	};
	dictionary->stream_slots[slot] = ++coder->stream_count;
	return coder->stream_count - 1;
}

bool dictionary_writer_changed(const struct dictionary_writer *dictionary)
{
	return dictionary->written_streams != dictionary->coder.stream_count ||
	       dictionary->written_terms != dictionary->terms_count ||
	       dictionary->written_venues != dictionary->venue_count;
}

static size_t append(struct dictionary_writer *dictionary, size_t used, enum dictionary_record type,
		     const uint8_t *body, const uint8_t *end)
{
	size_t length = (size_t)(end - body);
	assert(length <= ENTRY_BYTES_MAX);
	if (used + length + 1 + VARINT_BYTES_MAX > dictionary->capacity) {
		size_t capacity = dictionary->capacity * 2 + 4096;
		uint8_t *grown = realloc(dictionary->bytes, capacity);
		if (grown == NULL)
			abort();
		dictionary->bytes = grown;
		dictionary->capacity = capacity;
	}
	uint8_t *at = dictionary->bytes + used;
	*at++ = (uint8_t)type;
	at = write_varint(at, length);
	memcpy(at, body, length);
	return (size_t)(at + length - dictionary->bytes);
}

uint32_t dictionary_writer_encode(struct dictionary_writer *dictionary, bool whole,
				  const uint8_t **bytes, size_t *length)
{
	const struct instrument_table *table = dictionary->instruments;
	uint8_t body[ENTRY_BYTES_MAX];
	uint8_t *at;
	size_t used = 0;
	uint32_t records = 0;
	if (whole) {
		dictionary->written_venues = 0;
		dictionary->written_assets = 0;
		dictionary->written_terms = 0;
		dictionary->written_streams = 0;
		at = write_varint(body, dictionary->depth_cap);
		used = append(dictionary, used, DICTIONARY_SETTINGS, body, at);
		records++;
	}
	for (uint32_t i = dictionary->written_venues; i < dictionary->venue_count; i++, records++) {
		at = write_text(body, venue_name(table, dictionary->venues[i]));
		used = append(dictionary, used, DICTIONARY_VENUE, body, at);
	}
	for (uint32_t i = dictionary->written_assets; i < dictionary->asset_count; i++, records++) {
		at = write_text(body, asset_name(table, dictionary->assets[i]));
		at = write_varint(at, asset_posting_decimals(table, dictionary->assets[i]));
		used = append(dictionary, used, DICTIONARY_ASSET, body, at);
	}
	for (uint32_t i = dictionary->written_terms; i < dictionary->terms_count; i++, records++) {
		const struct terms_entry *entry = &dictionary->terms[i];
		enum dictionary_record type = DICTIONARY_REVISION;
		if (entry->instrument_number == 0) {
			const struct instrument *terms = instrument_get(table, entry->instrument);
			const struct instrument_numbers numbers = {
				.venue = dictionary->venue_numbers[terms->venue],
				.base = dictionary->asset_numbers[terms->base],
				.canonical = dictionary->asset_numbers[terms->canonical],
				.quote = dictionary->asset_numbers[terms->quote],
				.settle = dictionary->asset_numbers[terms->settle],
			};
			type = DICTIONARY_INSTRUMENT;
			at = dictionary_write_instrument(body, terms, &numbers);
		} else {
			at = write_varint(body, entry->instrument_number);
		}
		at = dictionary_write_revision(at, &entry->revision);
		used = append(dictionary, used, type, body, at);
	}
	const struct record_coder *coder = &dictionary->coder;
	for (uint32_t i = dictionary->written_streams; i < coder->stream_count; i++, records++) {
		const struct record_stream *stream = &coder->streams[i];
		at = write_varint(body, dictionary->venue_numbers[stream->venue]);
		at = write_varint(at, dictionary->instrument_numbers[stream->instrument]);
		at = write_varint(at, stream->connection);
		used = append(dictionary, used, DICTIONARY_STREAM, body, at);
	}
	dictionary->written_venues = dictionary->venue_count;
	dictionary->written_assets = dictionary->asset_count;
	dictionary->written_terms = dictionary->terms_count;
	dictionary->written_streams = coder->stream_count;
	*bytes = dictionary->bytes;
	*length = used;
	return records;
}

struct record_coder *dictionary_writer_coder(struct dictionary_writer *dictionary)
{
	return &dictionary->coder;
}
