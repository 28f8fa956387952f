// What every client's script shares: the testnet's line, and checks that say what they saw.
import { readFileSync } from 'node:fs';

export const testnet = JSON.parse(readFileSync(process.env.TESTNET_LINE, 'utf8'));

let passed = 0;
const failures = [];

export function check(what, holds, seen) {
	if (holds) {
		passed += 1;
	} else {
		failures.push(what);
		console.log(`FAILED ${what}: ${seen === undefined ? '' : JSON.stringify(seen)}`);
	}
}

export async function within(what, milliseconds, look) {
	const until = Date.now() + milliseconds;
	let seen;
	while (Date.now() < until) {
		seen = await look();
		if (seen) {
			check(what, true);
			return seen;
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	check(what, false, seen);
	return undefined;
}

export function finish(name) {
	console.log(`${name}: ${passed} passed, ${failures.length} failed`);
	process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
}
