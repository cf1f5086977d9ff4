export { openExchange, type WorkerExchange } from './exchange/tcp.ts';
