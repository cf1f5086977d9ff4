'use client';
import { Button, Group, Pagination } from '@mantine/core';
import { useUrlState } from './url-state.ts';

/** As many rows as a list asks for at once. */
export const PAGE_SIZE = 50;

/** The page of a list whose rows are counted, from the URL; 0 for whatever is no page. */
export function usePage(): number {
  const page = Number(useUrlState().get('page') ?? 0);
  return Number.isSafeInteger(page) && page > 0 ? page : 0;
}

/** The pages of a list whose rows are counted; nothing while all stand on one. */
export function Pages({ total }: { readonly total: number }) {
  const url = useUrlState();
  const page = usePage();
  if (total <= PAGE_SIZE) return null;
  return (
    <Pagination
      size="sm"
      total={Math.ceil(total / PAGE_SIZE)}
      value={page + 1}
      onChange={(number) => url.set({ page: number === 1 ? undefined : String(number - 1) })}
      getControlProps={(control) => ({ 'aria-label': `${control} page` })}
      getItemProps={(number) => ({ 'aria-label': `page ${number}` })}
    />
  );
}

/** The query of such a list: what the URL says of these names, and where in the list one is. */
export function useOlderQuery(filters: readonly string[]): string {
  const url = useUrlState();
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  for (const name of [...filters, 'before']) {
    const value = url.get(name);
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

interface OlderProps {
  /** Ids of the rows shown, newest first. */
  readonly ids: readonly number[];
}

/** The way through a list that grows at its top: by the id everything shown is older than, so that a page stays what it is. */
export function OlderPages({ ids }: OlderProps) {
  const url = useUrlState();
  const last = ids.at(-1);
  const more = ids.length === PAGE_SIZE && last !== undefined;
  const older = url.get('before') !== undefined;
  if (!more && !older) return null;
  return (
    <Group gap="xs" justify="center" p="xs">
      {older ? (
        <Button variant="default" onClick={() => url.set({ before: undefined })}>
          Newest
        </Button>
      ) : null}
      {more ? (
        <Button variant="default" onClick={() => url.set({ before: String(last) })}>
          Older
        </Button>
      ) : null}
    </Group>
  );
}
