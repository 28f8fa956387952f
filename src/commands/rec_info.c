#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/commands/rec.h"
#include <stdio.h>
#include <stdlib.h>

struct instrument_figures {
	uint64_t kinds[REC_KINDS];
	uint64_t levels;
	uint64_t gaps; /* times its book stopped being usable */
	bool synced;
	int64_t synced_since_ns;
	int64_t synced_ns;
};

struct venue_figures {
	bool any;
	uint64_t events;
	int64_t offset_min_ns, offset_max_ns; /* of its CLOCK events */
	bool clock_known;
};

struct info {
	struct instrument_table *table;
	struct market_state *state;
	struct recording_reader *reader;
	struct instrument_figures *instruments; /* by handle */
	struct venue_figures venues[VENUES_MAX + 1];
	uint64_t kinds[REC_KINDS];
	int64_t local_ns;
	bool any_local;
};

static void watch_book(struct info *info, instrument_id id)
{
	struct instrument_figures *figures = &info->instruments[id];
	bool synced = market_state_book(info->state, id)->synced;
	if (synced == figures->synced)
		return;
	figures->synced = synced;
	if (synced) {
		figures->synced_since_ns = info->local_ns;
	} else {
		figures->gaps++;
		figures->synced_ns += info->local_ns - figures->synced_since_ns;
	}
}

static void watch_all_books(struct info *info)
{
	size_t count = instrument_count(info->table);
	for (instrument_id id = 1; id <= count; id++)
		watch_book(info, id);
}

static void count_event(struct info *info, const struct market_event *event)
{
	market_state_apply(info->state, event);
	if (!(event->flags & EVENT_FLAG_VENUE_TIME)) {
		info->local_ns = event->local_ns;
		info->any_local = true;
	}
	if (event->instrument != 0)
		watch_book(info, event->instrument);
	else if (event->kind == EVENT_CONNECTION)
		watch_all_books(info);
	if (event->flags & EVENT_FLAG_KEYFRAME)
		return;
	info->kinds[event->kind]++;
	struct venue_figures *venue = &info->venues[event->venue];
	venue->any = true;
	venue->events++;
	if (event->kind == EVENT_CLOCK) {
		int64_t offset = event->u.clock.offset_ns;
		if (!venue->clock_known || offset < venue->offset_min_ns)
			venue->offset_min_ns = offset;
		if (!venue->clock_known || offset > venue->offset_max_ns)
			venue->offset_max_ns = offset;
		venue->clock_known = true;
	}
	if (event->instrument == 0)
		return;
	struct instrument_figures *figures = &info->instruments[event->instrument];
	figures->kinds[event->kind]++;
	if (event->kind == EVENT_BOOK)
		figures->levels += (uint64_t)event->u.book.bid_count + event->u.book.ask_count;
}

/* Hundredths of a per cent of the recording's time. */
static unsigned synced_share(const struct info *info, const struct instrument_figures *figures)
{
	const struct recording_statistics *statistics = recording_reader_statistics(info->reader);
	i128 span = (i128)statistics->last_ns - statistics->first_ns;
	i128 synced = figures->synced_ns;
	if (figures->synced)
		synced += (i128)info->local_ns - figures->synced_since_ns;
	if (!info->any_local || span <= 0 || synced <= 0)
		return 0;
	return synced >= span ? 10000 : (unsigned)(synced * 10000 / span);
}

static const char *instrument_kind_text(enum instrument_kind kind)
{
	switch (kind) {
	case INSTRUMENT_LINEAR:
		return "linear";
	case INSTRUMENT_INVERSE:
		return "inverse";
	case INSTRUMENT_SPOT:
		return "spot";
	}
	return "?";
}

static const char *paid_on_text(enum funding_price price)
{
	switch (price) {
	case FUNDING_PAID_ON_MARK:
		return "mark";
	case FUNDING_PAID_ON_ORACLE:
		return "oracle";
	case FUNDING_PAID_ON_INDEX:
		return "index";
	}
	return "?";
}

static const char *settle_mode_text(enum settle_mode mode)
{
	switch (mode) {
	case SETTLE_CURRENT_ESTIMATE:
		return "current";
	case SETTLE_FIXED_ONE_PERIOD_AHEAD:
		return "fixed_one_period_ahead";
	}
	return "?";
}

static void bytes_per_level(const struct recording_statistics *statistics, char *out, size_t size)
{
	uint64_t hundredths =
		statistics->levels == 0
			? 0
			: (uint64_t)((u128)statistics->bytes * 100 / statistics->levels);
	decimal_format((i128)hundredths, 2, out, size);
}

/* --- text ---------------------------------------------------------------------------------- */

static void print_instrument(const struct info *info, instrument_id id)
{
	char name[INSTRUMENT_NAME_MAX];
	char tick[DECIMAL_TEXT_MAX];
	char lot[DECIMAL_TEXT_MAX];
	char size[DECIMAL_TEXT_MAX];
	char maker[DECIMAL_TEXT_MAX];
	char taker[DECIMAL_TEXT_MAX];
	const struct instrument *terms = instrument_get(info->table, id);
	const struct instrument_revision *latest = instrument_latest(info->table, id);
	const struct instrument_figures *figures = &info->instruments[id];
	instrument_name(info->table, id, name, sizeof name);
	price_format(terms, latest->rules.tick, tick, sizeof tick);
	quantity_format(terms, latest->rules.lot, lot, sizeof lot);
	money_format(terms->contract_size, size, sizeof size);
	decimal_format_short(latest->fees.maker.e18, 18, maker, sizeof maker);
	decimal_format_short(latest->fees.taker.e18, 18, taker, sizeof taker);
	putchar('\n');
	rec_print_plain(name);
	printf("  %s, contract size %s, decimals %u/%u, tick %s, lot %s, fees %s/%s, "
	       "revision %u\n",
	       instrument_kind_text(terms->kind), size, terms->price_decimals,
	       terms->quantity_decimals, tick, lot, maker, taker, latest->number);
	if (latest->funding.pays) {
		char phase[DECIMAL_TEXT_MAX];
		char interval[DECIMAL_TEXT_MAX];
		decimal_format_short((i128)latest->funding.interval_ns, 9, interval,
				     sizeof interval);
		decimal_format_short((i128)latest->funding.phase_ns, 9, phase, sizeof phase);
		printf("  funding every %s s, phase %s s, settles %s, paid on %s\n", interval,
		       phase, settle_mode_text(latest->funding.settle_mode),
		       paid_on_text(latest->funding.paid_on));
	} else {
		puts("  no funding");
	}
	fputs(" ", stdout);
	for (unsigned kind = 0; kind < REC_KINDS; kind++)
		if (figures->kinds[kind] > 0)
			printf(" %s %llu", rec_kind_text(kind),
			       (unsigned long long)figures->kinds[kind]);
	unsigned share = synced_share(info, figures);
	printf("\n  level changes %llu, book lost %llu times, synced %u.%02u %% of the time\n",
	       (unsigned long long)figures->levels, (unsigned long long)figures->gaps, share / 100,
	       share % 100);
}

static void print_text(const struct info *info, const char *path)
{
	const struct recording_statistics *statistics = recording_reader_statistics(info->reader);
	char first[UTC_TEXT_MAX];
	char last[UTC_TEXT_MAX];
	char per_level[DECIMAL_TEXT_MAX];
	utc_format(statistics->first_ns, 3, first, sizeof first);
	utc_format(statistics->last_ns, 3, last, sizeof last);
	bytes_per_level(statistics, per_level, sizeof per_level);
	fputs("recording   ", stdout);
	rec_print_plain(path);
	printf("\ntime        %s to %s (%s)\n", first, last,
	       info->any_local ? "recorder clock" : "venue time");
	printf("segments    %llu, %llu without footer\n", (unsigned long long)statistics->segments,
	       (unsigned long long)statistics->unclosed_segments);
	printf("bytes       %llu in %llu blocks, %s a level change\n",
	       (unsigned long long)statistics->bytes, (unsigned long long)statistics->blocks,
	       per_level);
	printf("damage      %llu blocks, %llu bytes; %llu gaps by damage or restart\n",
	       (unsigned long long)statistics->damaged_blocks,
	       (unsigned long long)statistics->damaged_bytes, (unsigned long long)statistics->gaps);
	printf("events      %llu, level changes %llu, keyframes %llu\n",
	       (unsigned long long)statistics->events, (unsigned long long)statistics->levels,
	       (unsigned long long)statistics->keyframes);
	for (unsigned kind = 0; kind < REC_KINDS; kind++)
		if (info->kinds[kind] > 0)
			printf("  %-14s%llu\n", rec_kind_text(kind),
			       (unsigned long long)info->kinds[kind]);
	if (statistics->session_marks > 0)
		printf("session     %llu marks, %llu answers of reads, %llu of commands, %llu "
		       "account events\n",
		       (unsigned long long)statistics->session_marks,
		       (unsigned long long)statistics->answers,
		       (unsigned long long)statistics->commands,
		       (unsigned long long)statistics->account_events);
	for (venue_id venue = 1; venue <= VENUES_MAX; venue++) {
		if (!info->venues[venue].any)
			continue;
		fputs("venue       ", stdout);
		rec_print_plain(venue_name(info->table, venue));
		printf(", %llu events", (unsigned long long)info->venues[venue].events);
		if (info->venues[venue].clock_known) {
			char low[DECIMAL_TEXT_MAX];
			char high[DECIMAL_TEXT_MAX];
			decimal_format(info->venues[venue].offset_min_ns, 9, low, sizeof low);
			decimal_format(info->venues[venue].offset_max_ns, 9, high, sizeof high);
			printf(", clock %s to %s s from ours", low, high);
		}
		putchar('\n');
	}
	instrument_id ids[INSTRUMENTS_MAX];
	size_t count = recording_reader_instruments(info->reader, ids, INSTRUMENTS_MAX);
	for (size_t i = 0; i < count; i++)
		print_instrument(info, ids[i]);
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void json_kinds(const uint64_t *kinds)
{
	bool first = true;
	fputs("\"kinds\":{", stdout);
	for (unsigned kind = 0; kind < REC_KINDS; kind++)
		if (kinds[kind] > 0) {
			printf("%s\"%s\":%llu", first ? "" : ",", rec_kind_text(kind),
			       (unsigned long long)kinds[kind]);
			first = false;
		}
	putchar('}');
}

static void json_instrument(const struct info *info, instrument_id id)
{
	char text[DECIMAL_TEXT_MAX];
	const struct instrument *terms = instrument_get(info->table, id);
	const struct instrument_revision *latest = instrument_latest(info->table, id);
	const struct instrument_figures *figures = &info->instruments[id];
	fputs("{\"venue\":", stdout);
	rec_print_json(venue_name(info->table, terms->venue));
	fputs(",\"symbol\":", stdout);
	rec_print_json(terms->symbol);
	money_format(terms->contract_size, text, sizeof text);
	printf(",\"kind\":\"%s\",\"contract_size\":\"%s\",\"price_decimals\":%u,"
	       "\"quantity_decimals\":%u",
	       instrument_kind_text(terms->kind), text, terms->price_decimals,
	       terms->quantity_decimals);
	price_format(terms, latest->rules.tick, text, sizeof text);
	printf(",\"tick\":\"%s\"", text);
	quantity_format(terms, latest->rules.lot, text, sizeof text);
	printf(",\"lot\":\"%s\"", text);
	decimal_format_short(latest->fees.maker.e18, 18, text, sizeof text);
	printf(",\"maker_fee\":\"%s\"", text);
	decimal_format_short(latest->fees.taker.e18, 18, text, sizeof text);
	printf(",\"taker_fee\":\"%s\",\"revision\":%u,\"funding\":", text, latest->number);
	if (latest->funding.pays)
		printf("{\"interval_ns\":\"%lld\",\"phase_ns\":\"%lld\",\"settles\":\"%s\","
		       "\"paid_on\":\"%s\"}",
		       (long long)latest->funding.interval_ns, (long long)latest->funding.phase_ns,
		       settle_mode_text(latest->funding.settle_mode),
		       paid_on_text(latest->funding.paid_on));
	else
		fputs("null", stdout);
	putchar(',');
	json_kinds(figures->kinds);
	unsigned share = synced_share(info, figures);
	printf(",\"level_changes\":%llu,\"book_losses\":%llu,\"synced_percent\":\"%u.%02u\"}",
	       (unsigned long long)figures->levels, (unsigned long long)figures->gaps, share / 100,
	       share % 100);
}

static void print_json(const struct info *info, const char *path)
{
	const struct recording_statistics *statistics = recording_reader_statistics(info->reader);
	char first[UTC_TEXT_MAX];
	char last[UTC_TEXT_MAX];
	char per_level[DECIMAL_TEXT_MAX];
	utc_format(statistics->first_ns, 9, first, sizeof first);
	utc_format(statistics->last_ns, 9, last, sizeof last);
	bytes_per_level(statistics, per_level, sizeof per_level);
	fputs("{\"path\":", stdout);
	rec_print_json(path);
	printf(",\"clock\":\"%s\",\"first\":\"%s\",\"last\":\"%s\",\"segments\":%llu,"
	       "\"unclosed_segments\":%llu,\"bytes\":%llu,\"blocks\":%llu,"
	       "\"bytes_per_level\":\"%s\",\"damaged_blocks\":%llu,\"damaged_bytes\":%llu,"
	       "\"gaps\":%llu,\"events\":%llu,\"level_changes\":%llu,\"keyframes\":%llu,",
	       info->any_local ? "recorder" : "venue", first, last,
	       (unsigned long long)statistics->segments,
	       (unsigned long long)statistics->unclosed_segments,
	       (unsigned long long)statistics->bytes, (unsigned long long)statistics->blocks,
	       per_level, (unsigned long long)statistics->damaged_blocks,
	       (unsigned long long)statistics->damaged_bytes, (unsigned long long)statistics->gaps,
	       (unsigned long long)statistics->events, (unsigned long long)statistics->levels,
	       (unsigned long long)statistics->keyframes);
	printf("\"session_marks\":%llu,\"answers\":%llu,\"commands\":%llu,"
	       "\"account_events\":%llu,",
	       (unsigned long long)statistics->session_marks,
	       (unsigned long long)statistics->answers, (unsigned long long)statistics->commands,
	       (unsigned long long)statistics->account_events);
	json_kinds(info->kinds);
	fputs(",\"venues\":[", stdout);
	bool any = false;
	for (venue_id venue = 1; venue <= VENUES_MAX; venue++)
		if (info->venues[venue].any) {
			printf("%s{\"name\":", any ? "," : "");
			rec_print_json(venue_name(info->table, venue));
			printf(",\"events\":%llu", (unsigned long long)info->venues[venue].events);
			if (info->venues[venue].clock_known)
				printf(",\"clock_offset_min_ns\":\"%lld\","
				       "\"clock_offset_max_ns\":\"%lld\"",
				       (long long)info->venues[venue].offset_min_ns,
				       (long long)info->venues[venue].offset_max_ns);
			putchar('}');
			any = true;
		}
	fputs("],\"instruments\":[", stdout);
	instrument_id ids[INSTRUMENTS_MAX];
	size_t count = recording_reader_instruments(info->reader, ids, INSTRUMENTS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			putchar(',');
		json_instrument(info, ids[i]);
	}
	puts("]}");
}

int rec_info(const char *path, bool json)
{
	struct error err = {0};
	struct info *info = calloc(1, sizeof *info);
	int code = EXIT_FAILED;
	if (info == NULL)
		abort();
	info->table = instrument_table_create();
	info->instruments = calloc(INSTRUMENTS_MAX + 1, sizeof *info->instruments);
	if (info->table == NULL || info->instruments == NULL)
		abort();
	info->state = market_state_create(info->table);
	if (info->state == NULL)
		abort();
	info->reader = recording_reader_open(path, info->table, &err);
	struct market_event event;
	enum recording_read read = RECORDING_FAILED;
	if (info->reader != NULL)
		while ((read = recording_reader_next(info->reader, &event, &err)) ==
		       RECORDING_EVENT)
			count_event(info, &event);
	if (read == RECORDING_FAILED) {
		code = rec_fail(&err);
	} else {
		if (json)
			print_json(info, path);
		else
			print_text(info, path);
		code = fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
	}
	recording_reader_free(info->reader);
	market_state_free(info->state);
	free(info->instruments);
	instrument_table_free(info->table);
	free(info);
	return code;
}
