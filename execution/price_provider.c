/*
 * Two doors to one table of prices. price_judge walks cache and stream in the configured order;
 * peek returns its verdict, get_bbo turns everything but PRICE_OK into one shared read of the venue
 * (price_read.c).
 */
#include "execution/price_provider.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "execution/price_stream.h"
#include "execution/price_table.h"

#include <stdlib.h>
#include <string.h>

#define AREA "price_provider"
#define ANY_SOURCE                                                                                 \
	(1U << PRICE_SOURCE_LIQUIDITY_CHECK | 1U << PRICE_SOURCE_REST |                            \
	 1U << PRICE_SOURCE_WEBSOCKET)

static const struct {
	const char *name;
	int64_t maximum_age_ns;
	unsigned sources; /* bit per enum price_source */
} uses[PRICE_USES] = {
	[PRICE_FOR_SIZING] = {"sizing", 5 * NS_PER_SECOND, ANY_SOURCE},
	[PRICE_FOR_MONITORING] = {"monitoring", 5 * NS_PER_SECOND, ANY_SOURCE},
	[PRICE_FOR_LIMIT] = {"limit", NS_PER_SECOND, ANY_SOURCE},
	[PRICE_FOR_URGENT] = {"urgent", NS_PER_SECOND / 2, ANY_SOURCE},
};

const char *price_source_text(enum price_source source)
{
	switch (source) {
	case PRICE_SOURCE_NONE:
		return "none";
	case PRICE_SOURCE_LIQUIDITY_CHECK:
		return "liquidity_check";
	case PRICE_SOURCE_REST:
		return "rest";
	case PRICE_SOURCE_WEBSOCKET:
		return "websocket";
	}
	abort();
}

const char *price_answer_text(enum price_answer answer)
{
	switch (answer) {
	case PRICE_OK:
		return "ok";
	case PRICE_MISS:
		return "miss";
	case PRICE_STALE:
		return "stale";
	case PRICE_INVALID:
		return "invalid";
	}
	abort();
}

const char *price_use_text(enum price_use use)
{
	return uses[use].name;
}

struct price_provider_options price_provider_defaults(void)
{
	return (struct price_provider_options){
		.cache_ttl_ns = 5 * NS_PER_SECOND,
		.prefer_websocket = false,
		.streams = true,
		.price_jump_limit_bp = 200,
		.jump_confirm_ns = NS_PER_SECOND,
		.invalidate_all_fill_notional = {10000 * MONEY_ONE},
		.invalidate_traded_notional = {0},
		.stream_cross_check_ns = NS_PER_MINUTE,
	};
}

struct price_provider *price_provider_create(const struct price_provider_options *options,
					     struct scheduler *scheduler,
					     const struct instrument_table *instruments,
					     const struct market_state *market,
					     const struct exchange_clients *clients)
{
	struct price_provider *provider = calloc(1, sizeof *provider);
	if (provider == NULL)
		return NULL;
	provider->options = *options;
	provider->scheduler = scheduler;
	provider->instruments = instruments;
	provider->market = market;
	provider->clients = clients;
	for (int use = 0; use < PRICE_USES; use++)
		provider->age_limit_ns[use] = options->cache_ttl_ns < uses[use].maximum_age_ns
						      ? options->cache_ttl_ns
						      : uses[use].maximum_age_ns;
	for (size_t i = PRICE_WAITERS_MAX; i-- > 0;) {
		provider->pool[i].pooled = true;
		provider->pool[i].next = provider->free_waiters;
		provider->free_waiters = &provider->pool[i];
	}
	return provider;
}

void price_provider_free(struct price_provider *provider)
{
	if (provider == NULL)
		return;
	for (size_t i = 0; i < PRICE_WAITERS_MAX; i++)
		if (provider->pool[i].in_use)
			scheduler_cancel(provider->scheduler, provider->pool[i].entry);
	for (struct price_waiter *waiter = provider->surplus.first, *next; waiter != NULL;
	     waiter = next) {
		next = waiter->next;
		scheduler_cancel(provider->scheduler, waiter->entry);
		free(waiter);
	}
	size_t count = instrument_count(provider->instruments);
	for (size_t id = 1; id <= count; id++)
		scheduler_cancel(provider->scheduler, provider->records[id].check);
	free(provider);
}

int64_t price_provider_age_limit(const struct price_provider *provider, enum price_use use)
{
	return provider->age_limit_ns[use];
}

struct price_record *price_record_of(struct price_provider *provider, instrument_id instrument)
{
	assert(instrument >= 1 && instrument <= INSTRUMENTS_MAX);
	return &provider->records[instrument];
}

/* ---- judging: cache and stream -----------------------------------------------------------------
 */

bool price_usable(const struct price_provider *provider, const struct price_quote *quote,
		  enum price_use use, int64_t now_ns)
{
	/* PRICE_SOURCE_NONE is in nobody's set: an empty entry is not usable. */
	return (uses[use].sources >> quote->source & 1) != 0 &&
	       now_ns - quote->confirmed_ns <= provider->age_limit_ns[use];
}

/* Only behind log_enabled. */
static void log_hit(const struct price_provider *provider, const struct price_quote *quote,
		    bool cached)
{
	char name[INSTRUMENT_NAME_MAX];
	int64_t age_ns = scheduler_now(provider->scheduler) - quote->confirmed_ns;
	int64_t centiseconds = (age_ns + 5 * NS_PER_MS) / (10 * NS_PER_MS);
	log_write(LOG_DEBUG, AREA, "using %s BBO, age %lld.%02lld s, source %s, %s",
		  cached ? "cached" : "live", (long long)(centiseconds / 100),
		  (long long)(centiseconds % 100), price_source_text(quote->source),
		  instrument_name(provider->instruments, quote->instrument, name, sizeof name));
}

static void drop_expired_jump(struct price_provider *provider, struct price_record *record,
			      int64_t now_ns)
{
	struct price_entry *entry = &record->entry;
	int64_t until_ns = entry->held_ns + provider->options.jump_confirm_ns;
	if (!entry->is_held || now_ns <= until_ns)
		return;
	/* An answer whose request was handed over in time may still confirm it. */
	if (record->reading && record->requested_ns <= until_ns)
		return;
	price_entry_drop_held(entry, &provider->counters);
}

/*
 * A price that has not changed for long although the connection lives is compared with the venue
 * by a read. Only scheduled here: peek does no I/O.
 */
static void consider_cross_check(struct price_provider *provider, struct price_record *record,
				 const struct price_quote *stream, int64_t now_ns)
{
	int64_t quiet_ns = provider->options.stream_cross_check_ns;
	if (quiet_ns == 0 || record->check != 0 || now_ns - stream->changed_ns < quiet_ns ||
	    (record->checked_ns != 0 && now_ns - record->checked_ns < quiet_ns))
		return;
	record->checked_ns = now_ns;
	record->provider = provider;
	price_schedule_check(record);
}

static enum price_answer ask_cache(const struct price_provider *provider,
				   const struct price_record *record, enum price_use use,
				   int64_t now_ns, struct price_quote *found)
{
	if (record->entry.cached.source == PRICE_SOURCE_NONE)
		return PRICE_MISS;
	*found = record->entry.cached;
	return price_usable(provider, found, use, now_ns) ? PRICE_OK : PRICE_STALE;
}

static enum price_answer ask_stream(struct price_provider *provider, struct price_record *record,
				    instrument_id instrument, enum price_use use, int64_t now_ns,
				    struct price_quote *found)
{
	if (!provider->options.streams)
		return PRICE_MISS;
	switch (price_stream_read(provider->market, provider->instruments, instrument, found)) {
	case PRICE_STREAM_NOT_READY:
		return PRICE_MISS;
	case PRICE_STREAM_UNSOUND:
		return PRICE_INVALID;
	case PRICE_STREAM_READY:
		break;
	}
	consider_cross_check(provider, record, found, now_ns);
	if (price_entry_refuses(&record->entry, found))
		return PRICE_INVALID;
	if (!price_usable(provider, found, use, now_ns))
		return PRICE_STALE;
	switch (price_entry_offer(&record->entry, &provider->options, found, NULL, now_ns,
				  &provider->counters)) {
	case PRICE_OFFER_STORED:
		return PRICE_OK;
	case PRICE_OFFER_OLDER:
		/* Older than what we know and far from it: not to be traded on. */
		return price_entry_jumps(&record->entry, &provider->options, found) ? PRICE_STALE
										    : PRICE_OK;
	case PRICE_OFFER_HELD:
		return PRICE_INVALID;
	}
	abort();
}

/*
 * Fills found whenever something is known; *cached says which of the two answered. Of several
 * failures the gravest is told: invalid, stale, miss.
 */
enum price_answer price_judge(struct price_provider *provider, struct price_record *record,
			      instrument_id instrument, enum price_use use, int64_t now_ns,
			      struct price_quote *found, bool *cached)
{
	drop_expired_jump(provider, record, now_ns);
	enum price_answer worst = PRICE_MISS;
	for (int step = 0; step < 2 && !record->entry.is_held; step++) {
		struct price_quote quote;
		*cached = (step == 0) != provider->options.prefer_websocket;
		enum price_answer answer =
			*cached ? ask_cache(provider, record, use, now_ns, &quote)
				: ask_stream(provider, record, instrument, use, now_ns, &quote);
		if (answer == PRICE_OK || answer > worst) {
			*found = quote;
			worst = answer;
		}
		if (answer == PRICE_OK)
			return PRICE_OK;
	}
	if (record->entry.is_held) {
		*found = record->entry.held;
		return PRICE_INVALID;
	}
	return worst;
}

enum price_answer price_provider_peek(struct price_provider *provider, instrument_id instrument,
				      enum price_use use, struct price_quote *quote)
{
	struct price_record *record = price_record_of(provider, instrument);
	int64_t now_ns = scheduler_now(provider->scheduler);
	enum price_answer answer = PRICE_OK;
	bool cached = true;
	provider->counters.peeks++;
	if (!provider->options.prefer_websocket && !record->entry.is_held &&
	    price_usable(provider, &record->entry.cached, use, now_ns))
		*quote = record->entry.cached;
	else
		answer = price_judge(provider, record, instrument, use, now_ns, quote, &cached);
	if (answer == PRICE_OK) {
		provider->counters.peek_hits++;
		if (log_enabled(LOG_DEBUG))
			log_hit(provider, quote, cached);
	}
	return answer;
}

bool price_provider_stream_book(struct price_provider *provider, instrument_id instrument,
				enum price_use use, int64_t *confirmed_ns)
{
	struct price_record *record = price_record_of(provider, instrument);
	int64_t now_ns = scheduler_now(provider->scheduler);
	struct price_quote stream;
	drop_expired_jump(provider, record, now_ns);
	if (record->entry.is_held ||
	    ask_stream(provider, record, instrument, use, now_ns, &stream) != PRICE_OK)
		return false;
	/* A BBO frame alone has a price but no depth. */
	const struct book_state *book = market_state_book(provider->market, instrument);
	*confirmed_ns = stream.confirmed_ns;
	return book->synced && book->book != NULL;
}

struct price_quote price_quote_of_book(const struct price_provider *provider,
				       instrument_id instrument, const struct depth_value *book,
				       enum price_source source)
{
	struct price_quote quote = {
		.instrument = instrument,
		.bid = book->bids[0],
		.ask = book->asks[0],
		.exch_ns = book->exch_ns,
		.changed_ns = book->requested_ns,
		.confirmed_ns = book->requested_ns,
		.sequence = book->last_id,
		.source = source,
	};
	quote.mid = mid_e18(instrument_get(provider->instruments, instrument), quote.bid.price,
			    quote.ask.price);
	if (source == PRICE_SOURCE_WEBSOCKET)
		quote.changed_ns = market_state_book(provider->market, instrument)->changed_ns;
	return quote;
}

const char *price_book_fault(const struct depth_value *book)
{
	struct book_level none = {{0}, {0}};
	return price_touch_fault(book->bid_count > 0 ? book->bids[0] : none,
				 book->ask_count > 0 ? book->asks[0] : none);
}

enum price_offer price_offer_quote(struct price_provider *provider, struct price_record *record,
				   const struct price_quote *quote)
{
	struct price_quote stream;
	bool live = provider->options.streams && quote->source != PRICE_SOURCE_WEBSOCKET &&
		    price_stream_read(provider->market, provider->instruments, quote->instrument,
				      &stream) == PRICE_STREAM_READY &&
		    scheduler_now(provider->scheduler) - stream.confirmed_ns <=
			    provider->options.jump_confirm_ns;
	return price_entry_offer(&record->entry, &provider->options, quote, live ? &stream : NULL,
				 scheduler_now(provider->scheduler), &provider->counters);
}

/* ---- the second door ---------------------------------------------------------------------------
 */

static void count_read_reason(struct price_counters *counters, enum price_answer answer)
{
	switch (answer) {
	case PRICE_OK:
		return;
	case PRICE_MISS:
		counters->misses++;
		return;
	case PRICE_STALE:
		counters->stale++;
		return;
	case PRICE_INVALID:
		counters->invalid++;
		return;
	}
}

void price_provider_get_bbo(struct price_provider *provider, instrument_id instrument,
			    enum price_use use, int64_t deadline_ns, price_done done, void *user)
{
	struct price_record *record = price_record_of(provider, instrument);
	int64_t now_ns = scheduler_now(provider->scheduler);
	struct price_waiter *waiter = price_waiter_take(provider);
	struct price_quote quote;
	bool cached = false;
	waiter->instrument = instrument;
	waiter->use = use;
	waiter->deadline_ns = deadline_ns;
	waiter->done = done;
	waiter->user = user;
	waiter->entry = 0;
	provider->counters.calls++;
	enum price_answer answer =
		price_judge(provider, record, instrument, use, now_ns, &quote, &cached);
	if (answer == PRICE_OK) {
		provider->counters.hits[quote.source]++;
		if (log_enabled(LOG_DEBUG))
			log_hit(provider, &quote, cached);
		price_complete_later(waiter, PRICE_OK, &quote, "");
		return;
	}
	count_read_reason(&provider->counters, answer);
	if (deadline_ns <= now_ns)
		price_complete_later(waiter, answer, NULL, "the deadline left no time for a read");
	else if (!waiter->pooled)
		price_complete_later(waiter, answer, NULL, "too many calls wait for a price");
	else
		price_wait_for_read(waiter);
}

/* ---- filling and invalidating ------------------------------------------------------------------
 */

enum price_answer price_provider_cache_order_book(struct price_provider *provider,
						  instrument_id instrument,
						  const struct depth_value *book,
						  enum price_source source)
{
	struct price_record *record = price_record_of(provider, instrument);
	assert(source != PRICE_SOURCE_NONE);
	if (price_book_fault(book) != NULL)
		return PRICE_INVALID;
	struct price_quote quote = price_quote_of_book(provider, instrument, book, source);
	drop_expired_jump(provider, record, scheduler_now(provider->scheduler));
	return price_offer_quote(provider, record, &quote) == PRICE_OFFER_HELD ? PRICE_INVALID
									       : PRICE_OK;
}

static bool forget(struct price_provider *provider, struct price_record *record)
{
	bool known = record->entry.cached.source != PRICE_SOURCE_NONE;
	price_entry_invalidate(&record->entry, scheduler_now(provider->scheduler));
	return known;
}

static void forget_all(struct price_provider *provider)
{
	size_t count = instrument_count(provider->instruments);
	for (size_t id = 1; id <= count; id++)
		forget(provider, &provider->records[id]);
}

/* A second frame of the stream confirms or refutes a held jump without anybody asking. */
static void frame_came(struct price_provider *provider, const struct market_event *event)
{
	struct price_record *record = price_record_of(provider, event->instrument);
	struct price_quote stream;
	record->streamed = true;
	record->connection = event->connection;
	/* A keyframe is a recorder's repetition, not a second word of the venue. */
	if (!record->entry.is_held || (event->flags & EVENT_FLAG_KEYFRAME))
		return;
	drop_expired_jump(provider, record, scheduler_now(provider->scheduler));
	if (price_stream_read(provider->market, provider->instruments, event->instrument,
			      &stream) == PRICE_STREAM_READY &&
	    !price_entry_refuses(&record->entry, &stream))
		price_entry_offer(&record->entry, &provider->options, &stream, NULL,
				  scheduler_now(provider->scheduler), &provider->counters);
}

static void trade_printed(struct price_provider *provider, const struct market_event *event)
{
	struct price_entry *entry = &price_record_of(provider, event->instrument)->entry;
	i128 limit = provider->options.invalidate_traded_notional.e18;
	struct money notional;
	if (limit == 0 || entry->cached.source == PRICE_SOURCE_NONE ||
	    (event->flags & EVENT_FLAG_OFF_MARKET))
		return;
	/* What does not fit is beyond any limit. */
	if (contract_notional(instrument_get(provider->instruments, event->instrument),
			      event->u.trade.quantity, event->u.trade.price, &notional) &&
	    money_add(entry->traded, notional, &entry->traded) && entry->traded.e18 < limit)
		return;
	price_entry_invalidate(entry, scheduler_now(provider->scheduler));
	provider->counters.invalidated_volume++;
}

static void stream_broke(struct price_provider *provider, instrument_id instrument)
{
	struct price_record *record = &provider->records[instrument];
	price_entry_drop_held(&record->entry, &provider->counters);
	if (forget(provider, record))
		provider->counters.invalidated_gap++;
}

static void connection_changed(struct price_provider *provider, const struct market_event *event)
{
	switch (event->u.connection.state) {
	case CONNECTION_UP:
	case CONNECTION_SYNCED:
		return;
	case CONNECTION_DOWN:
	case CONNECTION_GAP:
		break;
	}
	if (event->instrument != 0) {
		stream_broke(provider, event->instrument);
		return;
	}
	size_t count = instrument_count(provider->instruments);
	for (instrument_id id = 1; id <= count; id++)
		if (provider->records[id].streamed &&
		    provider->records[id].connection == event->connection &&
		    instrument_get(provider->instruments, id)->venue == event->venue)
			stream_broke(provider, id);
}

void price_provider_market(struct price_provider *provider, const struct market_event *event)
{
	if (!provider->options.streams)
		return;
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
	case EVENT_BBO:
		frame_came(provider, event);
		return;
	case EVENT_TRADE:
		trade_printed(provider, event);
		return;
	case EVENT_CONNECTION:
		connection_changed(provider, event);
		return;
	case EVENT_MARK:
	case EVENT_FUNDING:
	case EVENT_OPEN_INTEREST:
	case EVENT_CANDLE:
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		return;
	}
}

void price_provider_fill(struct price_provider *provider, const struct account_event *fill)
{
	if (fill->kind != ACCOUNT_FILL)
		return;
	struct money limit = provider->options.invalidate_all_fill_notional;
	struct money notional;
	forget(provider, price_record_of(provider, fill->instrument));
	provider->counters.invalidated_fill++;
	if (limit.e18 == 0)
		return;
	if (contract_notional(instrument_get(provider->instruments, fill->instrument),
			      fill->u.fill.quantity, fill->u.fill.price, &notional) &&
	    notional.e18 < limit.e18)
		return;
	forget_all(provider);
	provider->counters.invalidated_large_fill++;
}

void price_provider_invalidate(struct price_provider *provider, instrument_id instrument)
{
	forget(provider, price_record_of(provider, instrument));
	provider->counters.invalidated_call++;
}

void price_provider_invalidate_all(struct price_provider *provider)
{
	forget_all(provider);
	provider->counters.invalidated_call++;
}

const struct price_counters *price_provider_counters(const struct price_provider *provider)
{
	return &provider->counters;
}

uint32_t price_provider_hit_rate_bp(const struct price_provider *provider)
{
	const struct price_counters *counters = &provider->counters;
	uint64_t hits = 0;
	for (int source = 0; source < PRICE_SOURCES; source++)
		hits += counters->hits[source];
	return counters->calls == 0 ? 0 : (uint32_t)(hits * 10000 / counters->calls);
}
