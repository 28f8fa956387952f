/*
 * A venue's request budget: token buckets with the venue's own weights, and an order of importance.
 * Cancels and hedges always find a share left (I19 of faults.md: exits find at least 30 %). Pure:
 * time is an argument.
 */
#ifndef FUNDARB_CORE_NET_RATE_LIMITER_H
#define FUNDARB_CORE_NET_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* Most important first. */
enum request_priority { PRIORITY_CANCEL, PRIORITY_HEDGE, PRIORITY_OPEN, PRIORITY_READ };

#define RATE_BUCKETS_MAX 4

struct rate_bucket_options {
	const char *name;	 /* "ip minute"; for messages */
	int64_t capacity;	 /* weight that may be spent at once */
	int64_t refill_per_hour; /* weight regained, continuously; 0: never (a lifetime budget) */
	/* Share of capacity in percent that READ and OPEN must leave untouched. */
	int reserve_percent[4]; /* by priority; e.g. {0, 0, 30, 40} */
};

struct rate_limiter {
	unsigned count;
	struct {
		struct rate_bucket_options options;
		int64_t left_e9; /* weight x 10^9 */
		int64_t at_ns;
	} buckets[RATE_BUCKETS_MAX];
	int64_t blocked_until_ns; /* the venue said 429: nothing before, cancels included */
};

void rate_limiter_init(struct rate_limiter *limiter, const struct rate_bucket_options *buckets,
		       unsigned count, int64_t now_ns);
/*
 * Takes weights[i] from bucket i if all have it (reserves kept) and nothing is blocked; else takes
 * nothing and returns the earliest time at which it may succeed (INT64_MAX: never by itself).
 * Returns 0 when taken.
 */
int64_t rate_limiter_take(struct rate_limiter *limiter, enum request_priority priority,
			  const int64_t weights[RATE_BUCKETS_MAX], int64_t now_ns);
/* The venue refused for rate: wait until then, whatever the buckets say. */
void rate_limiter_block(struct rate_limiter *limiter, int64_t until_ns);
/* The venue told what is really left in a bucket. */
void rate_limiter_set_left(struct rate_limiter *limiter, unsigned bucket, int64_t weight,
			   int64_t now_ns);
int64_t rate_limiter_left(const struct rate_limiter *limiter, unsigned bucket, int64_t now_ns);

#endif
