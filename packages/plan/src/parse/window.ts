import type { WindowSpec } from '../nodes/window-spec.ts';
import type { JsonReader } from './json-reader.ts';

const DURATION_MAX_MS = Number.MAX_SAFE_INTEGER;

export function readWindow(reader: JsonReader, value: unknown, path: string): WindowSpec | undefined {
  const object = reader.object(value, path);
  const kind =
    object && reader.oneOf(object.kind, ['tumble', 'hop', 'cumulate', 'session', 'attached'], `${path}.kind`);
  if (object === undefined || kind === undefined) return undefined;
  if (kind === 'attached') return { kind };
  const length = (name: string) => reader.whole(object[name], `${path}.${name}`, 1, DURATION_MAX_MS);
  if (kind === 'session') {
    const gapMs = length('gapMs');
    return gapMs === undefined ? undefined : { kind, gapMs };
  }
  const zone = object.timeZone === undefined ? undefined : reader.string(object.timeZone, `${path}.timeZone`);
  const inZone = zone === undefined ? {} : { timeZone: zone };
  const offsetMs = reader.whole(object.offsetMs, `${path}.offsetMs`, -DURATION_MAX_MS, DURATION_MAX_MS);
  if (kind === 'tumble') {
    const sizeMs = length('sizeMs');
    return sizeMs === undefined || offsetMs === undefined ? undefined : { kind, sizeMs, offsetMs, ...inZone };
  }
  if (kind === 'hop') {
    const sizeMs = length('sizeMs');
    const slideMs = length('slideMs');
    if (sizeMs === undefined || slideMs === undefined || offsetMs === undefined) return undefined;
    return { kind, sizeMs, slideMs, offsetMs, ...inZone };
  }
  const maxSizeMs = length('maxSizeMs');
  const stepMs = length('stepMs');
  if (maxSizeMs === undefined || stepMs === undefined || offsetMs === undefined) return undefined;
  if (maxSizeMs % stepMs !== 0) return reader.refuse(`${path}.maxSizeMs`, 'must be a multiple of stepMs');
  return { kind, maxSizeMs, stepMs, offsetMs, ...inZone };
}
