import type { Prisma } from './generated/client.ts';

/** A value as JSON column: what JSON cannot hold (undefined, functions) is left out. */
export function json(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
}
