/*
 * Arbitrary bytes as a segment file, read to the end and applied to a market state. The first byte
 * chooses whether checksums are repaired first, so that the fuzzer gets behind them (bit 0), and
 * whether the records of a session are read too and turned into results of reads (bit 1).
 */
#include "core/store/recording.h"
#include "core/store/recording_format.h"
#include "exchanges/recorded_read.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Gives every block found by hopping a sound header, as far as the bytes reach. */
static void repair(uint8_t *bytes, size_t length)
{
	struct segment_header segment = {.version = RECORDING_FORMAT_VERSION};
	if (length < SEGMENT_HEADER_BYTES)
		return;
	segment_header_write(&segment, bytes);
	uint32_t sequence = 0;
	size_t at = SEGMENT_HEADER_BYTES;
	while (length - at >= BLOCK_HEADER_BYTES) {
		size_t room = length - at - BLOCK_HEADER_BYTES;
		struct block_header header = {
			.codec = bytes[at + 4] & 1,
			.kind = (uint8_t)(bytes[at + 5] % 6),
			.venue_time = (bytes[at + 5] & 0x80) != 0,
			.dictionary = (uint16_t)(bytes[at + 6] & 3),
			.sequence = sequence++,
			.stored_bytes = (uint32_t)(bytes[at + 16] | (bytes[at + 17] & 0x0f) << 8),
			.raw_bytes = (uint32_t)(bytes[at + 12] | bytes[at + 13] << 8),
			.records = (uint32_t)(bytes[at + 20] | bytes[at + 21] << 8),
		};
		if (header.stored_bytes > room)
			header.stored_bytes = (uint32_t)room;
		if (header.codec == 0)
			header.raw_bytes = header.stored_bytes;
		memcpy(&header.first_ns, bytes + at + 24, sizeof header.first_ns);
		memcpy(&header.last_ns, bytes + at + 32, sizeof header.last_ns);
		header.payload_crc =
			recording_crc(bytes + at + BLOCK_HEADER_BYTES, header.stored_bytes);
		block_header_write(&header, bytes + at);
		at += BLOCK_HEADER_BYTES + header.stored_bytes;
	}
}

static enum recording_read next(struct recording_reader *reader, bool session,
				struct recording_entry *entry, struct error *err)
{
	if (session)
		return recording_reader_next_entry(reader, entry, err);
	entry->kind = RECORDED_EVENT;
	return recording_reader_next(reader, &entry->u.event, err);
}

/* What was turned into a result can be packed again. */
static void take_answer(const struct recorded_answer *answer)
{
	struct recorded_read room = {0}, again = {0};
	struct recorded_answer packed;
	struct read_result result;
	if (recorded_read_unpack(answer, &room, &result)) {
		recorded_read_pack(&result, answer->venue, &again, &packed);
		if (packed.kind != answer->kind || packed.outcome != answer->outcome)
			abort();
	}
	recorded_read_clear(&room);
	recorded_read_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	if (length == 0)
		return 0;
	uint8_t *bytes = malloc(length);
	int fd = memfd_create("segment", 0);
	char path[64];
	if (bytes == NULL || fd < 0)
		abort();
	memcpy(bytes, input + 1, length - 1);
	if (input[0] & 1)
		repair(bytes, length - 1);
	if (pwrite(fd, bytes, length - 1, 0) != (ssize_t)(length - 1))
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	if (reader != NULL) {
		struct market_state *state = market_state_create(table);
		struct recording_entry entry;
		uint64_t events = 0;
		bool session = (input[0] & 2) != 0;
		while (next(reader, session, &entry, &err) == RECORDING_EVENT) {
			if (entry.kind == RECORDED_EVENT)
				market_state_apply(state, &entry.u.event);
			else if (entry.kind == RECORDED_ANSWER)
				take_answer(&entry.u.answer);
			/* Every record costs at least a byte, or repeats one gap per instrument. */
			if (++events > length * (INSTRUMENTS_MAX + 1))
				abort();
		}
		recording_reader_seek(reader, 0, &err);
		recording_reader_free(reader);
		market_state_free(state);
	}
	instrument_table_free(table);
	close(fd);
	free(bytes);
	return 0;
}
