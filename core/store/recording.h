/*
 * Recordings: append-only segments of market events (docs/recording-format.md). Every block is
 * checksummed and decodes alone; keyframes repeat dictionary and full books; damage costs the
 * block and the time to the next keyframe, never more, and is never silent.
 *
 * The writer is used where the core consumes events, in that order, so a recording of a session
 * is itself a replay script.
 */
#ifndef FUNDARB_CORE_STORE_RECORDING_H
#define FUNDARB_CORE_STORE_RECORDING_H

#include "core/base/error.h"
#include "core/market/market_event.h"
#include "core/market/market_state.h"
#include "core/store/recorded_entry.h"

enum recording_codec { RECORDING_RAW, RECORDING_ZLIB };

struct recording_options {
	enum recording_codec codec;
	size_t block_bytes;	      /* a block is closed at this raw size; 4 KiB .. 1 MiB */
	int64_t block_span_ns;	      /* ... or when it spans this much local time */
	int64_t keyframe_interval_ns; /* full books of every synced stream */
	int64_t segment_bytes;	      /* a new segment file beyond this, or at a full hour */
	uint32_t depth_cap;	      /* levels a side kept per book; 0 = uncapped (imports) */
	bool sync_worker;	      /* fdatasync once a second on a worker thread (live) */
};
/* Raw, 64 KiB, 1 s, 60 s, 256 MiB, uncapped, no worker. */
struct recording_options recording_defaults(void);

struct recording_writer;

/*
 * Starts a new segment in `directory` (made if missing; existing segments are never touched).
 * start_ns and run name the file <YYYYMMDDThhmmss>-<run as 8 hex digits>-<nnn>.far. `state` is the
 * market state that has already applied every event handed to the writer; keyframes come from it.
 * Instruments that are in the table already are declared in the first dictionary.
 */
struct recording_writer *recording_writer_create(const char *directory, int64_t start_ns,
						 uint32_t run,
						 const struct instrument_table *instruments,
						 const struct market_state *state,
						 const struct recording_options *options,
						 struct error *err);
/*
 * Appends one event, after it was applied to `state`. local_ns must not run backwards (events with
 * EVENT_FLAG_VENUE_TIME are ordered by exch_ns among themselves). An instrument or revision seen
 * for the first time is written to the dictionary first. False: I/O failed, err says where; the
 * writer is then only good for closing.
 */
bool recording_writer_event(struct recording_writer *writer, const struct market_event *event,
			    struct error *err);
/*
 * The other records of a session, in order with the events: each is stamped with the local time at
 * which the program was told (received_ns, local_ns), which must not run backwards either.
 */
bool recording_writer_answer(struct recording_writer *writer, const struct recorded_answer *answer,
			     struct error *err);
bool recording_writer_command(struct recording_writer *writer,
			      const struct recorded_command *command, struct error *err);
bool recording_writer_account(struct recording_writer *writer, const struct account_event *event,
			      struct error *err);
bool recording_writer_session(struct recording_writer *writer,
			      const struct recorded_session *session, struct error *err);
/* Writes what is gathered to the file (which then may be read up to here), e.g. once a second from
 * a timer: events alone flush only when the next one comes. */
bool recording_writer_flush(struct recording_writer *writer, struct error *err);
/* Flushes, writes the footer index, syncs, closes and frees, also after errors. */
bool recording_writer_close(struct recording_writer *writer, struct error *err);

struct recording_statistics {
	uint64_t events;    /* recorded ones: without keyframes and the reader's own gaps */
	uint64_t levels;    /* level changes in their BOOK events */
	uint64_t keyframes; /* books repeated */
	uint64_t segments;
	uint64_t unclosed_segments; /* without a sound footer: the recorder was killed, or runs */
	uint64_t blocks;	    /* sound ones */
	uint64_t bytes;		    /* of the files passed */
	uint64_t damaged_blocks;    /* lost or skipped: bytes or structure wrong, or in need of a
				       dictionary that was lost */
	uint64_t damaged_bytes;
	uint64_t gaps; /* times the reader declared all books unusable: damage, or a new run */
	uint64_t unknown_records;
	uint64_t answers, commands, account_events, session_marks; /* of a session */
	int64_t first_ns, last_ns; /* local (EVENT_FLAG_VENUE_TIME events alone: venue time) */
};

struct recording_reader;

/*
 * Opens all segments of a directory (or one segment file) in name order. Instruments of its
 * dictionary are added to `instruments` (an instrument already there with equal terms is shared;
 * with different terms: error), those of the first dictionary at once, others when they are
 * reached.
 */
struct recording_reader *recording_reader_open(const char *path,
					       struct instrument_table *instruments,
					       struct error *err);
void recording_reader_free(struct recording_reader *reader);

enum recording_read { RECORDING_EVENT, RECORDING_FINISHED, RECORDING_FAILED };
/*
 * Next event in recorded order; its arrays are valid until the next call. After damage the reader
 * resumes at the next sound block and delivers CONNECTION_GAP events for the instruments of the
 * recording before anything else (stamped with the time of the last event before the damage); their
 * books come back with the next keyframe. So it does where another run of the recorder begins.
 * Keyframes are delivered as BOOK events flagged EVENT_FLAG_KEYFRAME: market_state ignores them
 * while a book is synced, everybody else ignores them always. RECORDING_FAILED only for I/O errors,
 * and where a dictionary contradicts `instruments`.
 */
enum recording_read recording_reader_next(struct recording_reader *reader,
					  struct market_event *event, struct error *err);
/* The same with the session's records among them, which recording_reader_next passes over. A
 * malformed one costs itself alone and is counted in damaged_bytes. */
enum recording_read recording_reader_next_entry(struct recording_reader *reader,
						struct recording_entry *entry, struct error *err);
const struct recording_statistics *recording_reader_statistics(
	const struct recording_reader *reader);
/*
 * For who reads ahead of the run: from now on revisions of instruments do not enter the table when
 * they are read. recording_reader_revisions counts those read so far; remember it with an event,
 * and release them for its instrument when the event is due, so that nobody knows them early.
 */
void recording_reader_hold_revisions(struct recording_reader *reader);
uint64_t recording_reader_revisions(const struct recording_reader *reader);
bool recording_reader_release(struct recording_reader *reader, instrument_id instrument,
			      uint64_t revisions, struct error *err);
/* Instruments named by the recording's dictionaries so far, in order of appearance. */
size_t recording_reader_instruments(const struct recording_reader *reader, instrument_id *out,
				    size_t limit);
/*
 * Skips to the newest keyframe at or before local_ns (to the beginning if there is none), by the
 * segments' indexes; only before the first recording_reader_next. False: I/O failed.
 */
bool recording_reader_seek(struct recording_reader *reader, int64_t local_ns, struct error *err);
/* Levels a side that the recorder kept per book; 0 = uncapped. Deeper levels of its events are to
 * be dropped by whoever compares with its keyframes. */
uint32_t recording_reader_depth_cap(const struct recording_reader *reader);

#endif
