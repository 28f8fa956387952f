/* What earlier runs proved of the units of funding: one line an instrument. */
#include "exchanges/funding_proofs.h"
#include "src/commands/check.h"
#include "src/funding_prover.h"
#include <stdlib.h>

static void say_proof(struct check *check, const struct funding_proof_record *record,
		      const char *path)
{
	char sentence[FUNDING_SENTENCE_MAX], remedy[256] = "";
	enum funding_proof_state state = funding_proof_state(&record->proof);
	if (state == FUNDING_QUARANTINED)
		snprintf(remedy, sizeof(remedy),
			 "find out what the venue pays; then remove the line from %.160s", path);
	check_say(check, state != FUNDING_QUARANTINED, remedy, "funding of %s is %s: %s",
		  record->name, funding_proof_state_text(state),
		  funding_proof_sentence(&record->proof, sentence, sizeof(sentence)));
}

void check_funding_proofs(struct check *check)
{
	char path[FUNDING_PROOFS_PATH_MAX];
	unsigned damaged;
	struct error err = {0};
	struct funding_proofs *proofs = funding_proofs_create();
	if (!proofs)
		abort();
	funding_proofs_path(check->config, path, sizeof(path));
	if (!funding_proofs_load(proofs, path, &damaged, &err))
		check_say(check, false, "make it readable, or remove it", "%s", err.text);
	else if (damaged > 0)
		check_say(check, false,
			  "remove the damaged lines; what they spoke of is proven anew",
			  "%s: %u damaged lines", path, damaged);
	for (size_t i = 0; i < funding_proofs_count(proofs); i++)
		say_proof(check, funding_proofs_at(proofs, i), path);
	funding_proofs_free(proofs);
}
