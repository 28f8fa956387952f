/*
 * The dictionary of a recording: venues, assets, instruments with their revisions, and streams
 * (instrument + connection), each numbered in order of first use. It only ever grows; revision n +
 * 1 is revision n plus an ADDITION block; a DICTIONARY block repeats the whole.
 */
#ifndef FUNDARB_CORE_STORE_RECORDING_DICTIONARY_H
#define FUNDARB_CORE_STORE_RECORDING_DICTIONARY_H

#include "core/store/recording_record.h"

/* --- writing ------------------------------------------------------------------------------- */

struct dictionary_writer;

struct dictionary_writer *dictionary_writer_create(const struct instrument_table *instruments,
						   uint32_t depth_cap); /* NULL: out of memory */
void dictionary_writer_free(struct dictionary_writer *dictionary);
/* Enters a venue, an instrument that may have no stream yet. */
void dictionary_writer_declare_venue(struct dictionary_writer *dictionary, venue_id venue);
void dictionary_writer_declare(struct dictionary_writer *dictionary, instrument_id instrument);
/*
 * Number of the stream (venue, instrument, connection); new ones, and new revisions of the
 * instrument, are entered. Returns DICTIONARY_STREAMS_MAX if there is no more room.
 */
uint32_t dictionary_writer_stream(struct dictionary_writer *dictionary, venue_id venue,
				  instrument_id instrument, uint16_t connection);
/* Something was entered since the last block was encoded. */
bool dictionary_writer_changed(const struct dictionary_writer *dictionary);
/*
 * Encodes a whole dictionary, or what was entered since the last encoding. *bytes stays valid until
 * the next call. Returns the number of records.
 */
uint32_t dictionary_writer_encode(struct dictionary_writer *dictionary, bool whole,
				  const uint8_t **bytes, size_t *length);
/* Coder over the dictionary's streams, for record_encode. */
struct record_coder *dictionary_writer_coder(struct dictionary_writer *dictionary);

/* --- reading ------------------------------------------------------------------------------- */

struct dictionary_reader;

struct dictionary_reader *dictionary_reader_create(struct instrument_table *instruments);
void dictionary_reader_free(struct dictionary_reader *dictionary);
/* A new segment: its numbers start anew unless it continues the run just read. */
void dictionary_reader_segment(struct dictionary_reader *dictionary, bool continues);

enum dictionary_result {
	DICTIONARY_OK,
	DICTIONARY_DAMAGED,  /* not a dictionary: nothing can be decoded until the next whole one */
	DICTIONARY_CONFLICT, /* sound, but contradicts the instrument table: err says how */
};
/* Reads a DICTIONARY (whole) or ADDITION payload; CURSOR_SLACK readable bytes behind it. */
enum dictionary_result dictionary_reader_read(struct dictionary_reader *dictionary, bool whole,
					      const uint8_t *bytes, size_t length, uint32_t records,
					      uint64_t *unknown_records, struct error *err);
/*
 * From now on revisions wait until dictionary_reader_release enters those of an instrument among
 * the first `count` held; dictionary_reader_held says how many were held so far.
 */
void dictionary_reader_hold(struct dictionary_reader *dictionary);
uint64_t dictionary_reader_held(const struct dictionary_reader *dictionary);
bool dictionary_reader_release(struct dictionary_reader *dictionary, instrument_id instrument,
			       uint64_t count, struct error *err);
struct record_coder *dictionary_reader_coder(struct dictionary_reader *dictionary);
uint32_t dictionary_reader_depth_cap(const struct dictionary_reader *dictionary);

/* An instrument that the recording has named, over all its segments. */
struct recorded_instrument {
	instrument_id instrument;
	venue_id venue;
	uint16_t connection; /* of its newest stream */
};
size_t dictionary_reader_instruments(const struct dictionary_reader *dictionary,
				     const struct recorded_instrument **out);

#endif
