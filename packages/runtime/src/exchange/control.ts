import type { StreamElement } from '@millrace/contracts';
import type { CheckpointId } from '@millrace/model';
import { z } from 'zod';
import { exchangeError } from './exchange-error.ts';
import { decodeJson, encodeJson } from './frame.ts';

export type ControlElement = Exclude<StreamElement, { kind: 'batch' }>;

const controlSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('watermark'), timestamp: z.number() }),
    z.object({ kind: z.literal('watermark-status'), idle: z.boolean() }),
    z.object({
      kind: z.literal('barrier'),
      checkpoint: z.int().transform((id) => id as CheckpointId),
      savepoint: z.boolean(),
      stop: z.boolean(),
    }),
    z.object({ kind: z.literal('end') }),
  ])
  .transform((element): ControlElement => element);

export function encodeControl(element: ControlElement): Uint8Array {
  return encodeJson(element);
}

export function decodeControl(body: Uint8Array): ControlElement {
  const parsed = controlSchema.safeParse(decodeJson(body));
  if (!parsed.success) throw exchangeError('exchange.malformed', `Not a control element: ${parsed.error.message}`);
  return parsed.data;
}
