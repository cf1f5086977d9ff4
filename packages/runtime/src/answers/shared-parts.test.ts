import { formatDataType } from '@millrace/model';
import { inputsOf, type LogicalPlan } from '@millrace/plan';
import { compile } from '@millrace/sql';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { randomReaders, randomView } from '../testing/random-query.ts';
import { answerOfPlan } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const SCRIPTS = Number(process.env.SCRIPTS ?? 40);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

it(`every INSERT of a statement set is answered as PostgreSQL answers it alone: ${SCRIPTS} views with several readers (SEED=${seed})`, async () => {
  let shared = 0;
  for (let at = 0; at < SCRIPTS; at++) {
    const random = new SeededRandom(seed + at);
    const inputs = await fillTables(oracle, random, 25);
    const view = randomView(random);
    const readers = randomReaders(view, random);
    const { plan, script } = compiled(view.text, readers);
    shared += countShared(plan);
    for (const [index, reader] of readers.entries()) {
      const expected = await oracle.answer(reader.replaceAll('FROM v', `FROM (${view.text}) AS v`));
      const found = await answerOfPlan(partOf(plan, `sink_${index}`), inputs, random).catch((error: Error) => [
        error.message,
      ]);
      expect(found, `SEED=${seed + at} SCRIPTS=1, sink_${index}: ${script}`).toEqual(expected);
    }
  }
  // The test would prove nothing if nothing were shared.
  if (SCRIPTS >= 20) expect(shared).toBeGreaterThan(SCRIPTS / 4);
}, 120_000);

/** Half of the readers name the view, the others write its query out. */
function compiled(view: string, readers: readonly string[]): { readonly plan: LogicalPlan; readonly script: string } {
  const head = `${TABLES_DDL}CREATE VIEW v AS ${view};\n`;
  const sinks = readers.map((reader, at) => {
    const fields = compile(`${head}${reader};`).preview?.nodes.at(-1)?.schema.fields ?? [];
    const columns = fields.map(({ type }, column) => `c${column} ${formatDataType({ ...type, nullable: true })}`);
    return `CREATE TABLE sink_${at} (${columns.join(', ')}) WITH ('connector' = 'given');`;
  });
  const inserts = readers.map((reader, at) => {
    return `INSERT INTO sink_${at} ${at % 2 === 0 ? reader : reader.replaceAll('FROM v', `FROM (${view}) AS v`)};`;
  });
  const script = `${head}${sinks.join('\n')}\n${inserts.join('\n')}`;
  const { plan, diagnostics } = compile(script);
  if (plan === undefined) throw new Error(`${diagnostics[0]?.message}: ${script}`);
  return { plan, script };
}

/** What one sink of a plan needs. */
function partOf({ nodes }: LogicalPlan, table: string): LogicalPlan {
  const needed = new Set<string>();
  const part = nodes.toReversed().filter((node) => {
    const isNeeded = needed.has(node.id) || (node.kind === 'sink' && node.table === table);
    if (isNeeded) for (const input of inputsOf(node)) needed.add(input);
    return isNeeded;
  });
  return { nodes: part.toReversed() };
}

/** Steps that remember and are read by several. */
function countShared({ nodes }: LogicalPlan): number {
  const readers = nodes.flatMap(inputsOf);
  return nodes.filter(
    ({ kind, id }) => /join|aggregate/.test(kind) && readers.filter((input) => input === id).length > 1,
  ).length;
}
