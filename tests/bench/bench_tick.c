/*
 * tick_to_pair_us: from the frame of funding that makes a pair eligible to both signed orders
 * handed to their sockets; tick_to_order_us: from the frame that tells leg A's fill to the order of
 * leg B handed to its socket, without its signature. The whole program over TLS against the local
 * testnet in another process. Time begins when the last byte of the frame has been read; syncing to
 * disk is left out, and so is the wait that lets both legs match at one time.
 *
 * Functions of the program are stamped by the linker (--wrap, tests/CMakeLists.txt).
 */
#include "tests/bench/bench.h"
#include "tests/bench/tick_world.h"

#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/lighter/lighter_sign.h"
#include "execution/match_delay.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES_MAX   2000
#define PAIRS_WANTED  80
#define HEDGES_WANTED 40
#define LIMIT_S	      60
#define ORDER_LENGTH  700

enum venue { LIGHTER, HYPERLIQUID, VENUES };

/* Spans of one instant of the scheduler, each of the newest kind seen in it. */
struct instant {
	int64_t now_ns;			 /* whose instant it is */
	int64_t frame_ns, fill_frame_ns; /* first frame of funding, of a fill; 0 = none */
	int64_t parsed_ns;		 /* the frame was taken */
	int64_t decided_ns;		 /* the executor was told to open */
	int64_t judged_ns;		 /* preflight had passed */
	int64_t signing_ns[VENUES], signed_ns[VENUES];
	int64_t sending_ns[VENUES], sent_ns[VENUES];
	unsigned orders[VENUES];
	int64_t synced_ns;     /* spent in fsync */
	int64_t frame_used_ns; /* processor time at that frame */
	bool others;	       /* leverage or the like was sent too */
};

struct samples {
	int64_t values[SAMPLES_MAX];
	size_t count;
};

static struct {
	struct tick_world world;
	struct instant instant;
	bool running, maker;
	struct samples whole, used, decide, preflight, sign[VENUES], send[VENUES], bare;
	char order[ORDER_LENGTH + 1];
} bench;

/* ---- stamps from inside ---------------------------------------------------------------------- */

void __real_atomic_executor_start(struct atomic_executor *executor,
				  const struct trade_request *request, trade_done done, void *user);
void __wrap_atomic_executor_start(struct atomic_executor *executor,
				  const struct trade_request *request, trade_done done, void *user);
void __wrap_atomic_executor_start(struct atomic_executor *executor,
				  const struct trade_request *request, trade_done done, void *user)
{
	if (!request->closing)
		bench.instant.decided_ns = bench_now_ns();
	__real_atomic_executor_start(executor, request, done, user);
}

void __real_match_stagger(const struct match_delays *delays, const venue_id *venues, size_t count,
			  int64_t *later_ns);
void __wrap_match_stagger(const struct match_delays *delays, const venue_id *venues, size_t count,
			  int64_t *later_ns);
void __wrap_match_stagger(const struct match_delays *delays, const venue_id *venues, size_t count,
			  int64_t *later_ns)
{
	__real_match_stagger(delays, venues, count, later_ns);
	for (size_t i = 0; bench.running && i < count; i++)
		later_ns[i] = 0;
	bench.instant.judged_ns = bench_now_ns();
}

bool __real_lighter_sign(const struct lighter_key *key, uint32_t chain_id,
			 const struct lighter_transaction *transaction, const uint8_t extra[32],
			 struct lighter_signed *out, struct error *err);
bool __wrap_lighter_sign(const struct lighter_key *key, uint32_t chain_id,
			 const struct lighter_transaction *transaction, const uint8_t extra[32],
			 struct lighter_signed *out, struct error *err);
bool __wrap_lighter_sign(const struct lighter_key *key, uint32_t chain_id,
			 const struct lighter_transaction *transaction, const uint8_t extra[32],
			 struct lighter_signed *out, struct error *err)
{
	bench.instant.signing_ns[LIGHTER] = bench_now_ns();
	bool ok = __real_lighter_sign(key, chain_id, transaction, extra, out, err);
	bench.instant.signed_ns[LIGHTER] = bench_now_ns();
	return ok;
}

bool __real_hyperliquid_sign(const struct hyperliquid_key *key,
			     const struct hyperliquid_action *action,
			     const struct hyperliquid_envelope *envelope,
			     struct hyperliquid_signed *out, struct error *err);
bool __wrap_hyperliquid_sign(const struct hyperliquid_key *key,
			     const struct hyperliquid_action *action,
			     const struct hyperliquid_envelope *envelope,
			     struct hyperliquid_signed *out, struct error *err);
bool __wrap_hyperliquid_sign(const struct hyperliquid_key *key,
			     const struct hyperliquid_action *action,
			     const struct hyperliquid_envelope *envelope,
			     struct hyperliquid_signed *out, struct error *err)
{
	bench.instant.signing_ns[HYPERLIQUID] = bench_now_ns();
	bool ok = __real_hyperliquid_sign(key, action, envelope, out, err);
	bench.instant.signed_ns[HYPERLIQUID] = bench_now_ns();
	return ok;
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	int64_t start_ns = bench_now_ns();
	int result = __real_fdatasync(fd);
	bench.instant.synced_ns += bench_now_ns() - start_ns;
	return result;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	int64_t start_ns = bench_now_ns();
	int result = __real_fsync(fd);
	bench.instant.synced_ns += bench_now_ns() - start_ns;
	return result;
}

/* ---- samples --------------------------------------------------------------------------------- */

static void keep(struct samples *samples, int64_t value)
{
	if (samples->count < SAMPLES_MAX)
		samples->values[samples->count++] = value;
}

static int by_value(const void *first, const void *second)
{
	int64_t a = *(const int64_t *)first, b = *(const int64_t *)second;
	return (a > b) - (a < b);
}

static double quantile_us(struct samples *samples, size_t per_thousand)
{
	if (samples->count == 0)
		return 0;
	qsort(samples->values, samples->count, sizeof(samples->values[0]), by_value);
	return (double)samples->values[samples->count * per_thousand / 1000] / 1000;
}

static void keep_order_parts(const struct instant *instant, enum venue venue)
{
	keep(&bench.sign[venue], instant->signed_ns[venue] - instant->signing_ns[venue]);
	keep(&bench.send[venue], instant->sent_ns[venue] - instant->sending_ns[venue]);
}

static void end_pair(const struct instant *instant)
{
	int64_t first_ns = instant->signing_ns[LIGHTER] < instant->signing_ns[HYPERLIQUID]
				   ? instant->signing_ns[LIGHTER]
				   : instant->signing_ns[HYPERLIQUID];
	int64_t last_ns = instant->sent_ns[LIGHTER] > instant->sent_ns[HYPERLIQUID]
				  ? instant->sent_ns[LIGHTER]
				  : instant->sent_ns[HYPERLIQUID];
	if (instant->frame_ns == 0 || instant->decided_ns == 0 || instant->others ||
	    instant->orders[LIGHTER] != 1 || instant->orders[HYPERLIQUID] != 1)
		return;
	keep(&bench.whole, last_ns - instant->frame_ns - instant->synced_ns);
	keep(&bench.decide, instant->decided_ns - instant->frame_ns);
	keep(&bench.preflight, first_ns - instant->decided_ns - instant->synced_ns);
	for (int venue = 0; venue < VENUES; venue++)
		keep_order_parts(instant, (enum venue)venue);
}

/* An order in the instant in which a fill was told follows it. */
static void end_hedge(const struct instant *instant, enum venue venue)
{
	if (instant->fill_frame_ns == 0 || instant->decided_ns != 0 || instant->others ||
	    instant->orders[venue] != 1 || instant->orders[!venue] != 0)
		return;
	int64_t sign_ns = instant->signed_ns[venue] - instant->signing_ns[venue];
	keep(&bench.whole,
	     instant->sent_ns[venue] - instant->fill_frame_ns - sign_ns - instant->synced_ns);
	keep(&bench.preflight,
	     instant->signing_ns[venue] - instant->fill_frame_ns - instant->synced_ns);
	keep_order_parts(instant, venue);
}

/* ---- the wire -------------------------------------------------------------------------------- */

static int64_t thread_ns(void)
{
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static enum venue venue_of(const char *name)
{
	return strcmp(name, "lighter") == 0 ? LIGHTER : HYPERLIQUID;
}

static bool has(const char *text, size_t length, size_t look, const char *word)
{
	return memmem(text, length < look ? length : look, word, strlen(word)) != NULL;
}

static struct instant *this_instant(void)
{
	int64_t now_ns = scheduler_now(bench.world.scheduler);
	if (bench.instant.now_ns != now_ns)
		bench.instant = (struct instant){.now_ns = now_ns};
	return &bench.instant;
}

static void on_message(void *user, const char *venue, const char *text, size_t length)
{
	struct instant *instant = this_instant();
	(void)user;
	bool lighter = venue_of(venue) == LIGHTER;
	bool funding = has(text, length, 64, lighter ? "market_stats" : "activeAssetCtx");
	/* Whichever says it first: the order's new state, or the trade. */
	bool fill = lighter ? has(text, length, 64, "account_all_trades") ||
				      has(text, length, 64, "account_all_orders")
			    : has(text, length, 64, "orderUpdates") ||
				      has(text, length, 64, "userFills");
	if (instant->frame_used_ns == 0)
		instant->frame_used_ns = thread_ns();
	if (funding && instant->frame_ns == 0)
		instant->frame_ns = bench_now_ns();
	if (fill && instant->fill_frame_ns == 0)
		instant->fill_frame_ns = bench_now_ns();
}

static bool is_order(enum venue venue, const char *text, size_t length)
{
	return venue == LIGHTER ? has(text, length, 128, "\"tx_type\":14")
				: has(text, length, 192, "\"type\":\"order\"");
}

static bool is_reduce_only(enum venue venue, const char *text, size_t length)
{
	return has(text, length, length, venue == LIGHTER ? "\"ReduceOnly\":1" : "\"r\":true");
}

static void on_sending(void *user, const char *name, const char *text, size_t length)
{
	(void)user;
	(void)text;
	(void)length;
	bench.instant.sending_ns[venue_of(name)] = bench_now_ns();
}

static void on_sent(void *user, const char *name, const char *text, size_t length, bool ok)
{
	int64_t now_ns = bench_now_ns();
	struct instant *instant = this_instant();
	enum venue venue = venue_of(name);
	(void)user;
	if (!ok || !is_order(venue, text, length) || is_reduce_only(venue, text, length)) {
		instant->others = true;
		return;
	}
	instant->sent_ns[venue] = now_ns;
	instant->orders[venue]++;
	size_t before = bench.whole.count;
	if (bench.maker)
		end_hedge(instant, venue);
	else
		end_pair(instant);
	if (bench.whole.count > before)
		keep(&bench.used, thread_ns() - instant->frame_used_ns);
}

/* Bytes of a signed order, ready, over a connection of the same kind. */
static void time_bare_write(void)
{
	if (!bench.world.idle_ready)
		return;
	int64_t start_ns = bench_now_ns();
	bool ok = web_socket_send(bench.world.idle, bench.order, ORDER_LENGTH);
	int64_t took_ns = bench_now_ns() - start_ns;
	if (ok)
		keep(&bench.bare, took_ns);
}

static bool again(void *user)
{
	(void)user;
	time_bare_write();
	return bench.whole.count < (size_t)(bench.maker ? HEDGES_WANTED : PAIRS_WANTED);
}

static void run(bool maker)
{
	static const struct wire_tap_listener listener = {
		.message = on_message, .sending = on_sending, .sent = on_sent};
	memset(&bench, 0, sizeof(bench));
	bench.maker = maker;
	snprintf(bench.order, sizeof(bench.order), "{\"type\":\"pong\",\"padding\":\"%*s\"}",
		 ORDER_LENGTH - 29, "");
	tick_world_open(&bench.world, maker, &listener, again, NULL);
	bench.running = true;
	tick_world_run(&bench.world, LIMIT_S);
	bench.running = false;
	tick_world_close(&bench.world);
}

void bench_tick(struct bench_report *report)
{
	static const char bare[] = "a write of signed bytes";
	run(false);
	if (bench.whole.count > 0 && bench.bare.count > 0) {
		size_t count = bench.whole.count;
		double write_us = quantile_us(&bench.bare, 500);
		bench_report_add(report, "tick_to_pair_us_p50", quantile_us(&bench.whole, 500),
				 "us", write_us, bare);
		bench_report_note(
			report,
			"%zu pairs; %.0f us of processor time; parse and decide %.0f, preflight "
			"%.0f, sign %.0f and "
			"%.0f, send %.0f and %.0f us (Lighter, Hyperliquid)",
			count, quantile_us(&bench.used, 500), quantile_us(&bench.decide, 500),
			quantile_us(&bench.preflight, 500), quantile_us(&bench.sign[LIGHTER], 500),
			quantile_us(&bench.sign[HYPERLIQUID], 500),
			quantile_us(&bench.send[LIGHTER], 500),
			quantile_us(&bench.send[HYPERLIQUID], 500));
		bench_report_add(report, "tick_to_pair_us_p99", quantile_us(&bench.whole, 990),
				 "us", quantile_us(&bench.bare, 990), bare);
		bench_report_note(report,
				  "parse and decide %.0f, preflight %.0f, sign %.0f and %.0f, send "
				  "%.0f and %.0f us, each at its own p99",
				  quantile_us(&bench.decide, 990),
				  quantile_us(&bench.preflight, 990),
				  quantile_us(&bench.sign[LIGHTER], 990),
				  quantile_us(&bench.sign[HYPERLIQUID], 990),
				  quantile_us(&bench.send[LIGHTER], 990),
				  quantile_us(&bench.send[HYPERLIQUID], 990));
	}
	run(true);
	if (bench.whole.count > 0 && bench.bare.count > 0) {
		size_t count = bench.whole.count;
		bench_report_add(report, "tick_to_order_us", quantile_us(&bench.whole, 500), "us",
				 quantile_us(&bench.bare, 500), bare);
		bench_report_note(
			report,
			"%zu orders; p99 %.0f us; until signing %.0f, sign (not counted) %.0f or "
			"%.0f, send %.0f or %.0f us",
			count, quantile_us(&bench.whole, 990), quantile_us(&bench.preflight, 500),
			quantile_us(&bench.sign[LIGHTER], 500),
			quantile_us(&bench.sign[HYPERLIQUID], 500),
			quantile_us(&bench.send[LIGHTER], 500),
			quantile_us(&bench.send[HYPERLIQUID], 500));
	}
}
