const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  bytes: 1,
  k: 1024,
  kb: 1024,
  kibibytes: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mebibytes: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gibibytes: 1024 ** 3,
};

/** Flink's memory size (`MemorySize.parse`): `128MB`, `64 kb`; units count in 1024s, a bare number counts bytes. Undefined when it is none. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d{1,12})\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, count = '', unit = ''] = match;
  const scale = UNITS[unit.toLowerCase()];
  const bytes = scale === undefined ? Number.NaN : Number(count) * scale;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
