import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
const instance = JSON.parse(readFileSync('/tmp/mr/data/instance.json', 'utf8'));
const api = instance.apiUrl;
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const signed = await (await fetch(`${api}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'admin', password: 'admin-passw0rd' }) })).json() as any;
const call = async (method: string, path: string, body?: unknown): Promise<any> => {
  const r = await fetch(api + path, { method, headers: { authorization: `Bearer ${signed.token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const t = await r.text();
  if (!r.ok) throw new Error(`${method} ${path} ${r.status} ${t}`);
  return t === '' ? {} : JSON.parse(t);
};
const until = async (what: string, ask: () => Promise<any>, ok: (x: any) => boolean, ms = 90_000) => {
  const end = Date.now() + ms;
  for (;;) { const x = await ask(); if (ok(x)) return x; if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(x).slice(0, 800)}`); await sleep(300); }
};
let requests = 0;
const service = createServer((q, s) => { requests++; const word = decodeURIComponent((q.url ?? '').split('/').pop() ?? ''); if (requests % 97 === 0) { s.writeHead(503).end(); return; } s.end(JSON.stringify({ word, label: `L${requests % 7}` })); });
await new Promise<void>((r) => service.listen(0, '127.0.0.1', r));
const port = (service.address() as any).port;
const tag = Date.now().toString(36);
const kafka = new Kafka({ brokers: [instance.kafkaBrokers], logLevel: logLevel.NOTHING });
const admin = kafka.admin(); await admin.connect();
await admin.createTopics({ topics: [{ topic: `n-${tag}`, numPartitions: 2 }, { topic: `t-${tag}`, numPartitions: 3 }], waitForLeaders: true }); await admin.disconnect();
const settings = { parallelism: 2, guarantee: 'exactly-once', queue: 'root.production', checkpoint: { intervalMs: 1000 } };
const totals = `CREATE TABLE totals (word STRING, n BIGINT, ids BIGINT, PRIMARY KEY (word) NOT ENFORCED) WITH ('connector'='upsert-kafka','topic'='t-${tag}','key.format'='json','value.format'='json');`;
const sqlA = `CREATE TABLE numbers (id BIGINT, word STRING) WITH ('connector'='kafka','topic'='n-${tag}','scan.startup.mode'='earliest-offset','format'='json'); ${totals}
INSERT INTO totals SELECT word, COUNT(*), SUM(id) FROM numbers GROUP BY word HAVING MAX(id) > 0;`;
const jdbc = (t: string) => `WITH ('connector'='jdbc','connection'='warehouse','table-name'='${t}_${tag}','sink.create-table'='true')`;
const sqlB = `${totals}
CREATE TABLE svc (word STRING, label STRING) WITH ('connector'='rest-lookup','url'='http://127.0.0.1:${port}/w/{word}','format'='json','gid.connector.http.source.lookup.header.Authorization'='Bearer hidden-word','lookup.cache'='PARTIAL','lookup.partial-cache.expire-after-write'='500 ms');
CREATE TABLE per_n (n BIGINT, words BIGINT, PRIMARY KEY (n) NOT ENFORCED) ${jdbc('per_n')};
CREATE TABLE copied (word STRING, n BIGINT, ids BIGINT, PRIMARY KEY (word) NOT ENFORCED) ${jdbc('copied')};
CREATE TABLE per_label (label STRING, words BIGINT, n BIGINT, PRIMARY KEY (label) NOT ENFORCED) ${jdbc('per_label')};
INSERT INTO per_n SELECT n, COUNT(*) FROM totals GROUP BY n;
INSERT INTO copied SELECT word, n, ids FROM totals;
INSERT INTO per_label SELECT COALESCE(s.label, '-'), COUNT(*), SUM(t.n) FROM totals AS t LEFT JOIN svc FOR SYSTEM_TIME AS OF PROCTIME() AS s ON t.word = s.word GROUP BY COALESCE(s.label, '-');`;
const a = await call('POST', '/jobs', { name: `a-${tag}`, sql: sqlA, settings });
const b = await call('POST', '/jobs', { name: `b-${tag}`, sql: sqlB, settings });
for (const { id } of [a, b]) await call('POST', `/jobs/${id}/start`, {});
for (const { id } of [a, b]) await until('running', () => call('GET', `/jobs/${id}`), (v) => v.status === 'running' && v.lastCheckpoint !== null);
console.log('both run', b.id);
const producer = kafka.producer(); await producer.connect();
const counts = new Map<string, { n: number; ids: bigint }>();
const COUNT = 6000;
const feeding = (async () => {
  for (let at = 0; at < COUNT; at += 50) {
    const messages = Array.from({ length: 50 }, (_, o) => { const id = 9007199254740993n + BigInt(at + o); const word = `w${(at + o) % 137}`; const g = counts.get(word) ?? { n: 0, ids: 0n }; counts.set(word, { n: g.n + 1, ids: g.ids + id }); return { partition: o % 2, value: `{"id":${id},"word":"${word}"}` }; });
    await producer.send({ topic: `n-${tag}`, messages });
    await sleep(250);
  }
})();
for (const [job, role] of [[b.id, 'worker'], [b.id, 'master'], [a.id, 'worker']] as const) {
  await sleep(4000);
  const { items } = await call('GET', `/jobs/${job}/containers`);
  const victim = items.find((c: any) => c.status === 'running' && c.role === role && c.pid !== null);
  const before = (await call('GET', `/jobs/${job}`)).lastCheckpoint?.id ?? 0;
  process.kill(victim.pid, 'SIGKILL');
  await until(`recovery ${role}`, () => call('GET', `/jobs/${job}`), (v) => v.status === 'running' && (v.lastCheckpoint?.id ?? 0) > before + 1);
  console.log('recovered from a killed', role);
}
await feeding;
const db = new pg.Client({ connectionString: instance.databaseUrl.replace(/\/millrace$/, '/warehouse') }); await db.connect();
const want = [...counts].map(([w, g]) => `${w} ${g.n} ${g.ids}`).sort();
const copied = await until('copied', async () => (await db.query(`select word, n::text, ids::text from copied_${tag}`)).rows.map((r) => `${r.word} ${r.n} ${r.ids}`).sort(), (r) => JSON.stringify(r) === JSON.stringify(want), 60_000);
console.log('copied exact', copied.length);
const perN = new Map<number, number>(); for (const { n } of counts.values()) perN.set(n, (perN.get(n) ?? 0) + 1);
await until('per_n', async () => (await db.query(`select n::int, words::int from per_n_${tag} order by n`)).rows, (r) => JSON.stringify(r.map((x: any) => [x.n, x.words])) === JSON.stringify([...perN].sort((x, y) => x[0] - y[0])), 60_000);
console.log('per_n exact', JSON.stringify([...perN]));
const labels = await until('per_label', async () => (await db.query(`select label, words::int, n::int from per_label_${tag} order by label`)).rows, (r) => r.reduce((s: number, x: any) => s + x.words, 0) === counts.size && r.reduce((s: number, x: any) => s + x.n, 0) === COUNT && r.every((x: any) => x.words > 0), 60_000);
console.log('per_label adds up', JSON.stringify(labels), 'requests', requests);
console.log('job', b.id);
await producer.disconnect(); await db.end();
if (process.argv[2] === 'stay') await sleep(240_000);
for (const { id } of [a, b]) await call('POST', `/jobs/${id}/cancel`, {});
service.closeAllConnections(); service.close();
