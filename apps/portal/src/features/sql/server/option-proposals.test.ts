import { CONNECTOR_DESCRIPTIONS } from '@millrace/connectors/options';
import { expect, test } from 'vitest';
import { proposalsFor } from './option-proposals.ts';

const CONNECTIONS = [{ name: 'warehouse', connector: 'jdbc' }];
const named = (connector: string | undefined, name: string) =>
  proposalsFor(connector, CONNECTIONS, ['orders', 'payments']).find((option) => option.name === name);

test('the first option of a table is its connector, with every one there is', () => {
  expect(named(undefined, 'connector')?.values).toEqual(CONNECTOR_DESCRIPTIONS.map(({ name }) => name));
});

test('topics and connections are proposed by name where they may stand', () => {
  expect(named('kafka', 'topic')?.values).toEqual(['orders', 'payments']);
  expect(named('kafka', 'connection')).toBeUndefined();
  expect(named('jdbc', 'connection')?.values).toEqual(['warehouse']);
});

test('every option says what it is for', () => {
  for (const { name } of CONNECTOR_DESCRIPTIONS)
    for (const option of proposalsFor(name, [], [])) expect(option.help, `${name} ${option.name}`).toMatch(/\w/);
});
