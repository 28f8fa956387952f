/*
 * Writing: events gather in one block in memory; a full block is one write(). Whenever a keyframe
 * is due it is written behind the event that made it due, because the market state has that event
 * already: so a keyframe equals the book a reader has at that point.
 */
#include "core/store/recording.h"
#include "core/base/utc.h"
#include "core/store/recording_dictionary.h"
#include "core/store/recording_sync.h"
#include "core/store/session_record.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define ZLIB_LEVEL	 6
#define SYNC_INTERVAL_NS NS_PER_SECOND
/* Recordings without local time (imported histories) repeat their dictionary by size. */
#define KEYFRAME_BYTES_MAX ((uint64_t)16 << 20)
#define PATH_BYTES	   4096

struct index_entry {
	uint64_t offset;
	uint8_t kind;
	bool venue_time;
	uint32_t records;
	int64_t first_ns;
};

struct recording_writer {
	char *directory;
	int directory_fd;
	uint32_t run;
	uint32_t segment;
	const struct instrument_table *instruments;
	const struct market_state *state;
	struct recording_options options;
	struct recording_sync *sync; /* NULL: synced at close only */
	struct dictionary_writer *dictionary;
	bool failed;

	int fd;
	uint64_t offset; /* bytes of the segment written */
	int64_t segment_hour;
	uint32_t sequence;
	uint32_t revision; /* of the dictionary, within the segment */
	size_t declared;   /* instruments of the table that the dictionary has been told of */
	struct index_entry *index;
	size_t index_count, index_capacity;
	int64_t synced_ns;

	/* The block being gathered: header space, then records. */
	uint8_t *block;
	size_t used, capacity;
	uint8_t *packed;
	size_t packed_capacity;
	uint32_t records;
	bool venue_time;
	int64_t first_ns, last_ns;

	bool any_local, any_venue;
	int64_t local_ns; /* newest of events with local time */
	int64_t venue_ns; /* newest exch_ns of the others */
	bool keyframe_scheduled;
	int64_t keyframe_ns;			   /* due */
	uint64_t keyframe_bytes;		   /* raw bytes since the last one */
	uint32_t book_stream[INSTRUMENTS_MAX + 1]; /* of the newest BOOK event, + 1; 0 = none */
	struct book_level *levels;
	uint32_t levels_capacity;
};

struct recording_options recording_defaults(void)
{
	return (struct recording_options){
		.codec = RECORDING_RAW,
		.block_bytes = (size_t)64 << 10,
		.block_span_ns = NS_PER_SECOND,
		.keyframe_interval_ns = NS_PER_MINUTE,
		.segment_bytes = (int64_t)256 << 20,
		.depth_cap = 0,
		.sync_worker = false,
	};
}

static bool fail(struct recording_writer *writer, struct error *err, const char *what, int number)
{
	writer->failed = true;
	return error_set(err, ERROR_IO, "recording in %s, segment %u: %s: %s", writer->directory,
			 writer->segment, what, strerror(number));
}

static bool write_all(struct recording_writer *writer, const uint8_t *bytes, size_t length,
		      struct error *err)
{
	while (length > 0) {
		ssize_t written = write(writer->fd, bytes, length);
		if (written < 0) {
			if (errno == EINTR)
				continue;
			return fail(writer, err, "cannot write", errno);
		}
		bytes += written;
		length -= (size_t)written;
		writer->offset += (uint64_t)written;
	}
	return true;
}

static bool reserve(struct recording_writer *writer, size_t more, struct error *err)
{
	size_t wanted = writer->used + more;
	if (wanted <= writer->capacity)
		return true;
	if (wanted < 2 * writer->capacity)
		wanted = 2 * writer->capacity;
	uint8_t *grown = realloc(writer->block, wanted);
	if (grown == NULL) {
		writer->failed = true;
		return error_set(err, ERROR_LIMIT, "recording: out of memory");
	}
	writer->block = grown;
	writer->capacity = wanted;
	return true;
}

static bool remember_block(struct recording_writer *writer, const struct block_header *header,
			   struct error *err)
{
	if (writer->index_count == writer->index_capacity) {
		size_t capacity = writer->index_capacity * 2 + 256;
		struct index_entry *grown = realloc(writer->index, capacity * sizeof *grown);
		if (grown == NULL) {
			writer->failed = true;
			return error_set(err, ERROR_LIMIT, "recording: out of memory");
		}
		writer->index = grown;
		writer->index_capacity = capacity;
	}
	writer->index[writer->index_count++] = (struct index_entry){
		.offset = writer->offset,
		.kind = header->kind,
		.venue_time = header->venue_time,
		.records = header->records,
		.first_ns = header->first_ns,
	};
	return true;
}

/* Deflates the gathered payload into packed; 0 if that does not make it smaller. */
static size_t pack(struct recording_writer *writer, size_t raw)
{
	uLong bound = compressBound((uLong)raw);
	if (BLOCK_HEADER_BYTES + bound > writer->packed_capacity) {
		uint8_t *grown = realloc(writer->packed, BLOCK_HEADER_BYTES + bound);
		if (grown == NULL)
			return 0; /* stored raw: as good, only longer */
		writer->packed = grown;
		writer->packed_capacity = BLOCK_HEADER_BYTES + bound;
	}
	uLongf length = bound;
	if (compress2(writer->packed + BLOCK_HEADER_BYTES, &length,
		      writer->block + BLOCK_HEADER_BYTES, (uLong)raw, ZLIB_LEVEL) != Z_OK)
		return 0;
	return length < raw ? length : 0;
}

/* Writes the gathered payload as one block and starts an empty one. */
static bool write_block(struct recording_writer *writer, enum block_kind kind, struct error *err)
{
	size_t raw = writer->used - BLOCK_HEADER_BYTES;
	size_t stored = writer->options.codec == RECORDING_ZLIB ? pack(writer, raw) : 0;
	uint8_t *bytes = stored > 0 ? writer->packed : writer->block;
	const struct block_header header = {
		.codec = stored > 0 ? RECORDING_ZLIB : RECORDING_RAW,
		.kind = (uint8_t)kind,
		.venue_time = writer->venue_time,
		.dictionary = (uint16_t)writer->revision,
		.sequence = writer->sequence++,
		.raw_bytes = (uint32_t)raw,
		.stored_bytes = (uint32_t)(stored > 0 ? stored : raw),
		.records = writer->records,
		.first_ns = writer->first_ns,
		.last_ns = writer->last_ns,
		.payload_crc = recording_crc(bytes + BLOCK_HEADER_BYTES, stored > 0 ? stored : raw),
	};
	block_header_write(&header, bytes);
	writer->used = BLOCK_HEADER_BYTES;
	writer->records = 0;
	writer->keyframe_bytes += raw;
	return remember_block(writer, &header, err) &&
	       write_all(writer, bytes, BLOCK_HEADER_BYTES + header.stored_bytes, err);
}

static bool flush_events(struct recording_writer *writer, struct error *err)
{
	if (writer->records == 0)
		return true;
	if (!write_block(writer, BLOCK_EVENTS, err))
		return false;
	if (writer->sync == NULL || !writer->any_local ||
	    writer->local_ns - writer->synced_ns < SYNC_INTERVAL_NS)
		return true;
	writer->synced_ns = writer->local_ns;
	recording_sync_request(writer->sync, writer->fd);
	int error = recording_sync_error(writer->sync);
	return error == 0 || fail(writer, err, "cannot sync", error);
}

/* Stamps a block that holds no events of its own with the time of the newest event. */
static void stamp_now(struct recording_writer *writer)
{
	writer->venue_time = !writer->any_local && writer->any_venue;
	writer->first_ns = writer->venue_time ? writer->venue_ns : writer->local_ns;
	writer->last_ns = writer->first_ns;
}

static bool write_dictionary(struct recording_writer *writer, bool whole, struct error *err)
{
	const uint8_t *bytes;
	size_t length;
	assert(writer->records == 0);
	if (!whole)
		writer->revision++;
	writer->records = dictionary_writer_encode(writer->dictionary, whole, &bytes, &length);
	if (length > BLOCK_RAW_MAX || !reserve(writer, length, err)) {
		writer->failed = true;
		return error_set(err, ERROR_LIMIT, "recording: dictionary of %zu bytes", length);
	}
	memcpy(writer->block + writer->used, bytes, length);
	writer->used += length;
	stamp_now(writer);
	return write_block(writer, whole ? BLOCK_DICTIONARY : BLOCK_ADDITION, err);
}

/* One side of a book into levels + at; returns how many, the cap applied. */
static uint32_t copy_side(struct recording_writer *writer, const struct order_book *book,
			  enum side side, uint32_t at)
{
	uint32_t limit = writer->levels_capacity - at;
	if (writer->options.depth_cap > 0 && limit > writer->options.depth_cap)
		limit = writer->options.depth_cap;
	return order_book_levels(book, side, writer->levels + at, limit);
}

static bool append_keyframe(struct recording_writer *writer, instrument_id id,
			    const struct book_state *book, struct error *err)
{
	uint32_t wanted = order_book_level_count(book->book, SIDE_BUY) +
			  order_book_level_count(book->book, SIDE_SELL);
	if (wanted > writer->levels_capacity) {
		struct book_level *grown = realloc(writer->levels, wanted * sizeof *grown);
		if (grown == NULL) {
			writer->failed = true;
			return error_set(err, ERROR_LIMIT, "recording: out of memory");
		}
		writer->levels = grown;
		writer->levels_capacity = wanted;
	}
	uint32_t bids = wanted == 0 ? 0 : copy_side(writer, book->book, SIDE_BUY, 0);
	uint32_t asks = wanted == 0 ? 0 : copy_side(writer, book->book, SIDE_SELL, bids);
	if (bids + asks > RECORD_LEVELS_MAX)
		return true; /* too deep to repeat; its own snapshots still stand */
	uint32_t stream = writer->book_stream[id] - 1;
	const struct record_coder *coder = dictionary_writer_coder(writer->dictionary);
	const struct market_event event = {
		.local_ns = writer->local_ns,
		.exch_ns = book->exch_ns,
		.instrument = id,
		.venue = coder->streams[stream].venue,
		.connection = coder->streams[stream].connection,
		.kind = EVENT_BOOK,
		.flags = EVENT_FLAG_SNAPSHOT | EVENT_FLAG_KEYFRAME,
		.first_id = book->last_id,
		.last_id = book->last_id,
		.u.book = {.bids = writer->levels,
			   .asks = writer->levels + bids,
			   .bid_count = bids,
			   .ask_count = asks},
	};
	if (!reserve(writer, record_bound(&event), err))
		return false;
	uint8_t *end = record_encode(dictionary_writer_coder(writer->dictionary), stream, &event,
				     writer->block + writer->used);
	writer->used = (size_t)(end - writer->block);
	writer->records++;
	return true;
}

/* The whole dictionary, then the book of every synced instrument. */
static bool write_keyframe(struct recording_writer *writer, struct error *err)
{
	if (!write_dictionary(writer, true, err))
		return false;
	writer->keyframe_bytes = 0;
	writer->keyframe_ns = writer->local_ns + writer->options.keyframe_interval_ns;
	size_t count = instrument_count(writer->instruments);
	for (instrument_id id = 1; id <= count; id++) {
		if (writer->book_stream[id] == 0)
			continue;
		const struct book_state *book = market_state_book(writer->state, id);
		if (!book->synced || book->book == NULL)
			continue;
		if (writer->records == 0) {
			writer->venue_time = false;
			writer->first_ns = writer->last_ns = writer->local_ns;
			record_coder_begin(dictionary_writer_coder(writer->dictionary),
					   writer->local_ns);
		}
		if (!append_keyframe(writer, id, book, err))
			return false;
		if (writer->used >= writer->options.block_bytes &&
		    !write_block(writer, BLOCK_KEYFRAME, err))
			return false;
	}
	return writer->records == 0 || write_block(writer, BLOCK_KEYFRAME, err);
}

/* --- segments ------------------------------------------------------------------------------ */

static bool segment_open(struct recording_writer *writer, int64_t start_ns, struct error *err)
{
	char stamp[UTC_TEXT_MAX];
	char path[PATH_BYTES];
	utc_format(start_ns, 0, stamp, sizeof stamp); /* 2024-08-08T23:56:00Z */
	int length = snprintf(path, sizeof path, "%s/%.4s%.2s%.5s%.2s%.2s-%08x-%03u.far",
			      writer->directory, stamp, stamp + 5, stamp + 8, stamp + 14,
			      stamp + 17, writer->run, writer->segment);
	/* "08T23" is day, T and hour together. */
	if (length < 0 || (size_t)length >= sizeof path) {
		writer->failed = true;
		return error_set(err, ERROR_CONFIGURATION, "recording: path too long: %s",
				 writer->directory);
	}
	writer->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (writer->fd < 0) {
		writer->failed = true;
		return error_set(err, ERROR_IO, "recording: cannot create %s: %s%s", path,
				 strerror(errno),
				 errno == EEXIST ? " (segments are never overwritten)" : "");
	}
	writer->offset = 0;
	writer->sequence = 0;
	writer->revision = 1;
	writer->index_count = 0;
	writer->segment_hour = start_ns / NS_PER_HOUR;
	uint8_t bytes[SEGMENT_HEADER_BYTES];
	const struct segment_header header = {
		.version = RECORDING_FORMAT_VERSION,
		.run = writer->run,
		.number = writer->segment,
		.start_ns = start_ns,
	};
	segment_header_write(&header, bytes);
	return write_all(writer, bytes, sizeof bytes, err) && write_keyframe(writer, err);
}

/* Index, trailer; the file goes to the worker, or is synced and closed here. */
static bool segment_close(struct recording_writer *writer, struct error *err)
{
	bool good = !writer->failed && flush_events(writer, err);
	if (good)
		good = reserve(writer, writer->index_count * 32, err);
	if (good) {
		uint8_t *at = writer->block + writer->used;
		uint64_t offset = 0;
		int64_t first_ns = 0;
		for (size_t i = 0; i < writer->index_count; i++) {
			const struct index_entry *entry = &writer->index[i];
			*at++ = (uint8_t)(entry->kind | (entry->venue_time ? 0x80 : 0));
			at = write_varint(at, entry->offset - offset);
			at = write_varint(at, entry->records);
			at = write_zigzag(at, wrapping_sub(entry->first_ns, first_ns));
			offset = entry->offset;
			first_ns = entry->first_ns;
		}
		writer->used = (size_t)(at - writer->block);
		writer->records = (uint32_t)writer->index_count;
		stamp_now(writer);
		uint64_t footer_offset = writer->offset;
		uint8_t trailer[SEGMENT_TRAILER_BYTES];
		segment_trailer_write(footer_offset, trailer);
		good = write_block(writer, BLOCK_FOOTER, err) &&
		       write_all(writer, trailer, sizeof trailer, err);
	}
	int fd = writer->fd;
	writer->fd = -1;
	if (writer->sync != NULL) {
		recording_sync_retire(writer->sync, fd);
		return good;
	}
	if (fdatasync(fd) != 0 && good)
		good = fail(writer, err, "cannot sync", errno);
	if (close(fd) != 0 && good)
		good = fail(writer, err, "cannot close", errno);
	return good;
}

static bool segment_rotate(struct recording_writer *writer, struct error *err)
{
	if (!segment_close(writer, err))
		return false;
	writer->segment++;
	return segment_open(writer, writer->any_local ? writer->local_ns : writer->venue_ns, err);
}

/* --- the public side ----------------------------------------------------------------------- */

static bool options_sound(const struct recording_options *options, struct error *err)
{
	if (options->block_bytes < 4096 || options->block_bytes > (size_t)1 << 20)
		return error_set(err, ERROR_CONFIGURATION,
				 "recording: block size %zu, allowed are 4096 to 1048576 bytes",
				 options->block_bytes);
	if (options->block_span_ns <= 0 || options->keyframe_interval_ns <= 0 ||
	    options->segment_bytes <= 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "recording: block span, keyframe interval and segment size must "
				 "be positive");
	return true;
}

static bool directory_open(struct recording_writer *writer, const char *directory,
			   struct error *err)
{
	if (mkdir(directory, 0755) != 0 && errno != EEXIST)
		return error_set(err, ERROR_IO, "recording: cannot make directory %s: %s",
				 directory, strerror(errno));
	writer->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->directory_fd < 0)
		return error_set(err, ERROR_IO, "recording: cannot open directory %s: %s",
				 directory, strerror(errno));
	return true;
}

/*
 * Everything tradable is declared in the first dictionary, so that a reader knows it before its
 * first event; and books that were live before the recorder started belong to the recording from
 * its first byte.
 */
static bool declare_instruments(struct recording_writer *writer, struct error *err)
{
	size_t count = instrument_count(writer->instruments);
	for (venue_id venue = 1; venue <= venue_count(writer->instruments); venue++)
		dictionary_writer_declare_venue(writer->dictionary, venue);
	writer->declared = count;
	for (instrument_id id = 1; id <= count; id++) {
		if (instrument_is_retired(writer->instruments, id))
			continue;
		dictionary_writer_declare(writer->dictionary, id);
		if (!market_state_book(writer->state, id)->synced)
			continue;
		uint32_t stream = dictionary_writer_stream(
			writer->dictionary, instrument_get(writer->instruments, id)->venue, id, 0);
		if (stream == DICTIONARY_STREAMS_MAX)
			return error_set(err, ERROR_LIMIT, "recording: too many streams");
		writer->book_stream[id] = stream + 1;
	}
	return true;
}

struct recording_writer *recording_writer_create(const char *directory, int64_t start_ns,
						 uint32_t run,
						 const struct instrument_table *instruments,
						 const struct market_state *state,
						 const struct recording_options *options,
						 struct error *err)
{
	if (!options_sound(options, err))
		return NULL;
	struct recording_writer *writer = calloc(1, sizeof *writer);
	if (writer == NULL) {
		error_set(err, ERROR_LIMIT, "recording: out of memory");
		return NULL;
	}
	writer->fd = -1;
	writer->directory_fd = -1;
	writer->run = run;
	writer->instruments = instruments;
	writer->state = state;
	writer->options = *options;
	writer->local_ns = start_ns;
	writer->synced_ns = start_ns;
	writer->directory = strdup(directory);
	writer->dictionary = dictionary_writer_create(instruments, options->depth_cap);
	writer->used = BLOCK_HEADER_BYTES;
	if (writer->directory == NULL || writer->dictionary == NULL) {
		error_set(err, ERROR_LIMIT, "recording: out of memory");
		goto failed;
	}
	if (!directory_open(writer, directory, err) || !declare_instruments(writer, err))
		goto failed;
	if (options->sync_worker) {
		writer->sync = recording_sync_start(writer->directory_fd, err);
		if (writer->sync == NULL)
			goto failed;
	}
	if (!segment_open(writer, start_ns, err))
		goto failed;
	return writer;
failed:
	writer->failed = true;
	recording_writer_close(writer, NULL);
	return NULL;
}

/* What a recording cannot hold; everything else round-trips. */
static bool event_recordable(struct recording_writer *writer, const struct market_event *event,
			     struct error *err)
{
	if (event->instrument != 0 &&
	    event->venue != instrument_get(writer->instruments, event->instrument)->venue)
		return error_set(err, ERROR_INPUT,
				 "recording: an event names a venue that is not its instrument's");
	if (event->instrument == 0 && event->kind <= EVENT_INSTRUMENT)
		return error_set(err, ERROR_INPUT,
				 "recording: an event of kind %u without an "
				 "instrument",
				 event->kind);
	if (event->kind == EVENT_BOOK &&
	    (uint64_t)event->u.book.bid_count + event->u.book.ask_count > RECORD_LEVELS_MAX)
		return error_set(err, ERROR_LIMIT,
				 "recording: a book event has more than %d levels",
				 RECORD_LEVELS_MAX);
	bool venue_time = (event->flags & EVENT_FLAG_VENUE_TIME) != 0;
	if (venue_time && writer->any_venue && event->exch_ns < writer->venue_ns)
		return error_set(err, ERROR_INPUT,
				 "recording: venue time runs backwards, "
				 "%lld after %lld",
				 (long long)event->exch_ns, (long long)writer->venue_ns);
	if (!venue_time && writer->any_local && event->local_ns < writer->local_ns)
		return error_set(err, ERROR_INPUT,
				 "recording: local time runs backwards, "
				 "%lld after %lld",
				 (long long)event->local_ns, (long long)writer->local_ns);
	return true;
}

/* Handles in the order of the table, whichever of them speaks first. */
static void declare_new(struct recording_writer *writer)
{
	size_t count = instrument_count(writer->instruments);
	while (writer->declared < count) {
		instrument_id id = (instrument_id)++writer->declared;
		if (!instrument_is_retired(writer->instruments, id))
			dictionary_writer_declare(writer->dictionary, id);
	}
}

/* What was entered is in the file before anything refers to it. */
static bool write_entered(struct recording_writer *writer, struct error *err)
{
	if (!dictionary_writer_changed(writer->dictionary))
		return true;
	return flush_events(writer, err) && write_dictionary(writer, false, err);
}

static bool no_more_streams(struct recording_writer *writer, struct error *err)
{
	writer->failed = true;
	return error_set(err, ERROR_LIMIT, "recording: more than %d streams",
			 DICTIONARY_STREAMS_MAX);
}

static bool enter_stream(struct recording_writer *writer, const struct market_event *event,
			 uint32_t *stream, struct error *err)
{
	declare_new(writer);
	*stream = dictionary_writer_stream(writer->dictionary, event->venue, event->instrument,
					   event->connection);
	if (*stream == DICTIONARY_STREAMS_MAX)
		return no_more_streams(writer, err);
	if (event->kind == EVENT_BOOK)
		writer->book_stream[event->instrument] = *stream + 1;
	return write_entered(writer, err);
}

/* A block holds one clock's records, and no more than so long. */
static bool close_other_block(struct recording_writer *writer, bool venue_time, int64_t time,
			      struct error *err)
{
	if (writer->records == 0 ||
	    (writer->venue_time == venue_time &&
	     (venue_time || time - writer->first_ns < writer->options.block_span_ns)))
		return true;
	return flush_events(writer, err);
}

static void begin_block(struct recording_writer *writer, bool venue_time, int64_t time)
{
	if (writer->records > 0)
		return;
	writer->venue_time = venue_time;
	writer->first_ns = time;
	record_coder_begin(dictionary_writer_coder(writer->dictionary), time);
}

static bool end_record(struct recording_writer *writer, const uint8_t *end, bool venue_time,
		       int64_t time, struct error *err)
{
	writer->used = (size_t)(end - writer->block);
	writer->records++;
	writer->last_ns = time;
	if (venue_time) {
		writer->any_venue = true;
		writer->venue_ns = time;
	} else {
		writer->any_local = true;
		writer->local_ns = time;
	}
	return writer->used < writer->options.block_bytes || flush_events(writer, err);
}

static bool append_event(struct recording_writer *writer, const struct market_event *event,
			 struct error *err)
{
	bool venue_time = (event->flags & EVENT_FLAG_VENUE_TIME) != 0;
	int64_t time = venue_time ? event->exch_ns : event->local_ns;
	uint32_t stream;
	if (!close_other_block(writer, venue_time, time, err) ||
	    !enter_stream(writer, event, &stream, err) ||
	    !reserve(writer, record_bound(event), err))
		return false;
	begin_block(writer, venue_time, time);
	uint8_t *end = record_encode(dictionary_writer_coder(writer->dictionary), stream, event,
				     writer->block + writer->used);
	return end_record(writer, end, venue_time, time, err);
}

/* Whatever is due behind a record: a new segment, a keyframe. */
static bool follow_up(struct recording_writer *writer, bool local, struct error *err)
{
	if (local && !writer->keyframe_scheduled) {
		writer->keyframe_scheduled = true;
		writer->keyframe_ns = writer->local_ns + writer->options.keyframe_interval_ns;
	}
	uint64_t size = writer->offset + writer->used;
	if (size >= (uint64_t)writer->options.segment_bytes ||
	    writer->revision == DICTIONARY_REVISION_MAX ||
	    (local && writer->local_ns / NS_PER_HOUR > writer->segment_hour))
		return flush_events(writer, err) && segment_rotate(writer, err);
	if ((local && writer->local_ns >= writer->keyframe_ns) ||
	    writer->keyframe_bytes >= KEYFRAME_BYTES_MAX)
		return flush_events(writer, err) && write_keyframe(writer, err);
	return true;
}

bool recording_writer_event(struct recording_writer *writer, const struct market_event *event,
			    struct error *err)
{
	if (writer->failed)
		return error_set(err, ERROR_IO, "recording in %s: failed before",
				 writer->directory);
	if (!event_recordable(writer, event, err) || !append_event(writer, event, err))
		return false;
	return follow_up(writer, (event->flags & EVENT_FLAG_VENUE_TIME) == 0, err);
}

static bool append_entry(struct recording_writer *writer, const struct recording_entry *entry,
			 struct error *err)
{
	int64_t time = session_entry_ns(entry);
	size_t bound = session_record_bound(entry);
	if (writer->failed)
		return error_set(err, ERROR_IO, "recording in %s: failed before",
				 writer->directory);
	if (writer->any_local && time < writer->local_ns)
		return error_set(err, ERROR_INPUT,
				 "recording: local time runs backwards, %lld after %lld",
				 (long long)time, (long long)writer->local_ns);
	if (bound > BLOCK_RAW_MAX / 2)
		return error_set(err, ERROR_LIMIT, "recording: an answer is too large to be kept");
	if (!close_other_block(writer, false, time, err))
		return false;
	declare_new(writer);
	if (!session_record_enter(writer->dictionary, writer->instruments, entry))
		return no_more_streams(writer, err);
	if (!write_entered(writer, err) || !reserve(writer, bound, err))
		return false;
	begin_block(writer, false, time);
	uint8_t *end = session_record_encode(writer->dictionary, writer->instruments, entry,
					     writer->block + writer->used);
	return end_record(writer, end, false, time, err) && follow_up(writer, true, err);
}

bool recording_writer_answer(struct recording_writer *writer, const struct recorded_answer *answer,
			     struct error *err)
{
	const struct recording_entry entry = {.kind = RECORDED_ANSWER, .u.answer = *answer};
	return append_entry(writer, &entry, err);
}

bool recording_writer_command(struct recording_writer *writer,
			      const struct recorded_command *command, struct error *err)
{
	const struct recording_entry entry = {.kind = RECORDED_COMMAND, .u.command = *command};
	return append_entry(writer, &entry, err);
}

bool recording_writer_account(struct recording_writer *writer, const struct account_event *event,
			      struct error *err)
{
	const struct recording_entry entry = {.kind = RECORDED_ACCOUNT, .u.account = *event};
	return append_entry(writer, &entry, err);
}

bool recording_writer_session(struct recording_writer *writer,
			      const struct recorded_session *session, struct error *err)
{
	const struct recording_entry entry = {.kind = RECORDED_SESSION, .u.session = *session};
	return append_entry(writer, &entry, err);
}

bool recording_writer_flush(struct recording_writer *writer, struct error *err)
{
	if (writer->failed)
		return error_set(err, ERROR_IO, "recording in %s: failed before",
				 writer->directory);
	return flush_events(writer, err);
}

bool recording_writer_close(struct recording_writer *writer, struct error *err)
{
	if (writer == NULL)
		return true;
	bool good = !writer->failed;
	if (writer->failed)
		error_set(err, ERROR_IO, "recording in %s: failed before", writer->directory);
	if (writer->fd >= 0 && !segment_close(writer, err))
		good = false;
	if (writer->sync != NULL) {
		int error = recording_sync_stop(writer->sync);
		if (error != 0 && good)
			good = fail(writer, err, "cannot sync", error);
	} else if (writer->directory_fd >= 0 && fsync(writer->directory_fd) != 0 && good) {
		good = fail(writer, err, "cannot sync the directory", errno);
	}
	if (writer->directory_fd >= 0)
		close(writer->directory_fd);
	dictionary_writer_free(writer->dictionary);
	free(writer->directory);
	free(writer->index);
	free(writer->block);
	free(writer->packed);
	free(writer->levels);
	free(writer);
	return good;
}
