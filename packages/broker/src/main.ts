import { startBroker } from './broker.ts';
import { brokerOptions, readArguments, statusOptions, USAGE } from './command-line.ts';
import { serveStatus } from './status/status-server.ts';

/**
 * One broker as a process. Says on stdout where it listens, to people in words and to programs (no terminal) as one JSON
 * line; stops cleanly on SIGTERM and SIGINT.
 */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const args = readArguments();
  const broker = await startBroker({ ...brokerOptions(args), log: (line) => process.stderr.write(`${line}\n`) });
  const serving = statusOptions(args);
  const status = serving === undefined ? undefined : await serveStatus(broker, serving);
  const stop = () => void Promise.all([status?.close(), broker.close()]).catch(fail);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { host, port, listeners } = broker;
  if (process.stdout.isTTY) {
    const where = listeners.map((listener) => `${listener.host}:${listener.port}`).join(', ');
    process.stdout.write(
      `Kafka broker on ${where}, data in ${args['data-dir']}, fsync ${args.fsync}; Ctrl-C stops it\n`,
    );
  } else
    process.stdout.write(
      `${JSON.stringify({ ready: true, host, port, listeners, statusPort: status?.port, pid: process.pid })}\n`,
    );
}

function fail(error: unknown): never {
  process.stderr.write(`broker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
