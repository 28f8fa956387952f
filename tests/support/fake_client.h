/*
 * A venue made of nothing but a delay and books that the test sets: a BaseExchangeClient that
 * counts its calls and answers as scripted. A read samples the book half its delay after it was
 * sent.
 */
#ifndef FUNDARB_TESTS_SUPPORT_FAKE_CLIENT_H
#define FUNDARB_TESTS_SUPPORT_FAKE_CLIENT_H

#include "exchanges/exchange_client.h"

struct fake_client;

/* Instruments 1..FAKE_INSTRUMENTS, FAKE_LEVELS levels a side. */
#define FAKE_INSTRUMENTS 16
#define FAKE_LEVELS	 32

struct fake_client *fake_client_create(struct scheduler *scheduler, venue_id venue);
void fake_client_free(struct fake_client *fake);
struct exchange_client *fake_client_interface(struct fake_client *fake);

/* Of every read and command, from send to completion. 0 at the start. */
void fake_client_set_delay(struct fake_client *fake, int64_t delay_ns);
void fake_client_set_book(struct fake_client *fake, instrument_id instrument,
			  const struct book_level *bids, uint32_t bid_count,
			  const struct book_level *asks, uint32_t ask_count);
/* One level a side of 1,000,000 units. */
void fake_client_set_touch(struct fake_client *fake, instrument_id instrument, int64_t bid_units,
			   int64_t ask_units);
/*
 * What happens to the next reads, one letter each: '.' as set, 'a' absent, 'u' unknown after the
 * delay, 'n' no answer (unknown at give_up). Beyond the text: as set. Borrowed.
 */
void fake_client_script_reads(struct fake_client *fake, const char *outcomes);

uint64_t fake_client_reads(const struct fake_client *fake, instrument_id instrument);
uint64_t fake_client_reads_total(const struct fake_client *fake);
/* The most reads of one instrument that were ever in flight together. */
unsigned fake_client_most_in_flight(const struct fake_client *fake);
uint64_t fake_client_commands(const struct fake_client *fake);
const struct read_request *fake_client_last_read(const struct fake_client *fake);

#endif
