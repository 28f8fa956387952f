// npm ccxt trades on the local Hyperliquid: markets, book, order, cancel, fill, position, funding.
import ccxt from 'ccxt';
import { check, finish, testnet, within } from './check.mjs';

const account = testnet.hyperliquid.accounts[0];
const exchange = new ccxt.pro.hyperliquid({
	walletAddress: account.address,
	privateKey: account.private_key,
});
exchange.urls.api.public = testnet.hyperliquid.rest_url;
exchange.urls.api.private = testnet.hyperliquid.rest_url;
exchange.urls.api.ws = { public: testnet.hyperliquid.socket_url };
// One market type: builder-deployed and spot markets are not the local testnet's.
exchange.options.fetchMarkets = { types: ['swap'] };

// The local testnet is plain here; ccxt wants its agent loaded before a ws:// address.
await exchange.loadHttpProxyAgent();

const symbol = 'ETH/USDC:USDC';
const markets = await exchange.loadMarkets();
check('the market is listed', markets[symbol] !== undefined, Object.keys(markets).slice(0, 5));

const book = await exchange.fetchOrderBook(symbol);
check('the book has two sides', book.bids.length > 0 && book.asks.length > 0, book);
check('the book is not crossed', book.bids[0][0] < book.asks[0][0]);

const rates = await exchange.fetchFundingRates([symbol]);
check('funding is known', rates[symbol].fundingRate !== undefined, rates);

const balance = await exchange.fetchBalance();
check('the account has money', balance.USDC.total > 0, balance.USDC);

const far = exchange.priceToPrecision(symbol, book.bids[0][0] * 0.9);
const resting = await exchange.createOrder(symbol, 'limit', 'buy', 0.05, Number(far));
check('a resting order is acknowledged', Boolean(resting.id), resting);
const open = await exchange.fetchOpenOrders(symbol);
check('it is open', open.some((order) => order.id === resting.id), open);
await exchange.cancelOrder(resting.id, symbol);
await within('it is gone after the cancel', 5000, async () =>
	(await exchange.fetchOpenOrders(symbol)).every((order) => order.id !== resting.id));

const streamed = exchange.watchMyTrades(symbol);
const bought = await exchange.createOrder(symbol, 'market', 'buy', 0.05, book.asks[0][0]);
check('a market order is answered', Boolean(bought.id), bought);
await within('the position is there', 5000, async () => {
	const positions = await exchange.fetchPositions([symbol]);
	return positions.find((position) => position.contracts === 0.05);
});
const trades = await Promise.race([
	streamed,
	new Promise((resolve) => setTimeout(() => resolve([]), 8000)),
]);
check('the fill is streamed', trades.length > 0, trades);
const fills = await exchange.fetchMyTrades(symbol);
check('the fill is listed', fills.some((fill) => fill.order === bought.id), fills.slice(-2));
await exchange.createOrder(symbol, 'market', 'sell', 0.05, book.bids[0][0], { reduceOnly: true });
await within('the position is closed', 5000, async () =>
	(await exchange.fetchPositions([symbol])).every((position) => !position.contracts));

let refused = '';
try {
	await exchange.createOrder(symbol, 'limit', 'buy', 0.001, Number(far));
} catch (error) {
	refused = `${error.constructor.name} ${error.message}`;
}
check('below the minimum is refused in words ccxt knows', /InvalidOrder/.test(refused), refused);

const ticker = await exchange.watchOrderBook(symbol);
check('the book is streamed', ticker.bids.length > 0, ticker);
await exchange.close();
finish('ccxt on Hyperliquid');
