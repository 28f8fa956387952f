/*
 * The inside of the trading floor, shared by its rooms: trading_floor.c (life, accounts, market
 * events), floor_book.c (what is displayed and what was taken), floor_orders.c (from the gate to
 * the match), floor_match.c (one match), floor_report.c (what the accounts' venues say),
 * floor_funding.c, floor_drills.c, floor_look.c. Nobody outside exchanges/testnet includes it.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_FLOOR_STATE_H
#define FUNDARB_EXCHANGES_TESTNET_FLOOR_STATE_H

#include "exchanges/simulated/venue.h"
#include "exchanges/testnet/trading_floor.h"

#define FLOOR_ORDERS_MAX   (1u << 20) /* all accounts; beyond, nothing more is placed */
#define FLOOR_FILLS_MAX	   (1u << 21) /* of one account; beyond, it places nothing more */
#define FLOOR_PAYMENTS_MAX (1u << 20) /* of one account; later ones are paid but not listed */
#define FLOOR_SETTLED_MAX  20000      /* rates of one instrument; the oldest half is forgotten */
#define FLOOR_TAKEN_MAX	   4096	      /* remembered levels a side; the oldest is given back */
#define FLOOR_TRADES_KEPT  500	      /* public trades of one instrument */
#define FLOOR_LEVELS_MAX   16384      /* levels of one book message, a side */
#define RECORDS_PER_BLOCK  1024
#define TAG_BUCKETS	   8192

/* What the fault plan decided about an order when it arrived. */
struct order_faults {
	int64_t fill_pct; /* of an IOC; -1: all that is there */
	int64_t race_pct; /* filled before a cancel acts */
	bool refused, vanishes, stuck, self_trade;
};

/* `shown` first: the public order is the record. */
struct floor_record {
	struct floor_order shown;
	struct trading_floor *floor;
	struct floor_record *older_in_bucket;
	schedule_id match, cancel, expiry;
	bool matched; /* the account's venue has it */
	struct order_faults faults;
};

struct floor_account_state {
	struct trading_floor *floor;
	floor_account number;
	struct simulated_venue *venue; /* owned */
	struct floor_record **records; /* by client id - 1; owned array */
	size_t record_count, record_capacity;
	struct floor_record **live; /* state OPEN; owned array */
	size_t live_count, live_capacity;
	struct floor_fill *fills; /* owned */
	size_t fill_count, fill_capacity;
	struct floor_payment *payments; /* owned */
	size_t payment_count, payment_capacity;
	struct money balance; /* of the settle asset, as last told */
	bool closing;	      /* the next fill without an order is the venue's own */
	bool called_adl;
	struct money closing_mark;
	schedule_id dead_man;
};

/* What takers took from a displayed level, as long as the feed's size of it stays the same. */
struct taken_level {
	struct price price;
	struct quantity outside, taken;
};
struct taken_levels {
	struct taken_level *levels; /* owned */
	size_t count, capacity;
};
enum book_fault { BOOK_WHOLE, BOOK_EMPTY, BOOK_CROSSED, BOOK_GAPPED };

/* Levels on their way; owned arrays. */
struct level_list {
	struct book_level *levels;
	size_t count, capacity;
};

struct floor_market {
	instrument_id id;
	const struct instrument *instrument;
	struct order_book *outside;    /* as the feed says; owned */
	struct taken_levels taken[2];  /* by enum side: bids, asks */
	struct floor_record **resting; /* of all accounts, in order of arrival; owned array */
	size_t resting_count, resting_capacity;
	enum book_fault fault;
	bool started; /* had its first snapshot */
	uint64_t book_id;
	struct market_event *trades; /* a ring; owned */
	size_t trade_count, next_trade;
	struct floor_day day;
	bool day_known;
	struct floor_settled *settled; /* owned */
	size_t settled_count, settled_capacity;
	struct rate premium; /* average of the running interval */
	int64_t premium_boundary_ns;
	struct level_list dirty[2]; /* prices whose displayed quantity changed; quantity unused */
};

struct taker_fill {
	struct price price;
	struct quantity quantity;
	int64_t makers; /* units of it that were other accounts' */
	uint64_t trade_number;
};

struct trading_floor {
	struct trading_floor_options options;
	const char *name; /* of the venue */
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct fault_plan *faults;
	struct market_state *books;
	struct floor_events events;
	void *events_user;
	struct floor_account_state accounts[FLOOR_ACCOUNTS_MAX];
	size_t account_count;
	struct floor_market **markets; /* by instrument handle; owned, sparse */
	instrument_id dirty_markets[64];
	size_t dirty_count;
	struct floor_record **blocks; /* owned; records never move */
	size_t block_count, order_count;
	struct floor_record *tags[TAG_BUCKETS];
	struct floor_record *placing; /* the order being matched */
	struct taker_fill *taker_fills;
	size_t taker_fill_count, taker_fill_capacity;
	struct level_list view, inner[2], shown[2];
	int64_t maker_units; /* filled by the print being delivered */
	uint64_t last_trade, last_payment;
	schedule_id boundary;
	int64_t skew_ns;
};

/* ---- trading_floor.c ---- */
__attribute__((noreturn)) void floor_abort_without_memory(void);
/* Room for one more in an owned array; aborts if memory is out. */
void *floor_grow(void *array, size_t count, size_t *capacity, size_t element);
/* Made on first use; NULL if the instrument is not this venue's. */
struct floor_market *floor_market_open(struct trading_floor *floor, instrument_id id);
const struct floor_market *floor_market_find(const struct trading_floor *floor, instrument_id id);
struct fault_occasion floor_occasion(const struct trading_floor *floor, instrument_id id, int side,
				     const char *kind);
/* Conditions that the floor itself obeys: the venue's clock. */
void floor_obey_conditions(struct trading_floor *floor);
struct market_event floor_event(const struct trading_floor *floor, instrument_id id,
				enum market_event_kind kind);
/* Applies to the books, then tells every account's venue. */
void floor_apply(struct trading_floor *floor, const struct market_event *event);
void floor_tell(struct trading_floor *floor, const struct market_event *event);
/* A public trade: into the ring and the day, and told. */
void floor_print(struct trading_floor *floor, struct floor_market *market,
		 const struct market_event *trade);

/* ---- floor_book.c ---- */
void level_list_add(struct level_list *list, struct book_level level);
void floor_book_event(struct trading_floor *floor, struct floor_market *market,
		      const struct market_event *event);
/* A taker took `quantity` (at most what is there) of the other participants' level. */
void floor_take(struct floor_market *market, enum side book_side, struct price price,
		struct quantity quantity);
/* The displayed quantity at a price changed; floor_flush tells. */
void floor_dirty(struct trading_floor *floor, struct floor_market *market, enum side side,
		 struct price price);
void floor_flush(struct trading_floor *floor);
struct quantity floor_record_displayed(const struct floor_record *record);
/* Fills resting orders that the other participants' book has come to cross. */
void floor_fill_crossed(struct trading_floor *floor, struct floor_market *market);
/* A print that only one account's venue hears; returns the units it filled. */
int64_t floor_private_print(struct floor_account_state *account, instrument_id id,
			    struct price price, struct quantity quantity, enum side taker_side);

/* ---- floor_orders.c ---- */
struct floor_record *floor_record_at(const struct trading_floor *floor, uint64_t number);
/* An order that ended: out of the lists, timers cancelled. */
void floor_record_end(struct floor_record *record, enum order_state state,
		      enum reject_reason reason, const char *text);
void floor_tell_order(struct floor_record *record);
/* Ends a live order at once, without the cancel delay. */
void floor_cancel_now(struct floor_record *record, const char *text);

/* ---- floor_match.c ---- */
void floor_match(struct floor_record *record);

/* ---- floor_report.c ---- */
void floor_hear(void *account, const struct account_event *event); /* simulated_venue_output */

/* ---- floor_funding.c ---- */
void floor_arm_boundary(struct trading_floor *floor);
void floor_funding_event(struct trading_floor *floor, struct floor_market *market,
			 const struct market_event *event);
/* What is really posted for a payment that the venue booked as `posted`. */
bool floor_pay_differently(struct floor_account_state *account, const struct account_event *event,
			   struct money *posted);

/* ---- floor_drills.c ---- */
void floor_drill(struct trading_floor *floor, struct floor_market *market);

#endif
