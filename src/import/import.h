/*
 * Foreign recordings -> a recording of ours (docs/import.md). Streams: memory does not depend on
 * the size of the input (CSV histories are sorted in memory, at most IMPORT_CSV_ROWS_MAX rows).
 */
#ifndef FUNDARB_SRC_IMPORT_IMPORT_H
#define FUNDARB_SRC_IMPORT_IMPORT_H

#include "core/store/recording.h"
#include "src/import/clock_estimate.h"
#include "src/import/instrument_terms.h"

#define IMPORT_CSV_ROWS_MAX 5000000

enum import_kind {
	IMPORT_BINANCE_RAW,	/* lines `LOCAL_NS JSON` or `LOCAL_US JSON` */
	IMPORT_CANDLES_FUNDING, /* candles with the funding rate of their span's settlement */
	IMPORT_FUNDING,		/* settled rates of several venues */
	IMPORT_HYPERLIQUID_FUNDING,
};
#define IMPORT_KINDS 4
/* "binance-raw", "candles-funding", "funding-csv", "hyperliquid-funding-csv". */
const char *import_kind_name(enum import_kind kind);
bool import_kind_of_name(const char *name, enum import_kind *kind);

struct import_options {
	enum import_kind kind;
	const char *venue;	  /* NULL: by file name or row */
	const char *out;	  /* directory; must hold no segments yet */
	const char *const *files; /* "-" = standard input */
	size_t file_count;
	const char *terms_from; /* NULL, or a recording whose instruments' terms are taken over */
	int price_decimals;	/* -1 = inferred */
	int quantity_decimals;
	bool survey_all; /* infer from all lines (regular files), not from the first ones only */
	bool progress;
	struct recording_options recording;
};
struct import_options import_defaults(void);

/* What a row of the input is. */
enum import_row {
	ROW_DEPTH,
	ROW_BOOK_TICKER,
	ROW_TRADE,
	ROW_MARK_PRICE,
	ROW_SNAPSHOT,
	ROW_OTHER,
	ROW_CANDLE,
	ROW_FUNDING,
};
#define IMPORT_ROWS 8
/* As expected.json and the venue name them: "depthUpdate", "bookTicker", ... */
const char *import_row_name(enum import_row row);

/* Why a row did not become an event. */
enum import_drop {
	DROP_STAMP,	/* no receive time of 16 or 19 digits before the message */
	DROP_BACKWARDS, /* more than 1 s earlier than the line before it */
	DROP_NOT_JSON,
	DROP_MISSING_FIELD,
	DROP_REPEATED_FIELD,
	DROP_BAD_VALUE,
	DROP_INEXACT_PRICE,    /* --price-decimals helps */
	DROP_INEXACT_QUANTITY, /* --quantity-decimals helps */
	DROP_TOO_LARGE,
	DROP_TOO_MANY_LEVELS,
	DROP_OTHER_SYMBOL, /* a file is one symbol's */
	DROP_COLUMNS,	   /* wrong number of columns */
	DROP_REPEATED_ROW, /* the same series and time twice */
};
#define IMPORT_DROPS 13
const char *import_drop_name(enum import_drop drop);

struct import_counts {
	uint64_t lines;
	uint64_t rows[IMPORT_ROWS];
	uint64_t dropped[IMPORT_DROPS];
	uint64_t stamps_held; /* receive time up to 1 s earlier than the line before: taken as equal
			       */
	int64_t first_ns, last_ns; /* receive time (raw) or venue time (CSV); 0 = none */
};

struct import_file {
	char *path;
	size_t stream; /* index into streams; raw kinds only */
	struct import_counts counts;
	bool damaged; /* could not be read to its end */
	struct error damage;
};

/* One (venue, symbol). */
struct import_stream {
	char venue[NAME_MAX_LENGTH + 1];
	char symbol[NAME_MAX_LENGTH + 1];
	instrument_id instrument; /* in the table of import_run */
	struct scale_terms scale;
	bool price_inferred, quantity_inferred; /* not given by option or recording */
	struct import_counts counts;
	/* Books. */
	uint64_t depth_levels; /* in diffs */
	uint64_t snapshot_levels;
	uint64_t stale, repeated, gaps, crossings, off_market;
	uint64_t snapshots_too_old, snapshots_not_needed;
	bool synced_at_end;
	/* Funding series. */
	uint64_t settlements;
	uint64_t late;	   /* over a minute after their boundary */
	uint64_t extra;	   /* on no boundary, or a second one on it */
	uint64_t missing;  /* boundaries between the first and the last without a row */
	int64_t latest_ns; /* how late the latest one is */
	uint64_t schedule_changes;
	int64_t interval_ns, last_interval_ns; /* of the first and the last schedule */
	i128 rate_sum_e18;
};

struct import_venue {
	char name[NAME_MAX_LENGTH + 1];
	struct clock_estimate clock; /* known == false: no message named its time, or CSV */
};

struct import_report {
	enum import_kind kind;
	struct import_file *files;
	size_t file_count;
	struct import_stream *streams;
	size_t stream_count;
	struct import_venue *venues;
	size_t venue_count;
	struct import_counts total;
	uint64_t events; /* written */
};

/*
 * Runs one import. False: nothing usable was written beyond what err says (ERROR_CONFIGURATION:
 * nothing was started; ERROR_IO and others: it broke off). On success *report is the caller's to
 * free; rows that were dropped are in it.
 */
bool import_run(const struct import_options *options, struct import_report **report,
		struct error *err);
void import_report_free(struct import_report *report);
uint64_t import_dropped(const struct import_counts *counts);

#endif
