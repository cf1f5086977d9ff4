'use client';
import { Button, Menu, Text } from '@mantine/core';
import type { OutlineView } from '@millrace/protocol/api';
import { IconListTree } from '@tabler/icons-react';

type Statement = OutlineView['statements'][number];

/** A script of fewer statements is seen at a glance. */
const STATEMENTS_MIN = 3;

/** What each kind is called before its name. */
const KINDS: Readonly<Record<Statement['kind'], string>> = {
  table: 'table',
  view: 'view',
  function: 'function',
  insert: 'insert into',
  query: '',
  setting: 'set',
  question: '',
  drop: 'drop',
  broken: 'not readable:',
};

/** The statements of a longer script, to go to one; nothing for a short one. */
export function StatementList({
  statements,
  onChoose,
}: {
  readonly statements: readonly Statement[];
  readonly onChoose: (offset: number) => void;
}) {
  if (statements.length < STATEMENTS_MIN) return null;
  return (
    <Menu position="bottom-end" width={420}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconListTree size={14} />}>
          {statements.length} statements
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        {statements.map(({ kind, label, from, reads }) => (
          <Menu.Item key={from} onClick={() => onChoose(from)}>
            <Text span size="xs" c={kind === 'broken' ? 'red' : 'dimmed'}>
              {KINDS[kind]}{' '}
            </Text>
            <Text span size="sm" className="mono">
              {label}
            </Text>
            {reads.length === 0 ? null : (
              <Text size="xs" c="dimmed" truncate="end">
                reads {reads.join(', ')}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
