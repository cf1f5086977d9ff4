const UTC_NAMES: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC', 'Z', 'default']);

/** The three letters java.time.ZoneId knows besides the IANA names. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin', AET: 'Australia/Sydney', AGT: 'America/Argentina/Buenos_Aires', ART: 'Africa/Cairo', AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo', BST: 'Asia/Dhaka', CAT: 'Africa/Harare', CNT: 'America/St_Johns', CST: 'America/Chicago', CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa', ECT: 'Europe/Paris', IET: 'America/Indiana/Indianapolis', IST: 'Asia/Kolkata', JST: 'Asia/Tokyo', MIT: 'Pacific/Apia',
  NET: 'Asia/Yerevan', NST: 'Pacific/Auckland', PLT: 'Asia/Karachi', PNT: 'America/Phoenix', PRT: 'America/Puerto_Rico', PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal', VST: 'Asia/Ho_Chi_Minh',
}; // biome-ignore format: a table

/** The zone a text names, as an IANA name or `+hh:mm`; undefined: there is none called so. */
export function timeZoneNamed(text: string): string | undefined {
  if (UTC_NAMES.has(text)) return 'UTC';
  const [, sign, hours = '', minutes = '00'] = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text) ?? [];
  if (sign !== undefined) {
    const isReal = Number(hours) <= 18 && Number(minutes) < 60;
    return isReal ? `${sign}${hours.padStart(2, '0')}:${minutes}` : undefined;
  }
  try {
    const timeZone = Object.hasOwn(SHORT_NAMES, text) ? SHORT_NAMES[text] : text;
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
