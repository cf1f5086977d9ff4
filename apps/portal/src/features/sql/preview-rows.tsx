'use client';
import { Alert, Table, Text } from '@mantine/core';
import type { PreviewResult } from '@millrace/protocol/api';
import { Empty, Failed, formatCount, Loading } from '@millrace/ui';

const ENDED: Readonly<Record<PreviewResult['ended'], string>> = {
  rows: 'enough rows were found',
  time: 'its time was up; windows that were still open are not shown',
  'input-ended': 'the input ended',
};

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
  return (
    <>
      {result.rejected === null ? null : (
        <Alert color="yellow" mb="xs" title={`${result.rejected.count} records could not be decoded`}>
          {result.rejected.example}
        </Alert>
      )}
      {result.rows.length === 0 ? (
        <Empty title="No rows">
          {formatCount(result.recordsRead)} records were read; {ENDED[result.ended]}.
        </Empty>
      ) : (
        <>
          <Table.ScrollContainer minWidth={400} mah={320}>
            <Table striped stickyHeader aria-label="Preview rows">
              <Table.Thead>
                <Table.Tr>
                  {result.columns.map((column) => (
                    <Table.Th key={column.name}>
                      {column.name}
                      <Text size="xs" c="dimmed" fw={400}>
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
                      <Table.Td key={result.columns[column]?.name} className="mono" fz="xs">
                        {cell === null ? (
                          <Text span c="dimmed" fz="xs">
                            NULL
                          </Text>
                        ) : (
                          String(cell)
                        )}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Text size="xs" c="dimmed" mt={4}>
            {result.rows.length} rows of {formatCount(result.recordsRead)} records read; {ENDED[result.ended]}.
          </Text>
        </>
      )}
    </>
  );
}
