/*
 * book_replay_events_per_s: a recording read, decoded and applied to the market state, which keeps
 * the book. The baseline does the same with the same reader, but keeps the book in sorted arrays.
 * An event is one level change, one BBO or one trade; keyframes are read and do not count.
 */
#include "tests/bench/bench.h"
#include "tests/bench/raw_capture.h"

#include "core/store/recording.h"
#include "tests/support/book_baseline.h"
#include "tests/support/scratch_folder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define PASSES 50

struct replay_passes {
	char recording[WORKSPACE_PATH_MAX];
	uint64_t events;
	struct book_level best[2];
};

/* Reads all of the recording; `take` gets each event. Returns how many events count. */
static uint64_t read_all(const char *path, struct instrument_table *instruments,
			 void (*take)(void *user, const struct market_event *event), void *user)
{
	struct error err = {0};
	struct market_event event;
	enum recording_read read;
	uint64_t events = 0;
	struct recording_reader *reader = recording_reader_open(path, instruments, &err);
	if (reader == NULL) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	while ((read = recording_reader_next(reader, &event, &err)) == RECORDING_EVENT) {
		take(user, &event);
		if (event.kind == EVENT_BOOK)
			events += event.flags & EVENT_FLAG_KEYFRAME
					  ? 0
					  : event.u.book.bid_count + event.u.book.ask_count;
		else if (event.kind == EVENT_BBO || event.kind == EVENT_TRADE)
			events++;
	}
	assert(read == RECORDING_FINISHED);
	recording_reader_free(reader);
	return events;
}

static void apply(void *user, const struct market_event *event)
{
	market_state_apply(user, event);
}

static void replay_once(void *user)
{
	struct replay_passes *passes = user;
	struct instrument_table *instruments = instrument_table_create();
	struct market_state *state = market_state_create(instruments);
	assert(instruments != NULL && state != NULL);
	passes->events = read_all(passes->recording, instruments, apply, state);
	const struct book_state *book = market_state_book(state, 1);
	assert(book->synced);
	for (int side = 0; side < 2; side++)
		if (!order_book_best(book->book, (enum side)side, &passes->best[side]))
			abort();
	market_state_free(state);
	instrument_table_free(instruments);
}

/* What the market state keeps of these events, with the plain book. */
struct plain_market {
	struct book_baseline *book;
	bool synced;
	struct book_level bid, ask;
	struct price last_trade;
};

static void apply_plainly(void *user, const struct market_event *event)
{
	struct plain_market *market = user;
	if (event->kind == EVENT_BBO) {
		market->bid = event->u.bbo.bid;
		market->ask = event->u.bbo.ask;
	} else if (event->kind == EVENT_TRADE) {
		market->last_trade = event->u.trade.price;
	} else if (event->kind == EVENT_BOOK &&
		   !(event->flags & EVENT_FLAG_KEYFRAME && market->synced)) {
		if (event->flags & EVENT_FLAG_SNAPSHOT) {
			book_baseline_clear(market->book);
			market->synced = true;
		}
		book_baseline_apply(market->book, event->u.book.bids, event->u.book.bid_count,
				    event->u.book.asks, event->u.book.ask_count);
	}
}

static void replay_plainly_once(void *user)
{
	struct replay_passes *passes = user;
	struct instrument_table *instruments = instrument_table_create();
	struct plain_market market = {.book = book_baseline_create()};
	assert(instruments != NULL && market.book != NULL);
	uint64_t events = read_all(passes->recording, instruments, apply_plainly, &market);
	assert(events == passes->events);
	/* Both books must end the same, or one of them did other work. */
	for (int side = 0; side < 2; side++) {
		struct book_level best;
		if (!book_baseline_best(market.book, (enum side)side, &best))
			abort();
		assert(best.price.units == passes->best[side].price.units &&
		       best.quantity.units == passes->best[side].quantity.units);
	}
	book_baseline_free(market.book);
	instrument_table_free(instruments);
}

void bench_book_replay(struct bench_report *report)
{
	struct workspace workspace;
	struct raw_capture capture;
	struct replay_passes passes = {0};
	scratch_folder_make(workspace.folder, sizeof(workspace.folder));
	raw_capture_open(&capture, &workspace);
	raw_capture_import(&capture, workspace_path(&workspace, "recording", passes.recording));
	struct bench_passes state, plain;
	bench_in_turns(PASSES, replay_once, replay_plainly_once, &passes, &state, &plain);
	double events = (double)passes.events;
	bench_report_add(report, "book_replay_events_per_s", events / state.best_s, "events/s",
			 events / plain.best_s, "sorted arrays");
	bench_report_note(report, "%s, %.0f events; best of %d, mean %.4g, by processor time %.4g",
			  raw_capture_text(&capture), events, PASSES, events / state.mean_s,
			  events / state.processor_s);
	scratch_folder_remove(workspace.folder);
}
