'use client';
import { Alert, Badge, Table, Text } from '@mantine/core';
import type { PreviewResult } from '@millrace/protocol/api';
import { Empty, Failed, formatCount, Loading } from '@millrace/ui';
import { PlanPane } from './plan-pane.tsx';

const ENDED: Readonly<Record<PreviewResult['ended'], string>> = {
  rows: 'enough rows were found',
  time: 'its time was up; windows that were still open are not shown',
  'input-ended': 'the input ended',
  answered: 'the script was asked, no input was read',
};

/** What a row does to those before it, in Flink's signs. */
const CHANGES: Readonly<Record<string, { readonly color: string; readonly meaning: string }>> = {
  '+I': { color: 'teal', meaning: 'a new row' },
  '-U': { color: 'orange', meaning: 'the row before its change' },
  '+U': { color: 'blue', meaning: 'the row after its change' },
  '-D': { color: 'red', meaning: 'a row that is gone' },
};

/** Rows of the live input; of a query that replaces rows, each with what it does. */
export function PreviewRows({
  result,
  error,
  pending,
}: {
  readonly result: PreviewResult | undefined;
  readonly error: Error | null;
  readonly pending: boolean;
}) {
  if (pending) return <Loading what="rows from the live topic; this takes a few seconds" />;
  if (error !== null) return <Failed what="the preview" error={error} />;
  if (result === undefined)
    return <Empty title="No preview yet">Preview reads live data for a few seconds and writes nothing anywhere.</Empty>;
  if (result.plan !== undefined) return <PlanPane plan={result.plan} height={300} />;
  return (
    <>
      {result.rejected === null ? null : (
        <Alert color="yellow" mb="xs" title={`${result.rejected.count} records could not be decoded`}>
          {result.rejected.example}
        </Alert>
      )}
      {result.rows.length === 0 ? (
        <Empty title="No rows">
          {result.ended === 'answered'
            ? 'There is nothing of the kind in the script.'
            : `${formatCount(result.recordsRead)} records were read; ${ENDED[result.ended]}.`}
        </Empty>
      ) : (
        <>
          <Table.ScrollContainer minWidth={400} mah={320}>
            <Table striped stickyHeader aria-label="Preview rows">
              <Table.Thead>
                <Table.Tr>
                  {result.columns.map((column, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns are known by their place, names may repeat
                    <Table.Th key={at}>
                      {column.name}
                      <Text size="xs" c="dimmed" fw={400} style={linesOf(column.type)}>
                        {column.type}
                      </Text>
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {result.rows.map((row, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity and never move
                  <Table.Tr key={at}>
                    {row.map((cell, column) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: columns are known by their place, names may repeat
                      <Table.Td key={column} className="mono" fz="xs" style={linesOf(result.columns[column]?.type)}>
                        <Cell value={cell} type={result.columns[column]?.type} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Text size="xs" c="dimmed" mt={4}>
            {result.ended === 'answered'
              ? `${result.rows.length} ${result.rows.length === 1 ? 'row' : 'rows'} about the script; no input was read.`
              : `${result.rows.length} rows of ${formatCount(result.recordsRead)} records read; ${ENDED[result.ended]}.`}
          </Text>
        </>
      )}
    </>
  );
}

/** A number or a time stands in one line; a statement or a signature keeps its lines. */
function linesOf(type: string | undefined) {
  return { whiteSpace: type !== undefined && ONE_LINE.test(type) ? 'nowrap' : 'pre-wrap' } as const;
}

const ONE_LINE = /^(TIME|DATE|INTERVAL|DECIMAL|DOUBLE|FLOAT|BOOLEAN|\w*INT\b)/;

interface CellProps {
  readonly value: PreviewResult['rows'][number][number];
  readonly type: string | undefined;
}

function Cell({ value, type }: CellProps) {
  if (value === null) {
    return (
      <Text span c="dimmed" fz="xs">
        NULL
      </Text>
    );
  }
  const change = type === 'change' ? CHANGES[String(value)] : undefined;
  if (change === undefined) return String(value);
  return (
    <Badge color={change.color} title={change.meaning} className="mono">
      {value}
    </Badge>
  );
}
