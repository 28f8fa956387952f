/*
 * A venue's request budget: token buckets with the venue's own weights, and an order of importance.
 * Cancels and hedges always find a share left (exits at least 30 %). Pure: time is an argument.
 *
 * In any span of time a bucket spends at most its capacity plus what it regains in that span. So a
 * venue that counts a rolling minute and allows L is kept to by capacity + refill_per_hour / 60
 * <= L, e.g. 60 a minute by capacity 30 and 1,800 an hour.
 */
#ifndef FUNDARB_CORE_NET_RATE_LIMITER_H
#define FUNDARB_CORE_NET_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* Most important first. */
enum request_priority {
	PRIORITY_CANCEL,
	PRIORITY_HEDGE,
	PRIORITY_OPEN,
	PRIORITY_READ,
	PRIORITY_IDLE, /* what can wait for minutes: only while most of the budget is unused */
};
#define REQUEST_PRIORITIES (PRIORITY_IDLE + 1)

#define RATE_BUCKETS_MAX 4

struct rate_bucket_options {
	const char *name;	 /* "ip minute"; for messages */
	int64_t capacity;	 /* weight that may be spent at once; 1..4 x 10^9 */
	int64_t refill_per_hour; /* weight regained, continuously; 0: never (a lifetime budget) */
	/* Share of capacity in percent that OPEN and what comes after it must leave untouched. */
	int reserve_percent[REQUEST_PRIORITIES]; /* by priority; e.g. {0, 0, 30, 40, 70} */
};

struct rate_bucket {
	struct rate_bucket_options options;
	int64_t left_e9;   /* weight x 10^9 */
	int64_t remainder; /* 0..3599: of weight x 10^9 / 3600, regained and not yet in left_e9 */
	int64_t at_ns;
};

struct rate_limiter {
	unsigned count;
	struct rate_bucket buckets[RATE_BUCKETS_MAX];
	int64_t blocked_until_ns; /* the venue said 429: nothing before, cancels included */
};

void rate_limiter_init(struct rate_limiter *limiter, const struct rate_bucket_options *buckets,
		       unsigned count, int64_t now_ns);
/*
 * Takes weights[i] (>= 0; a bucket with 0 is not asked) from bucket i if all have it (reserves
 * kept) and nothing is blocked; else takes nothing and returns the earliest time at which it may
 * succeed (INT64_MAX: never by itself). Returns 0 when taken.
 */
int64_t rate_limiter_take(struct rate_limiter *limiter, enum request_priority priority,
			  const int64_t weights[RATE_BUCKETS_MAX], int64_t now_ns);
/* How often in a row the same could be taken now; INT64_MAX if the weights are all 0. */
int64_t rate_limiter_room(const struct rate_limiter *limiter, enum request_priority priority,
			  const int64_t weights[RATE_BUCKETS_MAX], int64_t now_ns);
/* The venue refused for rate: wait until then, whatever the buckets say. Never shortens. */
void rate_limiter_block(struct rate_limiter *limiter, int64_t until_ns);
/* The venue told what is really left in a bucket; may be below 0. Cut at the capacity, except in a
 * bucket that never refills: a lifetime budget grows as the venue says. */
void rate_limiter_set_left(struct rate_limiter *limiter, unsigned bucket, int64_t weight,
			   int64_t now_ns);
/* Whole weight, rounded down. */
int64_t rate_limiter_left(const struct rate_limiter *limiter, unsigned bucket, int64_t now_ns);

#endif
