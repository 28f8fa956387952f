#include "core/market/order_book.h"

#include "core/market/sorted_levels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where the window lies is only a matter of speed: a level outside it, or between its slots, is in
 * `outside` and found there. So moving and growing it are left until the work done outside has paid
 * for them, and no stream of messages can make them dearer than that work.
 */
#define SLOTS_MIN 1024u
#define SLOTS_MAX 65536u
/*
 * Memory of a window follows the levels there are: books of a live depth cap keep the smallest,
 * a full-depth import may take the largest.
 */
#define SHALLOW_LEVELS	256u
#define SLOTS_PER_LEVEL 32u
/* The window grows while one in this many changes falls where twice the slots would reach. */
#define GROW_ONE_IN 64u

/* Slot i is the price low_price + i * tick. */
struct price_window {
	uint64_t low_price;
	uint64_t span;	/* slots * tick; 0 while there are no slots */
	uint32_t slots; /* a power of two */
	uint32_t level_count;
	int64_t *quantity;  /* meaningful only where `occupied` says so */
	uint64_t *occupied; /* one bit per slot */
	uint64_t *summary;  /* one bit per word of `occupied` that is not 0 */
};

struct book_side {
	enum side side;
	struct book_level best; /* quantity 0: the side is empty */
	struct price_window window;
	struct sorted_levels outside;
	/* Since the position of the window was last judged: */
	uint64_t changes;
	uint32_t missed;    /* on the grid, but outside the window */
	uint32_t reachable; /* of those: within twice the slots */
};

struct order_book {
	int64_t tick;
	uint64_t reciprocal; /* floor(2^64 / tick) + 1; unused for a tick of 1 */
	uint64_t version;
	uint64_t ignored;
	struct book_side sides[2];
};

static uint32_t word_count(uint32_t slots)
{
	return slots / 64;
}

static uint32_t summary_count(uint32_t slots)
{
	return (word_count(slots) + 63) / 64;
}

/*
 * offset / tick, exact where the offset is a multiple of the tick: the product is above the true
 * quotient by less than offset / 2^64. Elsewhere it may be one too high; quotient * tick then
 * differs from the offset, which is how a price off the grid is told.
 */
static inline uint64_t slot_of(uint64_t offset, uint64_t tick, uint64_t reciprocal)
{
	if (tick == 1)
		return offset;
	return (uint64_t)(((u128)offset * reciprocal) >> 64);
}

struct order_book *order_book_create(int64_t tick_units)
{
	assert(tick_units >= 1);
	struct order_book *book = calloc(1, sizeof(*book));

	if (!book)
		return NULL;
	/* Slots of a larger tick would not fit 64 bits; such a hint cannot be right. */
	book->tick = tick_units <= INT64_MAX / (int64_t)(4 * SLOTS_MAX) ? tick_units : 1;
	book->reciprocal = book->tick == 1 ? 0 : UINT64_MAX / (uint64_t)book->tick + 1;
	book->sides[SIDE_BUY].side = SIDE_BUY;
	book->sides[SIDE_SELL].side = SIDE_SELL;
	return book;
}

static void window_free(struct price_window *window)
{
	free(window->quantity);
	free(window->occupied);
}

static void window_allocate(struct price_window *window, uint32_t slots, uint64_t tick)
{
	uint32_t words = word_count(slots);

	window->quantity = malloc(slots * sizeof(*window->quantity));
	window->occupied = calloc(words + summary_count(slots), sizeof(*window->occupied));
	if (!window->quantity || !window->occupied)
		abort();
	window->summary = window->occupied + words;
	window->slots = slots;
	window->span = slots * tick;
	window->level_count = 0;
}

static void window_clear(struct price_window *window)
{
	if (window->slots == 0)
		return;
	memset(window->occupied, 0,
	       (word_count(window->slots) + summary_count(window->slots)) *
		       sizeof(*window->occupied));
	window->level_count = 0;
}

static inline void window_set(struct price_window *window, uint64_t slot, int64_t quantity)
{
	uint64_t before = window->occupied[slot / 64];
	uint64_t present = quantity != 0;
	uint64_t after = (before & ~(UINT64_C(1) << slot % 64)) | present << slot % 64;

	window->quantity[slot] = quantity;
	window->occupied[slot / 64] = after;
	window->level_count += (uint32_t)present - (uint32_t)(before >> slot % 64 & 1);
	if ((before == 0) != (after == 0))
		window->summary[slot / 4096] ^= UINT64_C(1) << slot / 64 % 64;
}

/* The next level at or above slot `from`; false if there is none. */
static bool window_up(const struct price_window *window, uint32_t from, uint32_t *slot)
{
	if (from >= window->slots)
		return false;
	uint32_t word = from / 64;
	uint64_t bits = window->occupied[word] >> from % 64 << from % 64;

	if (bits == 0) {
		if (++word == word_count(window->slots))
			return false;
		uint32_t group = word / 64;
		uint64_t words = window->summary[group] >> word % 64 << word % 64;

		while (words == 0) {
			if (++group == summary_count(window->slots))
				return false;
			words = window->summary[group];
		}
		word = group * 64 + (uint32_t)__builtin_ctzll(words);
		bits = window->occupied[word];
	}
	*slot = word * 64 + (uint32_t)__builtin_ctzll(bits);
	return true;
}

/* The next level below slot `end`; false if there is none. */
static bool window_down(const struct price_window *window, uint32_t end, uint32_t *slot)
{
	if (end == 0)
		return false;
	uint32_t last = end - 1;
	uint32_t word = last / 64;
	uint64_t bits = window->occupied[word] << (63 - last % 64) >> (63 - last % 64);

	if (bits == 0) {
		if (word-- == 0)
			return false;
		uint32_t group = word / 64;
		uint64_t words = window->summary[group] << (63 - word % 64) >> (63 - word % 64);

		while (words == 0) {
			if (group-- == 0)
				return false;
			words = window->summary[group];
		}
		word = group * 64 + 63 - (uint32_t)__builtin_clzll(words);
		bits = window->occupied[word];
	}
	*slot = word * 64 + 63 - (uint32_t)__builtin_clzll(bits);
	return true;
}

/* Levels from the best outwards, those of the window and those outside it merged. */
struct level_cursor {
	const struct order_book *book;
	const struct book_side *side;
	struct level_place place;
	bool in_window;
	bool is_outside;
	uint32_t slot;
	struct book_level window_level;
	struct book_level outside_level;
};

static void cursor_load_window(struct level_cursor *cursor, bool found)
{
	const struct price_window *window = &cursor->side->window;

	cursor->in_window = found;
	if (!found)
		return;
	cursor->window_level.price.units =
		(int64_t)(window->low_price + cursor->slot * (uint64_t)cursor->book->tick);
	cursor->window_level.quantity.units = window->quantity[cursor->slot];
}

static void cursor_load_outside(struct level_cursor *cursor)
{
	cursor->is_outside = sorted_levels_read(&cursor->side->outside, cursor->place,
						&cursor->outside_level.price.units,
						&cursor->outside_level.quantity.units);
}

static void cursor_start(struct level_cursor *cursor, const struct order_book *book, enum side side)
{
	const struct book_side *of = &book->sides[side];
	bool found;

	cursor->book = book;
	cursor->side = of;
	if (side == SIDE_BUY) {
		cursor->place = sorted_levels_highest(&of->outside);
		found = window_down(&of->window, of->window.slots, &cursor->slot);
	} else {
		cursor->place = sorted_levels_lowest(&of->outside);
		found = window_up(&of->window, 0, &cursor->slot);
	}
	cursor_load_window(cursor, found);
	cursor_load_outside(cursor);
}

static bool cursor_next(struct level_cursor *cursor, struct book_level *level)
{
	bool buy = cursor->side->side == SIDE_BUY;
	bool take_window = cursor->in_window;

	if (!cursor->in_window && !cursor->is_outside)
		return false;
	if (cursor->in_window && cursor->is_outside) {
		int64_t inside = cursor->window_level.price.units;
		int64_t outside = cursor->outside_level.price.units;

		take_window = buy ? inside > outside : inside < outside;
	}
	if (take_window) {
		const struct price_window *window = &cursor->side->window;

		*level = cursor->window_level;
		cursor_load_window(cursor,
				   buy ? window_down(window, cursor->slot, &cursor->slot)
				       : window_up(window, cursor->slot + 1, &cursor->slot));
	} else {
		const struct sorted_levels *outside = &cursor->side->outside;

		*level = cursor->outside_level;
		cursor->place = buy ? sorted_levels_below(outside, cursor->place)
				    : sorted_levels_above(outside, cursor->place);
		cursor_load_outside(cursor);
	}
	return true;
}

static uint32_t side_count(const struct book_side *side)
{
	return side->window.level_count + side->outside.level_count;
}

static void find_best(struct order_book *book, struct book_side *side)
{
	struct level_cursor cursor;

	cursor_start(&cursor, book, side->side);
	side->best = (struct book_level){{0}, {0}};
	if (cursor.in_window || cursor.is_outside)
		(void)cursor_next(&cursor, &side->best);
}

/* A quarter of the window lies beyond the touch, for the best prices to come. */
static uint64_t window_low_price(const struct order_book *book, enum side side, int64_t best,
				 uint32_t slots)
{
	uint64_t slot = (uint64_t)(best / book->tick);
	uint64_t below = side == SIDE_BUY ? slots - slots / 4 - 1 : slots / 4;

	return (slot > below ? slot - below : 0) * (uint64_t)book->tick;
}

/* Sorts a level into the window or outside it. */
static void place_level(struct order_book *book, struct book_side *side, int64_t price,
			int64_t quantity)
{
	uint64_t offset = (uint64_t)price - side->window.low_price;
	uint64_t slot = slot_of(offset, (uint64_t)book->tick, book->reciprocal);

	if (offset < side->window.span && slot * (uint64_t)book->tick == offset)
		window_set(&side->window, slot, quantity);
	else
		sorted_levels_set(&side->outside, price, quantity);
}

/* Takes in the levels that the window has come to cover. */
static void gather_outside(struct order_book *book, struct book_side *side)
{
	const struct price_window *window = &side->window;
	int64_t price = (int64_t)window->low_price;
	int64_t quantity;

	for (;;) {
		struct level_place place = sorted_levels_at_or_above(&side->outside, price);

		if (!sorted_levels_read(&side->outside, place, &price, &quantity) ||
		    (uint64_t)price - window->low_price >= window->span)
			return;
		if (price % book->tick == 0) {
			sorted_levels_set(&side->outside, price, 0);
			place_level(book, side, price, quantity);
		}
		if (price == INT64_MAX)
			return;
		price++;
	}
}

/* Lays a window of that many slots round the best price. */
static void move_window(struct order_book *book, struct book_side *side, int64_t best,
			uint32_t slots)
{
	struct price_window old = side->window;
	uint64_t tick = (uint64_t)book->tick;
	bool keeps_memory = old.level_count == 0 && slots == old.slots;

	if (!keeps_memory)
		window_allocate(&side->window, slots, tick);
	side->window.low_price = window_low_price(book, side->side, best, slots);
	gather_outside(book, side);
	if (keeps_memory)
		return;
	for (uint32_t slot = 0; window_up(&old, slot, &slot); slot++)
		place_level(book, side, (int64_t)(old.low_price + slot * tick), old.quantity[slot]);
	window_free(&old);
}

static bool best_is_well_placed(const struct order_book *book, const struct book_side *side)
{
	const struct price_window *window = &side->window;
	uint64_t offset = (uint64_t)side->best.price.units - window->low_price;

	if (offset >= window->span)
		return false;
	uint64_t slot = offset / (uint64_t)book->tick;
	uint64_t beyond = side->side == SIDE_BUY ? window->slots - 1 - slot : slot;

	/* The lowest prices there are leave nowhere to move to. */
	return beyond <= window->slots / 2 || window->low_price == 0;
}

/* Called when the changes outside the window have cost about what moving it would. */
static void judge_window(struct order_book *book, struct book_side *side)
{
	uint32_t slots = side->window.slots;
	uint32_t levels = side_count(side);
	bool may_grow = slots < SLOTS_MAX && levels > SHALLOW_LEVELS &&
			2 * slots / SLOTS_PER_LEVEL <= levels;
	bool should_grow = (uint64_t)side->reachable * GROW_ONE_IN >= side->changes;
	bool grows = may_grow && should_grow;

	if (side->best.quantity.units > 0 && (grows || !best_is_well_placed(book, side)))
		move_window(book, side, side->best.price.units, grows ? 2 * slots : slots);
	side->changes = 0;
	side->missed = 0;
	side->reachable = 0;
}

static bool level_is_valid(const struct book_level *level)
{
	return level->price.units > 0 && level->quantity.units >= 0;
}

/* An empty side has no touch: its window goes where the message has its best price. */
static void place_first_window(struct order_book *book, struct book_side *side,
			       const struct book_level *levels, uint32_t count)
{
	int64_t best = 0;

	for (uint32_t i = 0; i < count; i++) {
		int64_t price = levels[i].price.units;

		if (!level_is_valid(&levels[i]) || levels[i].quantity.units == 0)
			continue;
		if (best == 0 || (side->side == SIDE_BUY ? price > best : price < best))
			best = price;
	}
	if (best > 0)
		move_window(book, side, best, side->window.slots ? side->window.slots : SLOTS_MIN);
}

static void set_missed(struct order_book *book, struct book_side *side, int64_t price,
		       int64_t quantity)
{
	const struct price_window *window = &side->window;
	uint64_t offset = (uint64_t)price - window->low_price;

	sorted_levels_set(&side->outside, price, quantity);
	if (offset < window->span || price % book->tick != 0)
		return;
	side->missed++;
	side->reachable += offset + window->span < 3 * window->span;
}

static void apply_side(struct order_book *book, struct book_side *side,
		       const struct book_level *levels, uint32_t count)
{
	if (count == 0)
		return;
	if (side_count(side) == 0)
		place_first_window(book, side, levels, count);

	/* A copy, so that the stores into the arrays do not make the loop load its fields again. */
	struct price_window window = side->window;
	const uint64_t tick = (uint64_t)book->tick;
	const uint64_t reciprocal = book->reciprocal;

	for (uint32_t i = 0; i < count; i++) {
		int64_t price = levels[i].price.units;
		int64_t quantity = levels[i].quantity.units;

		if (price <= 0 || quantity < 0) {
			book->ignored++;
			continue;
		}
		uint64_t offset = (uint64_t)price - window.low_price;

		if (offset < window.span) {
			uint64_t slot = slot_of(offset, tick, reciprocal);

			if (slot * tick == offset) {
				window_set(&window, slot, quantity);
				continue;
			}
		}
		set_missed(book, side, price, quantity);
	}
	side->window.level_count = window.level_count;
	side->changes += count;
	find_best(book, side);
	if (side->missed >= 32 + window.level_count / 8)
		judge_window(book, side);
}

void order_book_apply(struct order_book *book, const struct book_level *bids, uint32_t bid_count,
		      const struct book_level *asks, uint32_t ask_count)
{
	apply_side(book, &book->sides[SIDE_BUY], bids, bid_count);
	apply_side(book, &book->sides[SIDE_SELL], asks, ask_count);
	book->version++;
}

void order_book_free(struct order_book *book)
{
	if (!book)
		return;
	for (int i = 0; i < 2; i++) {
		window_free(&book->sides[i].window);
		sorted_levels_clear(&book->sides[i].outside);
	}
	free(book);
}

void order_book_clear(struct order_book *book)
{
	for (int i = 0; i < 2; i++) {
		struct book_side *side = &book->sides[i];

		window_clear(&side->window);
		sorted_levels_clear(&side->outside);
		side->best = (struct book_level){{0}, {0}};
	}
	book->version++;
}

bool order_book_best(const struct order_book *book, enum side side, struct book_level *best)
{
	*best = book->sides[side].best;
	return best->quantity.units > 0;
}

uint32_t order_book_level_count(const struct order_book *book, enum side side)
{
	return side_count(&book->sides[side]);
}

bool order_book_crossed(const struct order_book *book)
{
	const struct book_level *bid = &book->sides[SIDE_BUY].best;
	const struct book_level *ask = &book->sides[SIDE_SELL].best;

	return bid->quantity.units > 0 && ask->quantity.units > 0 &&
	       bid->price.units >= ask->price.units;
}

uint64_t order_book_version(const struct order_book *book)
{
	return book->version;
}

uint64_t order_book_ignored_levels(const struct order_book *book)
{
	return book->ignored;
}

struct quantity order_book_quantity_at(const struct order_book *book, enum side side,
				       struct price price)
{
	const struct book_side *of = &book->sides[side];
	const struct price_window *window = &of->window;
	uint64_t offset = (uint64_t)price.units - window->low_price;

	if (offset < window->span && price.units % book->tick == 0) {
		uint64_t slot = offset / (uint64_t)book->tick;
		bool present = window->occupied[slot / 64] >> slot % 64 & 1;

		return (struct quantity){present ? window->quantity[slot] : 0};
	}
	return (struct quantity){sorted_levels_get(&of->outside, price.units)};
}

uint32_t order_book_levels(const struct order_book *book, enum side side, struct book_level *out,
			   uint32_t limit)
{
	struct level_cursor cursor;
	uint32_t count = 0;

	cursor_start(&cursor, book, side);
	while (count < limit && cursor_next(&cursor, &out[count]))
		count++;
	return count;
}

void order_book_walk(const struct order_book *book, enum side side, order_book_visit visit,
		     void *user)
{
	struct level_cursor cursor;
	struct book_level level;

	cursor_start(&cursor, book, side);
	while (cursor_next(&cursor, &level)) {
		if (!visit(user, level))
			return;
	}
}
