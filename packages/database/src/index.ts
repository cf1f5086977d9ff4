export { type Database, type DatabaseOptions, openDatabase, type Queryable } from './client.ts';
export { CHANGES_CHANNEL, type ListenOptions, listen, OUTBOX_CHANNEL } from './listen.ts';
export { migrate } from './migrations.ts';
export { openSecret, sealSecret } from './secret-box.ts';
