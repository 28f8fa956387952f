// npm zklighter-perps (the venue's own generated client) reads the local Lighter.
import { AccountApi, CandlestickApi, Configuration, FundingApi, OrderApi, RootApi, TransactionApi } from 'zklighter-perps';
import { check, finish, testnet } from './check.mjs';

const configuration = new Configuration({ basePath: testnet.lighter.rest_url });
const account = testnet.lighter.accounts[0];

const root = await new RootApi(configuration).status();
check('the venue is up', root.status === 200, root);
const orders = new OrderApi(configuration);
const books = await orders.orderBooks({});
const market = books.order_books.find((book) => book.symbol === 'ETH');
check('ETH is listed', market !== undefined, books);
const details = await orders.orderBookDetails({ market_id: market.market_id });
check('its details are told', details.order_book_details.length === 1, details);
const depth = await orders.orderBookOrders({ market_id: market.market_id, limit: 10 });
check('the book has two sides', depth.asks.length > 0 && depth.bids.length > 0, depth);
check('the book is not crossed', Number(depth.bids[0].price) < Number(depth.asks[0].price));
const trades = await orders.recentTrades({ market_id: market.market_id, limit: 10 });
check('trades can be read', Array.isArray(trades.trades ?? []), trades);
const accounts = await new AccountApi(configuration).account({ by: 'index', value: String(account.account_index) });
check('the account has money', Number(accounts.accounts[0].collateral) > 0, accounts);
const keys = await new AccountApi(configuration).apikeys({
	account_index: account.account_index, api_key_index: account.api_key_index });
check('its key is registered', keys.api_keys.length === 1, keys);
const nonce = await new TransactionApi(configuration).nextNonce({
	account_index: account.account_index, api_key_index: account.api_key_index });
check('the next nonce is told', nonce.nonce >= 0, nonce);
const now = Date.now();
const candles = new CandlestickApi(configuration);
const rows = await candles.fundings({ market_id: market.market_id, resolution: '1h',
	start_timestamp: now - 48 * 3600 * 1000, end_timestamp: now, count_back: 10 });
check('funding history can be read', Array.isArray(rows.fundings ?? []), rows);
const rates = await new FundingApi(configuration).fundingRates();
check('funding rates are told', rates.funding_rates.length > 0, rates);
finish('zklighter-perps on Lighter');
