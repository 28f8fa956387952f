// npm @nktkas/hyperliquid trades on the local Hyperliquid, by REST and over the WebSocket.
import { randomBytes } from 'node:crypto';
import * as hl from '@nktkas/hyperliquid';
import { privateKeyToAccount } from 'viem/accounts';
import WebSocket from 'ws';
import { check, finish, testnet, within } from './check.mjs';

const account = testnet.hyperliquid.accounts[1] ?? testnet.hyperliquid.accounts[0];
const wallet = privateKeyToAccount(account.private_key);
const http = new hl.HttpTransport({ isTestnet: true, apiUrl: testnet.hyperliquid.rest_url });
const info = new hl.InfoClient({ transport: http });
const exchange = new hl.ExchangeClient({ transport: http, wallet });

const meta = await info.meta();
const asset = meta.universe.findIndex((market) => market.name === 'BTC');
check('BTC is listed', asset >= 0, meta.universe.map((market) => market.name));
const decimals = meta.universe[asset].szDecimals;
const contexts = await info.metaAndAssetCtxs();
check('contexts go with the universe', contexts[1].length === contexts[0].universe.length);
const book = await info.l2Book({ coin: 'BTC' });
const [bids, asks] = book.levels;
check('the book has two sides', bids.length > 0 && asks.length > 0, book);
const status = await info.exchangeStatus?.();
check('the status names a time', !status || status.time > 0, status);
const state = await info.clearinghouseState({ user: account.address });
check('the account has money', Number(state.marginSummary.accountValue) > 0, state);
const history = await info.fundingHistory({ coin: 'BTC', startTime: Date.now() - 48 * 3600 * 1000 });
check('funding history can be read', Array.isArray(history), history);
const predicted = await info.predictedFundings();
check('funding is predicted', predicted.some(([coin]) => coin === 'BTC'), predicted.slice(0, 2));

const size = (0.01).toFixed(decimals).replace(/\.?0+$/, '');
const integer = (price) => String(Math.round(Number(price)));
const cloid = `0x${randomBytes(16).toString('hex')}`;
const resting = await exchange.order({
	orders: [{ a: asset, b: true, p: integer(bids[0].px * 0.9), s: size, r: false,
		t: { limit: { tif: 'Gtc' } }, c: cloid }],
	grouping: 'na',
});
check('a resting order rests', 'resting' in resting.response.data.statuses[0], resting);
const found = await info.orderStatus({ user: account.address, oid: cloid });
check('it is found by its cloid', found.status === 'order' && found.order.status === 'open', found);
await exchange.cancelByCloid({ cancels: [{ asset, cloid }] });
await within('it is canceled', 5000, async () =>
	(await info.orderStatus({ user: account.address, oid: cloid })).order.status === 'canceled');

const socket = new hl.WebSocketTransport({
	isTestnet: true, url: testnet.hyperliquid.socket_url, reconnect: { WebSocket },
});
const subscriptions = new hl.SubscriptionClient({ transport: socket });
const seen = { bbo: 0, fills: 0, updates: 0 };
await subscriptions.bbo({ coin: 'BTC' }, () => { seen.bbo += 1; });
await subscriptions.userFills({ user: account.address }, (event) => {
	if (!event.isSnapshot) seen.fills += event.fills.length;
});
await subscriptions.orderUpdates({ user: account.address }, (events) => { seen.updates += events.length; });
const overSocket = new hl.ExchangeClient({ transport: socket, wallet, isTestnet: true });
const taken = await overSocket.order({
	orders: [{ a: asset, b: true, p: integer(asks[0].px * 1.02), s: size, r: false,
		t: { limit: { tif: 'Ioc' } } }],
	grouping: 'na',
});
check('an IOC fills', 'filled' in taken.response.data.statuses[0], taken);
await within('fill and update are streamed', 5000, async () => seen.fills > 0 && seen.updates > 0);
await within('the best prices are streamed', 5000, async () => seen.bbo > 0);
const closed = await exchange.order({
	orders: [{ a: asset, b: false, p: integer(bids[0].px * 0.98), s: size, r: true,
		t: { limit: { tif: 'Ioc' } } }],
	grouping: 'na',
});
check('a reduce-only IOC closes', 'filled' in closed.response.data.statuses[0], closed);
await within('nothing is held', 5000, async () =>
	(await info.clearinghouseState({ user: account.address })).assetPositions.length === 0);
await exchange.updateLeverage({ asset, isCross: true, leverage: 5 });
check('leverage is taken', true);
await socket.close();
finish('@nktkas/hyperliquid on Hyperliquid');
