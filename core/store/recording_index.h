/* Where the keyframes of a segment are: from its footer, or by hopping over its block headers. */
#ifndef FUNDARB_CORE_STORE_RECORDING_INDEX_H
#define FUNDARB_CORE_STORE_RECORDING_INDEX_H

#include "core/store/segment_file.h"

struct keyframe_place {
	uint64_t offset; /* of the DICTIONARY block in front of it */
	int64_t local_ns;
	uint32_t sequence; /* of that block */
};
/*
 * Finds the newest keyframe at or before local_ns. *found is false if the segment has none, or is
 * damaged so that blocks cannot be counted. Moves file->offset. False: I/O failed.
 */
bool recording_index_find(struct segment_file *file, int64_t local_ns, bool *found,
			  struct keyframe_place *place, struct error *err);

#endif
