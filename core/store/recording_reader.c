/*
 * Reading: segments in name order, blocks one after the other, records of a block one by one. Every
 * byte is foreign. What was lost is known by the block sequence numbers: any hole in them makes all
 * books unusable (CONNECTION_GAP) until the next keyframe.
 */
#include "core/store/recording.h"
#include "core/store/recording_dictionary.h"
#include "core/store/recording_index.h"
#include "core/store/segment_file.h"
#include "core/store/session_record.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SEGMENT_SUFFIX ".far"

struct recording_reader {
	char **paths; /* sorted */
	size_t path_count, path_capacity;
	size_t next_path;
	struct segment_file file;
	bool file_open;
	bool footer_passed;	       /* sound or not: no block follows */
	bool footer_seen;	       /* sound */
	struct segment_header segment; /* of the segment being read, if sound */
	bool segment_known;
	uint32_t sequence;     /* of the next block */
	uint64_t bytes_before; /* of the segments passed */

	struct dictionary_reader *dictionary;
	uint32_t revision; /* 0: no dictionary yet */
	struct record_levels levels;
	struct session_record_room room;
	struct instrument_table *instruments; /* borrowed */

	struct cursor block; /* records still to be read */
	uint32_t records;
	bool block_ready; /* a block of events is loaded, though perhaps not begun */
	struct block_header header;
	uint64_t block_bytes;

	bool gap_pending;	    /* books are stale: say so before the next event */
	size_t gap_next, gap_count; /* instruments told so far, to be told */
	bool any_local, any_venue;
	int64_t local_ns;
	int64_t venue_ns;
	struct recording_statistics statistics;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_path(struct recording_reader *reader, const char *directory, const char *name,
		     struct error *err)
{
	if (reader->path_count == reader->path_capacity) {
		size_t capacity = reader->path_capacity * 2 + 16;
		char **grown = realloc(reader->paths, capacity * sizeof *grown);
		if (grown == NULL)
			return error_set(err, ERROR_LIMIT, "%s: out of memory", name);
		reader->paths = grown;
		reader->path_capacity = capacity;
	}
	char *path = NULL;
	int length = directory == NULL ? asprintf(&path, "%s", name)
				       : asprintf(&path, "%s/%s", directory, name);
	if (length < 0)
		return error_set(err, ERROR_LIMIT, "%s: out of memory", name);
	reader->paths[reader->path_count++] = path;
	return true;
}

static bool list_segments(struct recording_reader *reader, const char *path, struct error *err)
{
	struct stat status;
	if (stat(path, &status) != 0)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return add_path(reader, NULL, path, err);
	DIR *directory = opendir(path);
	if (directory == NULL)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	bool good = true;
	for (struct dirent *entry; good && (entry = readdir(directory)) != NULL;) {
		size_t length = strlen(entry->d_name);
		size_t suffix = sizeof SEGMENT_SUFFIX - 1;
		if (length > suffix && strcmp(entry->d_name + length - suffix, SEGMENT_SUFFIX) == 0)
			good = add_path(reader, path, entry->d_name, err);
	}
	closedir(directory);
	if (good && reader->path_count == 0)
		return error_set(err, ERROR_INPUT, "%s: no recording here (no *" SEGMENT_SUFFIX ")",
				 path);
	qsort(reader->paths, reader->path_count, sizeof *reader->paths, compare_paths);
	return good;
}

/* Everything known of the books ends here. */
static void books_lost(struct recording_reader *reader)
{
	if (reader->any_local || reader->any_venue || reader->gap_count > 0)
		reader->gap_pending = true;
}

static void lose_block(struct recording_reader *reader, uint64_t bytes)
{
	reader->statistics.damaged_blocks++;
	reader->statistics.damaged_bytes += bytes;
	books_lost(reader);
}

/* --- segments ------------------------------------------------------------------------------ */

static bool open_segment(struct recording_reader *reader, struct error *err)
{
	if (!segment_file_open(&reader->file, reader->paths[reader->next_path], err))
		return false;
	reader->next_path++;
	reader->file_open = true;
	reader->statistics.segments++;
	struct segment_header header;
	enum segment_read read = segment_file_header(&reader->file, &header, err);
	if (read == SEGMENT_FAILED)
		return false;
	if (read == SEGMENT_OK && header.version != RECORDING_FORMAT_VERSION)
		return error_set(err, ERROR_INPUT,
				 "%s: format version %u, this program reads version %u",
				 reader->file.path, header.version, RECORDING_FORMAT_VERSION);
	bool first = reader->statistics.segments == 1;
	bool same_run = read == SEGMENT_OK && reader->segment_known &&
			header.run == reader->segment.run &&
			header.number == reader->segment.number + 1;
	if (!first && (!same_run || !reader->footer_seen))
		books_lost(reader);
	dictionary_reader_segment(reader->dictionary, same_run);
	reader->segment_known = read == SEGMENT_OK;
	if (reader->segment_known)
		reader->segment = header;
	reader->sequence = 0;
	reader->revision = 0;
	reader->footer_passed = false;
	reader->footer_seen = false;
	return true;
}

/* Bytes behind the footer: the trailer, which says nothing that is not known. */
static bool check_trailer(struct recording_reader *reader, struct error *err)
{
	uint64_t rest = reader->file.size - reader->file.offset;
	bool failed;
	uint64_t offset;
	const uint8_t *trailer = segment_file_bytes(&reader->file, reader->file.offset,
						    SEGMENT_TRAILER_BYTES, &failed, err);
	if (failed)
		return false;
	bool sound = trailer != NULL && segment_trailer_read(trailer, &offset);
	reader->statistics.damaged_bytes += sound ? rest - SEGMENT_TRAILER_BYTES : rest;
	if (rest < SEGMENT_TRAILER_BYTES)
		reader->statistics.damaged_bytes += SEGMENT_TRAILER_BYTES - rest;
	return true;
}

static void close_segment(struct recording_reader *reader)
{
	if (!reader->footer_seen)
		reader->statistics.unclosed_segments++;
	reader->bytes_before += reader->file.size;
	segment_file_close(&reader->file);
	reader->file_open = false;
	reader->statistics.bytes = reader->bytes_before;
}

/* --- blocks -------------------------------------------------------------------------------- */

/* Counts what the sequence numbers say is missing in front of this block. */
static void check_sequence(struct recording_reader *reader, uint32_t sequence)
{
	if (sequence != reader->sequence) {
		/* Numbers that run backwards tell of a file put together by hand. */
		reader->statistics.damaged_blocks +=
			sequence > reader->sequence ? sequence - reader->sequence : 1;
		books_lost(reader);
	}
	reader->sequence = sequence + 1;
}

static bool read_dictionary(struct recording_reader *reader, const struct segment_block *block,
			    bool *damaged, struct error *err)
{
	bool whole = block->header.kind == BLOCK_DICTIONARY;
	*damaged = false;
	if (!whole && (reader->revision == 0 || block->header.dictionary != reader->revision + 1)) {
		*damaged = true; /* an addition to something lost */
		return true;
	}
	enum dictionary_result result = dictionary_reader_read(
		reader->dictionary, whole, block->payload, block->header.raw_bytes,
		block->header.records, &reader->statistics.unknown_records, err);
	reader->revision = result == DICTIONARY_OK ? block->header.dictionary : 0;
	if (result == DICTIONARY_CONFLICT)
		error_prefix(err, "%s", reader->file.path);
	*damaged = result == DICTIONARY_DAMAGED;
	return result != DICTIONARY_CONFLICT;
}

static void begin_events(struct recording_reader *reader, const struct segment_block *block)
{
	reader->header = block->header;
	reader->block = (struct cursor){.at = block->payload,
					.end = block->payload + block->header.raw_bytes};
	reader->records = block->header.records;
	reader->block_bytes = BLOCK_HEADER_BYTES + (uint64_t)block->header.stored_bytes;
	reader->block_ready = true;
	record_coder_begin(dictionary_reader_coder(reader->dictionary), block->header.first_ns);
	if (reader->gap_pending) {
		const struct recorded_instrument *unused;
		reader->gap_pending = false;
		reader->gap_next = 0;
		reader->gap_count = dictionary_reader_instruments(reader->dictionary, &unused);
		reader->statistics.gaps++;
	}
}

static bool take_block(struct recording_reader *reader, const struct segment_block *block,
		       struct error *err)
{
	uint64_t bytes = BLOCK_HEADER_BYTES + (uint64_t)block->header.stored_bytes;
	bool damaged = false;
	check_sequence(reader, block->header.sequence);
	switch (block->header.kind) {
	case BLOCK_DICTIONARY:
	case BLOCK_ADDITION:
		if (!read_dictionary(reader, block, &damaged, err))
			return false;
		break;
	case BLOCK_EVENTS:
	case BLOCK_KEYFRAME:
		damaged = reader->revision == 0 || block->header.dictionary != reader->revision;
		if (!damaged)
			begin_events(reader, block);
		break;
	case BLOCK_FOOTER:
		reader->footer_passed = true;
		reader->footer_seen = true;
		break;
	default: /* a byte of a file, not an enum: newer writers may know more */
		reader->statistics.unknown_records++;
		break;
	}
	if (damaged)
		lose_block(reader, bytes);
	else
		reader->statistics.blocks++;
	return true;
}

/* Loads the next block of events; dictionaries on the way are taken in. */
static enum recording_read next_block(struct recording_reader *reader, struct error *err)
{
	while (!reader->block_ready) {
		if (!reader->file_open) {
			if (reader->next_path == reader->path_count)
				return RECORDING_FINISHED;
			if (!open_segment(reader, err))
				return RECORDING_FAILED;
		}
		struct segment_block block;
		bool header_sound;
		uint64_t skipped;
		enum segment_read read = reader->footer_passed
						 ? SEGMENT_END
						 : segment_file_block(&reader->file, &block,
								      &header_sound, &skipped, err);
		switch (read) {
		case SEGMENT_OK:
			if (!take_block(reader, &block, err))
				return RECORDING_FAILED;
			break;
		case SEGMENT_DAMAGED:
			/* A block whose header is known counts now; of other bytes the sequence of
			 * the next block tells how many blocks they were. */
			reader->statistics.damaged_bytes += skipped;
			if (header_sound) {
				check_sequence(reader, block.header.sequence);
				lose_block(reader, 0);
				reader->footer_passed = block.header.kind == BLOCK_FOOTER;
			} else if (reader->file.offset == reader->file.size) {
				lose_block(reader, 0);
			}
			break;
		case SEGMENT_END:
			if (reader->footer_passed && !check_trailer(reader, err))
				return RECORDING_FAILED;
			close_segment(reader);
			break;
		case SEGMENT_FAILED:
			return RECORDING_FAILED;
		}
	}
	return RECORDING_EVENT;
}

/* --- events -------------------------------------------------------------------------------- */

static void gap_event(struct recording_reader *reader, struct market_event *event)
{
	const struct recorded_instrument *instruments;
	dictionary_reader_instruments(reader->dictionary, &instruments);
	const struct recorded_instrument *recorded = &instruments[reader->gap_next++];
	memset(event, 0, sizeof *event);
	event->kind = EVENT_CONNECTION;
	event->instrument = recorded->instrument;
	event->venue = recorded->venue;
	event->connection = recorded->connection;
	event->u.connection.state = CONNECTION_GAP;
	if (reader->header.venue_time) {
		event->flags = EVENT_FLAG_VENUE_TIME;
		event->exch_ns = reader->any_venue ? reader->venue_ns : reader->header.first_ns;
	} else {
		event->local_ns = reader->any_local ? reader->local_ns : reader->header.first_ns;
	}
}

static void note_time(struct recording_reader *reader, const struct market_event *event)
{
	struct recording_statistics *statistics = &reader->statistics;
	if (event->flags & EVENT_FLAG_VENUE_TIME) {
		if (!reader->any_venue && !reader->any_local)
			statistics->first_ns = event->exch_ns;
		reader->any_venue = true;
		reader->venue_ns = event->exch_ns;
		if (!reader->any_local)
			statistics->last_ns = event->exch_ns;
	} else {
		if (!reader->any_local)
			statistics->first_ns = event->local_ns;
		reader->any_local = true;
		reader->local_ns = event->local_ns;
		statistics->last_ns = event->local_ns;
	}
}

static void note_entry(struct recording_reader *reader, int64_t local_ns)
{
	const struct market_event instant = {.local_ns = local_ns};
	note_time(reader, &instant);
}

static void count_entry(struct recording_statistics *statistics, uint8_t type)
{
	statistics->answers += type == SESSION_RECORD_ANSWER;
	statistics->commands += type == SESSION_RECORD_COMMAND;
	statistics->account_events += type == SESSION_RECORD_ACCOUNT;
	statistics->session_marks += type == SESSION_RECORD_MARK;
}

/*
 * The record that reaches from `start` to the cursor is no market event. True: `entry` holds it. A
 * malformed one costs itself alone: no other record depends on it.
 */
static bool take_entry(struct recording_reader *reader, const uint8_t *start,
		       struct recording_entry *entry)
{
	struct cursor record = {.at = start, .end = reader->block.at};
	int64_t local_ns;
	if (!session_record_is(*start)) {
		reader->statistics.unknown_records++;
		return false;
	}
	if (!session_record_time(&record, &local_ns) ||
	    (entry != NULL &&
	     !session_record_decode(dictionary_reader_coder(reader->dictionary),
				    reader->instruments, &record, &reader->room, entry))) {
		reader->statistics.damaged_bytes += (uint64_t)(reader->block.at - start);
		return false;
	}
	note_entry(reader, local_ns);
	count_entry(&reader->statistics, *start);
	return entry != NULL;
}

/* entry NULL: market events alone. Otherwise entry->kind says which of the two was filled. */
static inline __attribute__((always_inline)) enum recording_read next_record(
	struct recording_reader *reader, struct market_event *event, struct recording_entry *entry,
	struct error *err)
{
	for (;;) {
		if (!reader->block_ready) {
			enum recording_read read = next_block(reader, err);
			if (read != RECORDING_EVENT)
				return read;
		}
		if (reader->gap_next < reader->gap_count) {
			gap_event(reader, event);
			return RECORDING_EVENT;
		}
		if (reader->records == 0) {
			reader->block_ready = false;
			if (reader->block.at != reader->block.end)
				lose_block(reader, 0);
			continue;
		}
		reader->records--;
		const uint8_t *start = reader->block.at;
		switch (record_decode(dictionary_reader_coder(reader->dictionary), &reader->block,
				      &reader->levels, event)) {
		case RECORD_EVENT:
			break;
		case RECORD_OTHER:
			if (take_entry(reader, start, entry))
				return RECORDING_EVENT;
			continue;
		case RECORD_DAMAGED:
			reader->block_ready = false;
			lose_block(reader, reader->block_bytes);
			continue;
		}
		note_time(reader, event);
		if (event->flags & EVENT_FLAG_KEYFRAME) {
			reader->statistics.keyframes++;
		} else {
			reader->statistics.events++;
			if (event->kind == EVENT_BOOK)
				reader->statistics.levels +=
					(uint64_t)event->u.book.bid_count + event->u.book.ask_count;
		}
		return RECORDING_EVENT;
	}
}

enum recording_read recording_reader_next(struct recording_reader *reader,
					  struct market_event *event, struct error *err)
{
	return next_record(reader, event, NULL, err);
}

enum recording_read recording_reader_next_entry(struct recording_reader *reader,
						struct recording_entry *entry, struct error *err)
{
	entry->kind = RECORDED_EVENT;
	return next_record(reader, &entry->u.event, entry, err);
}

/* --- the rest ------------------------------------------------------------------------------ */

struct recording_reader *recording_reader_open(const char *path,
					       struct instrument_table *instruments,
					       struct error *err)
{
	struct recording_reader *reader = calloc(1, sizeof *reader);
	if (reader == NULL) {
		error_set(err, ERROR_LIMIT, "%s: out of memory", path);
		return NULL;
	}
	reader->instruments = instruments;
	reader->dictionary = dictionary_reader_create(instruments);
	if (reader->dictionary == NULL) {
		error_set(err, ERROR_LIMIT, "%s: out of memory", path);
		goto failed;
	}
	if (!list_segments(reader, path, err) || next_block(reader, err) == RECORDING_FAILED)
		goto failed;
	if (reader->statistics.blocks == 0 && !reader->segment_known) {
		error_set(err, ERROR_INPUT, "%s: not a recording (no sound block in %zu file(s))",
			  path, reader->path_count);
		goto failed;
	}
	return reader;
failed:
	recording_reader_free(reader);
	return NULL;
}

void recording_reader_free(struct recording_reader *reader)
{
	if (reader == NULL)
		return;
	segment_file_free(&reader->file);
	dictionary_reader_free(reader->dictionary);
	for (size_t i = 0; i < reader->path_count; i++)
		free(reader->paths[i]);
	free(reader->paths);
	free(reader->levels.at);
	session_record_room_free(&reader->room);
	free(reader);
}

const struct recording_statistics *recording_reader_statistics(
	const struct recording_reader *reader)
{
	return &reader->statistics;
}

size_t recording_reader_instruments(const struct recording_reader *reader, instrument_id *out,
				    size_t limit)
{
	const struct recorded_instrument *instruments;
	size_t count = dictionary_reader_instruments(reader->dictionary, &instruments);
	for (size_t i = 0; i < count && i < limit; i++)
		out[i] = instruments[i].instrument;
	return count;
}

uint32_t recording_reader_depth_cap(const struct recording_reader *reader)
{
	return dictionary_reader_depth_cap(reader->dictionary);
}

bool recording_reader_seek(struct recording_reader *reader, int64_t local_ns, struct error *err)
{
	/* Newest segment first: the first keyframe found early enough is the one. */
	struct segment_file file = {0};
	struct keyframe_place place;
	bool found = false;
	bool good = true;
	size_t segment = reader->path_count;
	while (good && !found && segment > 0) {
		good = segment_file_open(&file, reader->paths[--segment], err) &&
		       recording_index_find(&file, local_ns, &found, &place, err);
		segment_file_close(&file);
	}
	segment_file_free(&file);
	if (!good || !found)
		return good;
	if (reader->file_open)
		segment_file_close(&reader->file);
	reader->file_open = false;
	reader->block_ready = false;
	reader->gap_pending = false;
	memset(&reader->statistics, 0, sizeof reader->statistics);
	reader->bytes_before = 0;
	reader->next_path = segment;
	if (!open_segment(reader, err))
		return false;
	reader->gap_pending = false;
	reader->file.offset = place.offset;
	reader->sequence = place.sequence;
	return true;
}

void recording_reader_hold_revisions(struct recording_reader *reader)
{
	dictionary_reader_hold(reader->dictionary);
}

uint64_t recording_reader_revisions(const struct recording_reader *reader)
{
	return dictionary_reader_held(reader->dictionary);
}

bool recording_reader_release(struct recording_reader *reader, instrument_id instrument,
			      uint64_t revisions, struct error *err)
{
	return dictionary_reader_release(reader->dictionary, instrument, revisions, err);
}
