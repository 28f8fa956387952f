#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/commands/rec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One event, one line, three forms. Text and CSV give what belongs to the kind as name=value, JSON
 * as members; every number is a string of decimals.
 */
struct line {
	enum rec_format format;
	const struct instrument_table *table;
	const struct instrument *instrument; /* NULL: of a whole venue */
};

static void put_text(const struct line *line, const char *name, const char *value)
{
	if (line->format == REC_JSON)
		printf(",\"%s\":\"%s\"", name, value);
	else
		printf(" %s=%s", name, value);
}

static void put_price(const struct line *line, const char *name, struct price price)
{
	char text[DECIMAL_TEXT_MAX];
	price_format(line->instrument, price, text, sizeof text);
	put_text(line, name, text);
}

static void put_quantity(const struct line *line, const char *name, struct quantity quantity)
{
	char text[DECIMAL_TEXT_MAX];
	quantity_format(line->instrument, quantity, text, sizeof text);
	put_text(line, name, text);
}

static void put_e18(const struct line *line, const char *name, i128 e18)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(e18, MONEY_DECIMALS, text, sizeof text);
	put_text(line, name, text);
}

static void put_time(const struct line *line, const char *name, int64_t ns)
{
	char text[UTC_TEXT_MAX];
	utc_format(ns, 9, text, sizeof text);
	put_text(line, name, text);
}

static void put_i64(const struct line *line, const char *name, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)value);
	put_text(line, name, text);
}

static void put_side(const struct line *line, const char *name, const struct book_level *levels,
		     uint32_t count)
{
	bool json = line->format == REC_JSON;
	printf(json ? ",\"%s\":[" : " %s=", name);
	for (uint32_t i = 0; i < count; i++) {
		char price[DECIMAL_TEXT_MAX];
		char quantity[DECIMAL_TEXT_MAX];
		price_format(line->instrument, levels[i].price, price, sizeof price);
		quantity_format(line->instrument, levels[i].quantity, quantity, sizeof quantity);
		if (json)
			printf("%s[\"%s\",\"%s\"]", i > 0 ? "," : "", price, quantity);
		else
			printf("%s%s:%s", i > 0 ? "|" : "", price, quantity);
	}
	if (json)
		putchar(']');
}

static const char *funding_text(enum funding_kind kind)
{
	switch (kind) {
	case FUNDING_ESTIMATE:
		return "estimate";
	case FUNDING_NEXT:
		return "next";
	case FUNDING_SETTLED:
		return "settled";
	}
	return "?";
}

static void put_payload(const struct line *line, const struct market_event *event)
{
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		put_side(line, "bids", event->u.book.bids, event->u.book.bid_count);
		put_side(line, "asks", event->u.book.asks, event->u.book.ask_count);
		return;
	case EVENT_BBO:
		put_price(line, "bid", event->u.bbo.bid.price);
		put_quantity(line, "bid_size", event->u.bbo.bid.quantity);
		put_price(line, "ask", event->u.bbo.ask.price);
		put_quantity(line, "ask_size", event->u.bbo.ask.quantity);
		return;
	case EVENT_TRADE: {
		char id[24];
		snprintf(id, sizeof id, "%llu", (unsigned long long)event->u.trade.id);
		put_text(line, "taker", side_text(event->u.trade.taker_side));
		put_price(line, "price", event->u.trade.price);
		put_quantity(line, "quantity", event->u.trade.quantity);
		put_text(line, "id", id);
		return;
	}
	case EVENT_MARK:
		if (event->u.mark.fields & MARK_HAS_MARK)
			put_e18(line, "mark", event->u.mark.mark.e18);
		if (event->u.mark.fields & MARK_HAS_INDEX)
			put_e18(line, "index", event->u.mark.index.e18);
		if (event->u.mark.fields & MARK_HAS_ORACLE)
			put_e18(line, "oracle", event->u.mark.oracle.e18);
		return;
	case EVENT_FUNDING:
		put_text(line, "funding", funding_text(event->u.funding.kind));
		put_e18(line, "rate", event->u.funding.rate.e18);
		put_time(line, "boundary", event->u.funding.boundary_ns);
		if (event->u.funding.interval_ns != 0)
			put_i64(line, "interval_ns", event->u.funding.interval_ns);
		return;
	case EVENT_OPEN_INTEREST:
		put_quantity(line, "quantity", event->u.open_interest.quantity);
		return;
	case EVENT_CANDLE:
		put_time(line, "start", event->u.candle.start_ns);
		put_time(line, "end", event->u.candle.end_ns);
		put_time(line, "available", event->u.candle.available_ns);
		put_price(line, "open", event->u.candle.open);
		put_price(line, "high", event->u.candle.high);
		put_price(line, "low", event->u.candle.low);
		put_price(line, "close", event->u.candle.close);
		put_e18(line, "volume", event->u.candle.volume.e18);
		return;
	case EVENT_CONNECTION:
		put_text(line, "state", rec_connection_text(event->u.connection.state));
		return;
	case EVENT_CLOCK:
		put_i64(line, "offset_ns", event->u.clock.offset_ns);
		put_i64(line, "uncertainty_ns", event->u.clock.uncertainty_ns);
		return;
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
		return;
	}
}

static void flags_text(uint8_t flags, char *out, size_t size)
{
	static const struct {
		uint8_t flag;
		const char *text;
	} names[] = {
		{EVENT_FLAG_SNAPSHOT, "snapshot"},
		{EVENT_FLAG_OFF_MARKET, "off_market"},
		{EVENT_FLAG_KEYFRAME, "keyframe"},
		{EVENT_FLAG_VENUE_TIME, "venue_time"},
	};
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (flags & names[i].flag)
			used += (size_t)snprintf(out + used, size - used, "%s%s",
						 used > 0 ? "+" : "", names[i].text);
}

static void put_line(struct line *line, const struct market_event *event)
{
	char flags[64];
	char local[UTC_TEXT_MAX] = "";
	char exch[UTC_TEXT_MAX] = "";
	const char *venue = event->venue == 0 ? "" : venue_name(line->table, event->venue);
	const char *symbol = "";
	line->instrument = NULL;
	if (event->instrument != 0) {
		line->instrument = instrument_get(line->table, event->instrument);
		symbol = line->instrument->symbol;
	}
	flags_text(event->flags, flags, sizeof flags);
	if (!(event->flags & EVENT_FLAG_VENUE_TIME))
		utc_format(event->local_ns, 9, local, sizeof local);
	if (event->exch_ns != 0)
		utc_format(event->exch_ns, 9, exch, sizeof exch);
	const char *kind = rec_kind_text(event->kind);
	unsigned long long first_id = event->first_id;
	unsigned long long last_id = event->last_id;
	if (line->format == REC_JSON) {
		printf("{\"local\":\"%s\",\"exchange\":\"%s\",\"venue\":", local, exch);
		rec_print_json(venue);
		fputs(",\"symbol\":", stdout);
		rec_print_json(symbol);
		printf(",\"connection\":%u,\"kind\":\"%s\",\"flags\":\"%s\",\"first_id\":\"%llu\","
		       "\"last_id\":\"%llu\"",
		       event->connection, kind, flags, first_id, last_id);
		put_payload(line, event);
		puts("}");
		return;
	}
	const char *gap = line->format == REC_CSV ? "," : "  ";
	printf("%s%s%s%s", local, gap, exch, gap);
	rec_print_plain(venue);
	fputs(gap, stdout);
	rec_print_plain(symbol);
	printf("%s%u%s%s%s%s%s%llu%s%llu%s", gap, event->connection, gap, kind, gap, flags, gap,
	       first_id, gap, last_id, gap);
	put_payload(line, event);
	putchar('\n');
}

static bool wanted(const struct line *line, const struct rec_dump_options *options,
		   const struct recording_entry *entry)
{
	struct rec_entry head = rec_entry_of(entry);
	if (entry->kind == RECORDED_EVENT && (entry->u.event.flags & EVENT_FLAG_KEYFRAME) &&
	    !options->keyframes)
		return false;
	if (head.ns < options->from_ns || head.ns > options->to_ns)
		return false;
	if (options->venue != NULL &&
	    (head.venue == 0 || strcmp(venue_name(line->table, head.venue), options->venue) != 0))
		return false;
	return options->symbol == NULL ||
	       (head.instrument != 0 &&
		strcmp(instrument_get(line->table, head.instrument)->symbol, options->symbol) == 0);
}

/* Nothing that follows can be wanted. */
static bool beyond(const struct rec_dump_options *options, const struct recording_entry *entry)
{
	if (entry->kind == RECORDED_EVENT && (entry->u.event.flags & EVENT_FLAG_VENUE_TIME))
		return false;
	return rec_entry_of(entry).ns > options->to_ns;
}

int rec_dump(const char *path, const struct rec_dump_options *options)
{
	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	if (table == NULL)
		abort();
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	struct line line = {.format = options->format, .table = table};
	enum recording_read read = RECORDING_FAILED;
	if (reader != NULL && (options->from_ns == INT64_MIN ||
			       recording_reader_seek(reader, options->from_ns, &err))) {
		if (options->format == REC_CSV)
			puts("local,exchange,venue,symbol,connection,kind,flags,first_id,last_id,"
			     "details");
		struct recording_entry entry;
		int64_t lines = 0;
		while (lines < options->limit &&
		       (read = recording_reader_next_entry(reader, &entry, &err)) ==
			       RECORDING_EVENT) {
			if (wanted(&line, options, &entry)) {
				if (entry.kind == RECORDED_EVENT)
					put_line(&line, &entry.u.event);
				else
					rec_dump_entry(options->format, table, &entry);
				lines++;
			}
			if (beyond(options, &entry))
				break;
		}
		if (lines >= options->limit)
			read = RECORDING_FINISHED;
	}
	int code = read == RECORDING_FAILED ? rec_fail(&err) : EXIT_OK;
	if (fflush(stdout) != 0 && code == EXIT_OK)
		code = EXIT_FAILED;
	recording_reader_free(reader);
	instrument_table_free(table);
	return code;
}
