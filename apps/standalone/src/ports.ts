import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { z } from 'zod';

const portsSchema = z.object({ kafka: z.int(), kafkaStatus: z.int(), scheduler: z.int(), postgres: z.int() });
export type Ports = z.infer<typeof portsSchema>;

/** Ports of the inner parts: remembered, so that addresses survive a restart; a taken one is replaced. */
export async function choosePorts(dataDir: string): Promise<Ports> {
  const file = path.join(dataDir, 'ports.json');
  const known = existsSync(file)
    ? portsSchema.partial().safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
    : undefined;
  const ports = {
    kafka: await freeOr(known?.kafka ?? 9_092),
    kafkaStatus: await freeOr(known?.kafkaStatus ?? 9_192),
    scheduler: await freeOr(known?.scheduler ?? 9_180),
    postgres: await freeOr(known?.postgres ?? 9_432),
  };
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

/** Whether a loopback port can be listened on right now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function freeOr(wanted: number): Promise<number> {
  if (await isFree(wanted)) return wanted;
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
