export { openExchange, type WorkerExchange } from './exchange/tcp.ts';
export { type End, type MasterParts, runApplicationMaster } from './master/application-master.ts';
export { runWorker, type WorkerParts } from './worker/worker.ts';
