import { compile } from '@millrace/sql';
import { expect, test } from 'vitest';
import { answered } from './answered.ts';

const ORDERS = "CREATE TABLE orders (city STRING, n INT) WITH ('connector' = 'datagen');";

function answer(text: string) {
  const { answer: given } = compile(ORDERS + text);
  if (given === undefined) throw new Error(`${text} is not answered`);
  return answered(given);
}

test('EXPLAIN is a plan in words and as a graph, without rows', () => {
  const { plan, rows, ended } = answer('EXPLAIN SELECT city, COUNT(*) FROM orders GROUP BY city');
  expect(plan?.text).toContain('group-aggregate');
  expect(plan?.graph?.vertices.length).toBeGreaterThan(1);
  expect([rows, ended]).toEqual([[], 'answered']);
});

test('DESCRIBE is rows, empty where there is nothing to tell', () => {
  expect(answer('DESCRIBE orders').rows).toEqual([
    ['city', 'STRING', '', '', ''],
    ['n', 'INT', '', '', ''],
  ]);
});
