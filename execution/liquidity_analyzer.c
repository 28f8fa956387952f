/*
 * One check = one book: the live stream's, or one depth read. Its touch goes to the PriceProvider
 * before the caller hears, so that the order that follows finds its price there.
 */
#include "execution/liquidity_analyzer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	struct liquidity_analyzer *analyzer;
	struct check *next, *previous; /* in use, or free */
	bool pooled;
	bool reading;  /* a read will still come back here */
	bool answered; /* its caller has been called */
	instrument_id instrument;
	enum side side;
	struct quantity quantity;
	int64_t deadline_ns;
	liquidity_done done;
	void *user;
	schedule_id entry; /* deadline, or completion */
	bool known;
	struct leg_liquidity leg;
	char why[120];
};

/*
 * The last answers that cost a read. Whoever asks the same while the book is still young enough to
 * price an order gets it again: the strategy's look at a pair serves the executor's check.
 */
#define RECENT_ANSWERS 16
struct recent_answer {
	instrument_id instrument; /* 0 = free */
	enum side side;
	struct quantity quantity;
	struct leg_liquidity leg;
};

struct liquidity_analyzer {
	struct liquidity_limits limits;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct price_provider *prices;
	struct check *free_checks;
	struct check *in_use;
	struct book_level *levels; /* both sides of a stream's book while it is walked */
	size_t level_capacity;
	struct recent_answer recent[RECENT_ANSWERS]; /* a ring */
	unsigned next_recent;
	struct check pool[LIQUIDITY_CHECKS_MAX];
};

struct liquidity_analyzer *liquidity_analyzer_create(const struct liquidity_limits *limits,
						     struct scheduler *scheduler,
						     const struct instrument_table *instruments,
						     const struct market_state *market,
						     const struct exchange_clients *clients,
						     struct price_provider *prices)
{
	struct liquidity_analyzer *analyzer = calloc(1, sizeof *analyzer);
	if (analyzer == NULL)
		return NULL;
	analyzer->limits = *limits;
	analyzer->scheduler = scheduler;
	analyzer->instruments = instruments;
	analyzer->market = market;
	analyzer->clients = clients;
	analyzer->prices = prices;
	for (size_t i = LIQUIDITY_CHECKS_MAX; i-- > 0;) {
		analyzer->pool[i].pooled = true;
		analyzer->pool[i].next = analyzer->free_checks;
		analyzer->free_checks = &analyzer->pool[i];
	}
	return analyzer;
}

void liquidity_analyzer_free(struct liquidity_analyzer *analyzer)
{
	if (analyzer == NULL)
		return;
	for (struct check *check = analyzer->in_use, *next; check != NULL; check = next) {
		next = check->next;
		scheduler_cancel(analyzer->scheduler, check->entry);
		if (!check->pooled)
			free(check);
	}
	free(analyzer->levels);
	free(analyzer);
}

/* Beyond the pool a caller still gets its completion, at once and without I/O. */
static struct check *check_take(struct liquidity_analyzer *analyzer)
{
	struct check *check = analyzer->free_checks;
	if (check != NULL)
		analyzer->free_checks = check->next;
	else
		check = calloc(1, sizeof *check);
	if (check == NULL)
		abort(); /* a completion was promised and cannot be kept */
	bool pooled = check->pooled;
	memset(check, 0, sizeof *check);
	check->pooled = pooled;
	check->analyzer = analyzer;
	check->next = analyzer->in_use;
	if (check->next != NULL)
		check->next->previous = check;
	analyzer->in_use = check;
	return check;
}

static void check_release(struct check *check)
{
	struct liquidity_analyzer *analyzer = check->analyzer;
	if (check->previous != NULL)
		check->previous->next = check->next;
	else
		analyzer->in_use = check->next;
	if (check->next != NULL)
		check->next->previous = check->previous;
	if (!check->pooled) {
		free(check);
		return;
	}
	check->next = analyzer->free_checks;
	analyzer->free_checks = check;
}

static void answer(struct check *check)
{
	assert(!check->answered);
	struct leg_liquidity leg = check->leg;
	char why[sizeof check->why];
	memcpy(why, check->why, sizeof why);
	bool known = check->known;
	liquidity_done done = check->done;
	void *user = check->user;
	scheduler_cancel(check->analyzer->scheduler, check->entry);
	check->entry = 0;
	check->answered = true;
	if (!check->reading)
		check_release(check);
	done(user, known, known ? &leg : NULL, why);
}

static void fail(struct check *check, const char *why)
{
	check->known = false;
	snprintf(check->why, sizeof check->why, "%s", why);
}

static void on_answer_due(void *user)
{
	answer(user);
}

static void answer_later(struct check *check)
{
	struct scheduler *scheduler = check->analyzer->scheduler;
	scheduler_cancel(scheduler, check->entry);
	check->entry = scheduler_at(scheduler, scheduler_now(scheduler), SCHEDULE_COMPLETION,
				    on_answer_due, check);
}

static void on_deadline(void *user)
{
	struct check *check = user;
	fail(check, "the deadline passed before the order book was read");
	answer(check);
}

static void on_jump_judged(void *user, enum price_answer verdict, const struct price_quote *quote,
			   const char *why)
{
	struct check *check = user;
	(void)quote;
	if (verdict != PRICE_OK)
		fail(check, why);
	answer(check);
}

/*
 * Feeds the touch and walks the book both ways. Returns false if the price jumped: the
 * PriceProvider then asks a second time, and on_jump_judged answers.
 */
static bool examine(struct check *check, const struct depth_value *book, enum price_source source)
{
	struct liquidity_analyzer *analyzer = check->analyzer;
	const struct instrument *instrument =
		instrument_get(analyzer->instruments, check->instrument);
	enum price_answer stored =
		price_provider_cache_order_book(analyzer->prices, check->instrument, book, source);
	if (check->answered)
		return true; /* too late for the caller, not for the cache */
	liquidity_report_for_quantity(instrument, &analyzer->limits, book, check->side,
				      check->quantity, &check->leg.entry);
	liquidity_report_for_quantity(instrument, &analyzer->limits, book,
				      side_opposite(check->side), check->quantity,
				      &check->leg.exit);
	check->leg.source = source;
	check->leg.confirmed_ns = book->requested_ns;
	if (book->bid_count == 0 || book->ask_count == 0)
		fail(check, book->bid_count == 0 ? "the order book has no bids"
						 : "the order book has no asks");
	else if (check->leg.entry.recommendation == LIQUIDITY_ANALYSIS_FAILED ||
		 check->leg.exit.recommendation == LIQUIDITY_ANALYSIS_FAILED)
		fail(check, "the order book holds a price that is no price");
	else if (book->bids[0].price.units >= book->asks[0].price.units)
		fail(check, "the order book is crossed");
	else
		check->known = true;
	if (!check->known || stored != PRICE_INVALID)
		return true;
	scheduler_cancel(analyzer->scheduler, check->entry);
	check->entry = 0;
	price_provider_get_bbo(analyzer->prices, check->instrument, PRICE_FOR_LIMIT,
			       check->deadline_ns, on_jump_judged, check);
	return false;
}

static void remember(struct liquidity_analyzer *analyzer, const struct check *check)
{
	struct recent_answer *recent = &analyzer->recent[analyzer->next_recent];
	analyzer->next_recent = (analyzer->next_recent + 1) % RECENT_ANSWERS;
	*recent =
		(struct recent_answer){check->instrument, check->side, check->quantity, check->leg};
}

/*
 * An answer to the same question from a book that an order may still be priced by, if nothing has
 * invalidated the touch it left in the cache since.
 */
static const struct recent_answer *still_good(struct liquidity_analyzer *analyzer,
					      const struct check *check)
{
	struct price_quote quote;
	int64_t oldest = scheduler_now(analyzer->scheduler) -
			 price_provider_age_limit(analyzer->prices, PRICE_FOR_LIMIT);
	for (unsigned i = 0; i < RECENT_ANSWERS; i++) {
		const struct recent_answer *recent = &analyzer->recent[i];
		if (recent->instrument == check->instrument && recent->side == check->side &&
		    recent->quantity.units == check->quantity.units &&
		    recent->leg.confirmed_ns >= oldest &&
		    price_provider_peek(analyzer->prices, check->instrument, PRICE_FOR_LIMIT,
					&quote) == PRICE_OK &&
		    quote.source == PRICE_SOURCE_LIQUIDITY_CHECK &&
		    quote.confirmed_ns == recent->leg.confirmed_ns)
			return recent;
	}
	return NULL;
}

static void on_read(void *user, const struct read_result *result)
{
	struct check *check = user;
	check->reading = false;
	bool finished = true;
	switch (result->outcome) {
	case READ_VALUE:
		finished = examine(check, &result->u.depth, PRICE_SOURCE_LIQUIDITY_CHECK);
		if (finished && check->known)
			remember(check->analyzer, check);
		break;
	case READ_ABSENT:
		fail(check, "the venue has no order book of this instrument");
		break;
	case READ_UNKNOWN:
		fail(check, "the venue did not answer the order book read");
		break;
	}
	if (check->answered)
		check_release(check);
	else if (finished)
		answer(check);
}

static uint32_t levels_wanted(const struct liquidity_analyzer *analyzer,
			      const struct order_book *book, enum side side)
{
	uint32_t count = order_book_level_count(book, side);
	uint32_t limit = analyzer->limits.depth_levels;
	return limit != 0 && limit < count ? limit : count;
}

static bool examine_stream(struct check *check, int64_t confirmed_ns)
{
	struct liquidity_analyzer *analyzer = check->analyzer;
	const struct book_state *state = market_state_book(analyzer->market, check->instrument);
	uint32_t bids = levels_wanted(analyzer, state->book, SIDE_BUY);
	uint32_t asks = levels_wanted(analyzer, state->book, SIDE_SELL);
	size_t needed = (size_t)bids + asks;
	if (needed > analyzer->level_capacity) {
		struct book_level *grown =
			realloc(analyzer->levels, needed * sizeof *analyzer->levels);
		if (grown == NULL) {
			fail(check, "out of memory for the order book");
			return true;
		}
		analyzer->levels = grown;
		analyzer->level_capacity = needed;
	}
	struct depth_value book = {
		.bids = analyzer->levels,
		.asks = analyzer->levels + bids,
		.last_id = state->last_id,
		.exch_ns = state->exch_ns,
		.requested_ns = confirmed_ns,
	};
	book.bid_count = order_book_levels(state->book, SIDE_BUY, analyzer->levels, bids);
	book.ask_count = order_book_levels(state->book, SIDE_SELL, analyzer->levels + bids, asks);
	return examine(check, &book, PRICE_SOURCE_WEBSOCKET);
}

void liquidity_analyzer_check(struct liquidity_analyzer *analyzer, instrument_id instrument,
			      enum side side, struct quantity quantity, int64_t deadline_ns,
			      liquidity_done done, void *user)
{
	struct check *check = check_take(analyzer);
	int64_t confirmed_ns;
	check->instrument = instrument;
	check->side = side;
	check->quantity = quantity;
	check->deadline_ns = deadline_ns;
	check->done = done;
	check->user = user;
	const struct recent_answer *recent;
	struct exchange_client *client =
		analyzer->clients
			->by_venue[instrument_get(analyzer->instruments, instrument)->venue];
	if (!check->pooled) {
		fail(check, "too many liquidity checks at a time");
	} else if (price_provider_stream_book(analyzer->prices, instrument, PRICE_FOR_LIMIT,
					      &confirmed_ns)) {
		if (!examine_stream(check, confirmed_ns))
			return;
	} else if ((recent = still_good(analyzer, check)) != NULL) {
		check->leg = recent->leg;
		check->known = true;
	} else if (deadline_ns <= scheduler_now(analyzer->scheduler)) {
		fail(check, "the deadline left no time for a read");
	} else if (client == NULL) {
		fail(check, "the venue is not connected");
	} else {
		check->reading = true;
		check->entry = scheduler_at(analyzer->scheduler, deadline_ns, SCHEDULE_TIMER,
					    on_deadline, check);
		struct read_request request = {.kind = READ_DEPTH,
					       .instrument = instrument,
					       .depth = analyzer->limits.depth_levels};
		exchange_read(client, &request, deadline_ns, on_read, check);
		return;
	}
	answer_later(check);
}
