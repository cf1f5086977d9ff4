import { expect, it } from 'vitest';
import { compile } from '../compile.ts';

it.each([
  'id BIGINT PRIMARY KEY NOT ENFORCED, name STRING',
  "id BIGINT PRIMARY KEY NOT ENFORCED COMMENT 'whose', name STRING",
  'id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED',
  'id BIGINT, name STRING, CONSTRAINT key_of_t PRIMARY KEY (id) NOT ENFORCED',
])('a table says its key behind the column or behind the columns: %s', (columns) => {
  const { tables, diagnostics } = compile(`CREATE TABLE t (${columns}) WITH ('connector' = 'print');`);
  expect(diagnostics).toEqual([]);
  expect(tables[0]?.schema).toEqual({
    fields: [
      { name: 'id', type: { kind: 'bigint', nullable: false } },
      { name: 'name', type: { kind: 'string', nullable: true } },
    ],
    primaryKey: [0],
  });
});
