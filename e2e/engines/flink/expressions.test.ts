import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPRESSIONS } from './allowed.ts';
import { agree, finalRows } from './compare.ts';
import { families, text } from './corpus.ts';
import { Flink, type FlinkAnswer } from './flink.ts';
import { installFlink } from './install.ts';
import { askOurs } from './ours.ts';

/** Expressions in one question; a refusal of one is a refusal of all, and found by halves. */
const AT_ONCE = 25;
const TABLE = text('expression-table.sql').trim().replace(/;$/, '');

let flink: Flink;
beforeAll(async () => {
  flink = Flink.start(await installFlink());
});
afterAll(() => flink?.[Symbol.asyncDispose]());

describe('an expression is what it is in Flink', () => {
  it.each([...families('expressions.sql')].filter(([, lines]) => lines.length > 0))('%s', async (_, expressions) => {
    const different: string[] = [];
    for (let at = 0; at < expressions.length; at += AT_ONCE) {
      for (const [expression, answer] of await askFlink(expressions.slice(at, at + AT_ONCE))) {
        const ours = await askOurs([TABLE, `SELECT id, ${expression} AS c FROM t`]);
        if (agree(answer, ours) === EXPRESSIONS.has(expression)) {
          different.push(`${expression}\n  Flink: ${shown(answer)}\n  ours:  ${shown(ours)}`);
        }
      }
    }
    expect(different.join('\n'), 'different, or allowed to be and the same').toBe('');
  });
});

async function askFlink(expressions: readonly string[]): Promise<(readonly [string, FlinkAnswer])[]> {
  const items = expressions.map((expression, at) => `${expression} AS c${at}`);
  const answer = await flink.ask([TABLE, `SELECT id, ${items.join(', ')} FROM t`]);
  if (!('error' in answer)) return expressions.map((expression, at) => [expression, columnOf(answer, at + 1)]);
  const [only] = expressions;
  if (expressions.length === 1 && only !== undefined) return [[only, answer]];
  const half = expressions.length >> 1;
  return [...(await askFlink(expressions.slice(0, half))), ...(await askFlink(expressions.slice(half)))];
}

/** The ids and one column. */
function columnOf(answer: Exclude<FlinkAnswer, { error: string }>, at: number): FlinkAnswer {
  return {
    columns: [answer.columns[0], answer.columns[at]].flatMap((column) => column ?? []),
    rows: answer.rows.map((row) => [row[0] ?? null, row[1] ?? null, row[at + 1] ?? null]),
  };
}

function shown(answer: FlinkAnswer): string {
  return finalRows(answer).join(' ; ').slice(0, 500);
}
