#include "core/store/recording_index.h"

static void offer(const struct keyframe_place *candidate, bool venue_time, int64_t local_ns,
		  bool *found, struct keyframe_place *place)
{
	if (!venue_time && candidate->local_ns <= local_ns) {
		*found = true;
		*place = *candidate;
	}
}

/* True if the footer was sound and answered. */
static bool find_in_footer(struct segment_file *file, int64_t local_ns, bool *found,
			   struct keyframe_place *place, bool *failed, struct error *err)
{
	*failed = false;
	if (file->size < SEGMENT_TRAILER_BYTES)
		return false;
	const uint8_t *trailer = segment_file_bytes(file, file->size - SEGMENT_TRAILER_BYTES,
						    SEGMENT_TRAILER_BYTES, failed, err);
	uint64_t offset;
	if (trailer == NULL || !segment_trailer_read(trailer, &offset) || offset >= file->size)
		return false;
	struct segment_block block;
	bool header_sound;
	uint64_t skipped;
	file->offset = offset;
	enum segment_read read = segment_file_block(file, &block, &header_sound, &skipped, err);
	*failed = read == SEGMENT_FAILED;
	if (read != SEGMENT_OK || block.header.kind != BLOCK_FOOTER)
		return false;
	struct cursor cursor = {.at = block.payload, .end = block.payload + block.header.raw_bytes};
	struct keyframe_place at = {0};
	for (uint32_t i = 0; i < block.header.records; i++) {
		uint32_t kind = cursor.at < cursor.end ? *cursor.at++ : 0;
		at.offset += read_varint(&cursor);
		read_varint(&cursor); /* records */
		at.local_ns = wrapping_add(at.local_ns, read_zigzag(&cursor));
		at.sequence = i;
		if (!cursor_sound(&cursor))
			return false;
		if ((kind & 0x7f) == BLOCK_DICTIONARY)
			offer(&at, (kind & 0x80) != 0, local_ns, found, place);
	}
	return true;
}

bool recording_index_find(struct segment_file *file, int64_t local_ns, bool *found,
			  struct keyframe_place *place, struct error *err)
{
	bool failed;
	*found = false;
	if (find_in_footer(file, local_ns, found, place, &failed, err) || failed)
		return !failed;
	*found = false;
	file->offset = SEGMENT_HEADER_BYTES;
	for (uint32_t sequence = 0;; sequence++) {
		const uint8_t *bytes =
			segment_file_bytes(file, file->offset, BLOCK_HEADER_BYTES, &failed, err);
		struct block_header header;
		if (failed)
			return false;
		if (bytes == NULL || !block_header_read(bytes, &header) ||
		    header.sequence != sequence)
			return true;
		const struct keyframe_place at = {
			.offset = file->offset, .local_ns = header.first_ns, .sequence = sequence};
		if (header.kind == BLOCK_DICTIONARY)
			offer(&at, header.venue_time, local_ns, found, place);
		file->offset += BLOCK_HEADER_BYTES + (uint64_t)header.stored_bytes;
	}
}
